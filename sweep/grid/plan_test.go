package grid_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// inspector hashes a path to its base's letters and refuses what refuse says.
type inspector struct {
	refuse func(sweep.Params) error
	calls  int
}

func (n *inspector) Inspect(p sweep.Params) (sweep.Inputs, error) {
	n.calls++
	if n.refuse != nil {
		if err := n.refuse(p); err != nil {
			return sweep.Inputs{}, err
		}
	}
	return sweep.Inputs{Model: p.Model, Data: strings.TrimSuffix(p.Data, ".copy"), Numerics: 1}, nil
}

// Adapter returns the settings that trainedAdapters has for that name, or the defaults.
func (n *inspector) Adapter(dir string) (sweep.AdapterSettings, error) {
	if own, ok := trainedAdapters()[filepath.Base(dir)]; ok {
		return own, nil
	}
	p := sweep.Defaults()
	return sweep.AdapterSettings{R: p.R, Alpha: p.Alpha, Scaling: p.Scaling, Targets: p.Targets}, nil
}

func plan(t *testing.T, text string) *grid.Plan {
	t.Helper()
	p, err := grid.NewPlan(decode(t, "name = 'x'\n"+text), &inspector{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func names(p *grid.Plan) []string {
	var names []string
	for _, run := range p.Runs {
		names = append(names, run.Name)
	}
	return names
}

func TestCellsComeInFileOrderAndAreNamedByTheirAxes(t *testing.T) {
	p := plan(t, "[grid]\nr = [8]\nalpha = [16, 0.5]\nlr = [1e-3, 1e-2]\nseed = [0, 1]")
	if diff := cmp.Diff([]string{
		"r8-a16-lr1e-3-s0", "r8-a16-lr1e-3-s1", "r8-a16-lr0.01-s0", "r8-a16-lr0.01-s1",
		"r8-a0.5-lr1e-3-s0", "r8-a0.5-lr1e-3-s1", "r8-a0.5-lr0.01-s0", "r8-a0.5-lr0.01-s1",
	}, names(p)); diff != "" {
		t.Error(diff)
	}
	last := p.Runs[7]
	if last.Params.Alpha != 0.5 || last.Params.LR != 0.01 || last.Params.Seed != 1 || last.Params.R != 8 {
		t.Errorf("%s has %+v", last.Name, last.Params)
	}
	if last.Key != last.Params.Key(last.Inputs) {
		t.Error("the key is not that of the parameters and inputs")
	}
}

func TestNamesAreSafeForFilesAndDistinct(t *testing.T) {
	p := plan(t, `[grid]
scaling = ["alpha/r", "alpha/sqrt(r)"]
targets = [["q_proj", "down_proj"], ["v_proj"]]
data    = ["a/rows.jsonl", "b/rows.jsonl"]
`)
	if diff := cmp.Diff([]string{
		"alpha_r-q_down-rows.1", "alpha_r-q_down-rows.2", "alpha_r-v-rows.1", "alpha_r-v-rows.2",
		"alpha_sqrt_r-q_down-rows.1", "alpha_sqrt_r-q_down-rows.2", "alpha_sqrt_r-v-rows.1", "alpha_sqrt_r-v-rows.2",
	}, names(p)); diff != "" {
		t.Error(diff)
	}
}

func TestAGridWithoutAxesIsOneRunNamedAsTheSweep(t *testing.T) {
	if diff := cmp.Diff([]string{"x"}, names(plan(t, "[fixed]\nr = 4"))); diff != "" {
		t.Error(diff)
	}
}

func TestCellsWithEqualInputsBecomeOneRunWithANote(t *testing.T) {
	p := plan(t, "[grid]\ndata = ['a.jsonl', 'a.jsonl.copy']\nseed = [0, 1]")
	if diff := cmp.Diff([]string{"a-s0", "a-s1"}, names(p)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a.jsonl-s0 is the same run as a-s0", "a.jsonl-s1 is the same run as a-s1"}, p.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestInspectionLooksAtEachInputOnceAndReportsAllThatIsWrong(t *testing.T) {
	n := &inspector{refuse: func(p sweep.Params) error {
		if p.Model == "c" {
			return nil
		}
		return fmt.Errorf("no model %s", p.Model)
	}}
	_, err := grid.NewPlan(decode(t, `name = "x"
[grid]
model = ["a", "b", "c"]
r     = [1, 2]
lr    = { log = [1e-4, 1], points = 50 }
`), n)
	if err == nil || err.Error() != "no model a\nno model b" {
		t.Errorf("got %v", err)
	}
	if n.calls != 6 {
		t.Errorf("inspected %d times, want once for each of 3 models and 2 ranks", n.calls)
	}
}

func TestAGridOfMoreThanAMillionCellsIsRefusedBeforeItIsExpanded(t *testing.T) {
	spec := decode(t, `name = "x"
[grid]
lr   = { linear = [0.1, 0.9], points = 100000 }
seed = { range = [1, 100000], step = 1 }
`)
	n := &inspector{refuse: func(sweep.Params) error { return errors.New("expanded") }}
	_, err := grid.NewPlan(spec, n)
	if err == nil || !strings.Contains(err.Error(), "1e+10 cells, more than 1000000") {
		t.Errorf("got %v", err)
	}
}

// drawnAxes draws a [grid], and returns it with its number of cells.
func drawnAxes(t *rapid.T) (axes []string, cells int) {
	cells = 1
	for _, name := range []string{"r", "seed", "steps", "batch"} {
		values := rapid.SliceOfNDistinct(rapid.IntRange(1, 50), 1, 4, rapid.ID[int]).Draw(t, name)
		axes = append(axes, fmt.Sprintf("%s = %s", name, strings.ReplaceAll(fmt.Sprint(values), " ", ", ")))
		cells *= len(values)
	}
	return axes, cells
}

func TestAGridHasOneRunForEachCombinationOfItsAxes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		axes, cells := drawnAxes(r)
		p := plan(t, "[grid]\n"+strings.Join(axes, "\n"))
		keys := map[string]bool{}
		for _, run := range p.Runs {
			keys[run.Key] = true
		}
		if len(p.Runs) != cells || len(keys) != cells {
			r.Fatalf("%d runs, %d keys, want %d", len(p.Runs), len(keys), cells)
		}
	})
}

func TestTheOrderOfAxesChangesNoRun(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		axes, _ := drawnAxes(r)
		keys := map[string]bool{}
		for _, run := range plan(t, "[grid]\n"+strings.Join(axes, "\n")).Runs {
			keys[run.Key] = true
		}
		for _, run := range plan(t, "[grid]\n"+strings.Join(rapid.Permutation(axes).Draw(r, "axes"), "\n")).Runs {
			if !keys[run.Key] {
				r.Fatalf("run %s is new", run.Name)
			}
		}
	})
}

