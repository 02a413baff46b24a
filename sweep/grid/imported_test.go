package grid_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// foreignParams are the settings of a run that was trained elsewhere.
func foreignParams(change func(*sweep.Params)) sweep.Params {
	p := sweep.Defaults()
	p.Model, p.Data, p.Steps = "hub/m-1B", "unstated", 100
	change(&p)
	p.Inherit()
	return p
}

func TestImportedRunsAreAProductWhereTheyCan(t *testing.T) {
	m := grid.Imported{Name: "gpu", Question: "Why?", From: "4 folders", Stated: []string{"model", "data", "alpha", "lr", "steps"}}
	for _, alpha := range []float64{32, 8} {
		for _, lr := range []float64{1e-4, 3e-3} {
			m.Runs = append(m.Runs, foreignParams(func(p *sweep.Params) { p.Alpha, p.LR = alpha, lr }))
		}
	}
	spec, names, err := m.Describe()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a32-lr1e-4", "a32-lr3e-3", "a8-lr1e-4", "a8-lr3e-3"}, names); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := `name     = "gpu"
question = "Why?"
imported = "4 folders"

[fixed]
model    = "hub/m-1B"
data     = "unstated"
steps    = 100

[grid]
alpha    = [8, 32]
lr       = [1e-4, 3e-3]
`
	if diff := cmp.Diff(want, spec.Source); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	m.Runs = m.Runs[:3]
	spec, names, err = m.Describe()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a32-lr1e-4", "a32-lr3e-3", "a8-lr1e-4"}, names); diff != "" || !strings.Contains(spec.Source, "[[zip]]\nalpha    = [32, 32, 8]\n") {
		t.Errorf("what is no product, -want +got:\n%s\n%s", diff, spec.Source)
	}
	m.Runs[2] = m.Runs[0]
	if _, _, err := m.Describe(); err == nil {
		t.Error("two runs of equal settings are no error")
	}
}

// TestEveryImportedRunIsACell holds for any settings that runs may have.
func TestEveryImportedRunIsACell(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := grid.Imported{Name: "x", From: "a file", Stated: []string{"model", "data", "r", "alpha", "lr", "seed", "steps", "targets", "optimizer", "lr_b"}}
		seen := map[string]bool{}
		encoder := sweep.NewEncoder(sweep.Parameters())
		for range rapid.IntRange(1, 12).Draw(rt, "runs") {
			p := foreignParams(func(p *sweep.Params) {
				p.R = rapid.SampledFrom([]int{1, 8}).Draw(rt, "r")
				p.Alpha = rapid.SampledFrom([]float64{0.1 + 0.2, 16}).Draw(rt, "alpha")
				p.LR = rapid.Float64Range(1e-9, 10).Draw(rt, "lr")
				p.Seed = rapid.IntRange(0, sweep.MaxWhole).Draw(rt, "seed")
				p.Model = rapid.SampledFrom([]string{"a/b.c", "./x/../y", "https://hub/a"}).Draw(rt, "model")
				p.Optimizer = rapid.SampledFrom([]string{"adam", "sgd"}).Draw(rt, "optimizer")
				p.Targets = rapid.SampledFrom([][]string{{"q_proj"}, {"q_proj", "v_proj"}}).Draw(rt, "targets")
			})
			if rapid.Bool().Draw(rt, "lr_b") {
				p.LRB *= 16
			}
			if id := string(encoder.Literal(&p)); !seen[id] {
				seen[id] = true
				m.Runs = append(m.Runs, p)
			}
		}
		spec, names, err := m.Describe()
		if err != nil {
			rt.Fatal(err)
		}
		cells := map[string]sweep.Params{}
		for name, p := range spec.Cells() {
			cells[name] = p
		}
		if len(cells) != len(m.Runs) {
			rt.Fatalf("%d cells of %d runs\n%s", len(cells), len(m.Runs), spec.Source)
		}
		for i, name := range names {
			if diff := cmp.Diff(m.Runs[i], cells[name]); diff != "" {
				rt.Fatalf("run %d, -want +got:\n%s", i, diff)
			}
		}
	})
}

func TestImportedRunsCannotBeTrained(t *testing.T) {
	m := grid.Imported{Name: "gpu", From: "runs.csv", Runs: []sweep.Params{sweep.Defaults()}, Stated: []string{"lr"}}
	spec, _, err := m.Describe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := grid.NewPlan(spec, &inspector{}); err == nil || !strings.Contains(err.Error(), "gpu.toml, imported from runs.csv: its runs were trained elsewhere") {
		t.Errorf("planned: %v", err)
	}
}
