package grid_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// grids returns grids with names that are hard to read: labels that hold the '-' which
// separates labels, axes that some cells do not have, and cells named as the sweep.
func grids() map[string]string {
	return map[string]string{
		"numbers": "[grid]\nlr = [1e-3, 1e-30, 1e-4]\nr = [8, 1]\nseed = [0, 1, 10]",
		"words":   "[grid]\nmodel = ['a', 'a-a', 'x/a', 'a-b']\ndata = ['b', 'a-b', '-']\ndata_eval = ['', 'b']",
		"zip":     "[grid]\nr = [1, 2]\n[[zip]]\nbatch = [8, 16]\nsteps = [400, 200]",
		"when": `
[grid]
optimizer = ["sgd", "adamw"]
r = [4, 8]
[[when]]
where = 'optimizer = "sgd"'
momentum = [0.5, 0.9]
[[when]]
where = "r = 8"
dropout = [0, 0.1, 0.2]
[[exclude]]
where = "r = 8 and dropout = 0.1"`,
		"only when": "[[when]]\nwhere = 'r = 8'\nseed = [1, 2]\n[[when]]\nwhere = 'r = 9'\nbatch = [1, 2]",
		"never":     "[[when]]\nwhere = 'r = 9'\nbatch = [1, 2]",
		"arms": `
[grid]
seed = [0, 1]
[[arm]]
name = "a"
[[arm]]
name = "a-b"
[arm.grid]
r = [4, 8]
[arm.derive]
alpha = "2*r"`,
	}
}

func TestACellIsFoundByItsName(t *testing.T) {
	for name, grid := range grids() {
		t.Run(name, func(t *testing.T) {
			spec := decode(t, "name = 's'\n"+grid)
			want := []sweep.Result{{Run: sweep.Run{Name: "s-s"}}, {Run: sweep.Run{Name: ""}}, {Run: sweep.Run{Name: "other/r4-s0"}}}
			for name, p := range spec.Cells() {
				want = append(want, sweep.Result{Run: sweep.Run{Name: name, Params: p}})
			}
			stored := slices.Clone(want)
			for i := range stored {
				stored[i].Params = sweep.Params{}
			}
			if diff := cmp.Diff(want, spec.Complete(stored)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheNameOfACellHoldsItsArm(t *testing.T) {
	p := plan(t, grids()["arms"])
	for _, run := range p.Runs {
		if arm, _ := sweep.SplitCellName(run.Name); arm != run.Arm || arm == "" {
			t.Errorf("%s is in arm %q", run.Name, run.Arm)
		}
	}
}

func TestACellNeverBegunIsCompletedByFewOfTheOthers(t *testing.T) {
	spec := decode(t, "name = 's'\n[grid]\nmodel = ['m', 'n']\ndata = ['m', 'd']\nseed = [0, 1, 2]")
	var stored []sweep.Result
	for name, p := range spec.Cells() {
		r := sweep.Result{Run: sweep.Run{Name: name}}
		if p.Seed != 2 && (p.Model != "n" || p.Data != "d") {
			p.Model, p.Data = "there/"+p.Model, "here/"+p.Data
			r.Params = p
		}
		stored = append(stored, r)
	}
	for i, want := range spec.Complete(stored) {
		if stored[i].Params.Model != "" {
			continue
		}
		read := 0
		got := stored[i]
		err := spec.Completion(func(yield func(sweep.Result, error) bool) {
			for _, r := range slices.Backward(stored) {
				if r.Params.Model != "" {
					if read++; !yield(r, nil) {
						return
					}
				}
			}
		}).Complete(&got)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || read > 5 {
			t.Errorf("%d runs read, %v\n%s", read, err, diff)
		}
	}
}