func TestAConditionalAxisMultipliesOnlyTheCellsOfItsCondition(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		axes, cells := drawnAxes(r)
		text := "[grid]\n" + strings.Join(axes, "\n")
		bound, points := rapid.IntRange(0, 60).Draw(r, "bound"), rapid.IntRange(1, 4).Draw(r, "points")
		for _, run := range plan(t, text).Runs {
			if run.Params.R > bound {
				cells += points - 1
			}
		}
		text += fmt.Sprintf("\n[[when]]\nwhere = 'r > %d'\nlr = { log = [1e-4, 1], points = %d }", bound, points+1)
		text += fmt.Sprintf("\n[[exclude]]\nwhere = 'r > %d and lr = 1'", bound)
		if got := len(plan(t, text).Runs); got != cells {
			r.Fatalf("%d runs, want %d", got, cells)
		}
	})
}

func TestAPlanMadeAgainIsTheSameAndAsksForNothingThatIsDone(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		axes, _ := drawnAxes(r)
		text := "[grid]\n" + strings.Join(axes, "\n")
		first, second := plan(t, text), plan(t, text)
		if diff := cmp.Diff(first.Runs, second.Runs) + cmp.Diff(first.Cells, second.Cells); diff != "" {
			r.Fatal(diff)
		}
		if left := runner.NewReview(second, done(first), nil, nil).ToTrain(true); len(left) > 0 {
			r.Fatalf("%d runs would be trained again", len(left))
		}
	})
}

// done returns a store that holds the runs of a plan.
func done(p *grid.Plan) map[string]sweep.State {
	states := map[string]sweep.State{}
	for _, run := range p.Runs {
		states[run.Key] = sweep.StateDone
	}
	return states
}

func TestAddingAValueToAnAxisTrainsOnlyItsCells(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		axes, cells := drawnAxes(r)
		before := plan(t, "[grid]\n"+strings.Join(axes, "\n"))
		i := rapid.IntRange(0, len(axes)-1).Draw(r, "axis")
		name, values, _ := strings.Cut(axes[i], " = [")
		have := 1 + strings.Count(values, ",")
		longer := slices.Clone(axes)
		longer[i] = name + " = [60, " + values
		after := plan(t, "[grid]\n"+strings.Join(longer, "\n"))
		fresh := runner.NewReview(after, done(before), nil, nil).ToTrain(true)
		if len(fresh) != cells/have {
			r.Fatalf("%d runs would be trained, want %d", len(fresh), cells/have)
		}
		for _, run := range fresh {
			q, err := sweep.LookupParameter(name)
			if err != nil || q.Value(run.Params) != 60 {
				r.Fatalf("%s is new, %v", run.Name, err)
			}
		}
	})
}

func TestCompletingFillsInCellsThatWereNeverBegun(t *testing.T) {
	const text = "name = 'x'\n[fixed]\nmodel = 'm'\n[grid]\ndata = ['a.jsonl', 'b.jsonl']\nseed = [0, 1]"
	there, err := grid.DecodeSpec(strings.NewReader(text), "folder/grid.toml")
	if err != nil {
		t.Fatal(err)
	}
	var want, stored []sweep.Result
	for name, p := range there.Cells() {
		r := sweep.Result{Run: sweep.Run{Name: name, Params: p}}
		want = append(want, r)
		if name == "a-s1" || name == "b-s1" {
			r.Params = sweep.Params{}
		}
		stored = append(stored, r)
	}
	if diff := cmp.Diff(want, decode(t, text).Complete(stored)); diff != "" {
		t.Error(diff)
	}
}
