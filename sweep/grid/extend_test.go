package grid_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// extended decodes a grid and the grid that extends it, and returns their cells.
func extended(t *testing.T, text string, asked []grid.Extension) (before, after map[string]string) {
	t.Helper()
	dir := t.TempDir()
	base := filepath.Join(dir, "base.toml")
	if err := os.WriteFile(base, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	spec, err := grid.ParseSpec(base)
	if err != nil {
		t.Fatal(err)
	}
	more, err := spec.Extend("base.toml", nil, asked)
	if err != nil {
		t.Fatal(err)
	}
	next, err := grid.DecodeSpec(strings.NewReader(more), filepath.Join(dir, "next.toml"))
	if err != nil {
		t.Fatalf("%v\n%s", err, more)
	}
	return cellsByKey(spec), cellsByKey(next)
}

// cellsByKey are the names of a grid's cells by the keys that their runs would have.
func cellsByKey(spec *grid.Spec) map[string]string {
	cells := map[string]string{}
	for name, p := range spec.Cells() {
		cells[p.Key(sweep.Inputs{})] = name
	}
	return cells
}

// extension is one of a cell with the defaults but for what set changes.
func extension(arm string, set func(*sweep.Params), lr []float64, seeds ...int) grid.Extension {
	p := sweep.Defaults()
	set(&p)
	return grid.Extension{Arm: arm, Like: p, LR: lr, Seeds: seeds, Why: "since\nit tells more"}
}

func TestAnExtendedGridHasTheOldCellsAndThoseAskedFor(t *testing.T) {
	const axes = "name = 'x'\n[grid]\nalpha = [4, 16]\nlr = [0.01, 0.1]\nseed = [0, 1]\n"
	alpha := func(x float64) func(*sweep.Params) { return func(p *sweep.Params) { p.Alpha = x } }
	for name, c := range map[string]struct {
		text  string
		asked []grid.Extension
		want  []string
	}{
		"an lr of one setting":           {axes, []grid.Extension{extension("", alpha(4), []float64{1}, 0, 1)}, []string{"a4-lr1-s0", "a4-lr1-s1"}},
		"an lr of all":                   {axes, []grid.Extension{extension("", alpha(4), []float64{1}, 0, 1), extension("", alpha(16), []float64{1}, 0, 1)}, []string{"a16-lr1-s0", "a16-lr1-s1", "a4-lr1-s0", "a4-lr1-s1"}},
		"seeds of one cell":              {axes, []grid.Extension{extension("", alpha(16), []float64{0.1}, 2, 3)}, []string{"a16-lr0.1-s2", "a16-lr0.1-s3"}},
		"both":                           {axes, []grid.Extension{extension("", alpha(4), []float64{1e-3}, 0, 1), extension("", alpha(16), []float64{0.01, 0.1}, 2), extension("", alpha(4), []float64{0.1}, 2, 3)}, []string{"a16-lr0.01-s2", "a16-lr0.1-s2", "a4-lr0.1-s2", "a4-lr0.1-s3", "a4-lr1e-3-s0", "a4-lr1e-3-s1"}},
		"one arm of two":                 {"name = 'x'\n[grid]\nlr = [0.1]\n[[arm]]\nname = 'a'\n[arm.grid]\nr = [4, 8]\n[[arm]]\nname = 'b'\n", []grid.Extension{extension("a", func(p *sweep.Params) { p.R = 4 }, []float64{1}, 0)}, []string{"a/lr1-r4"}},
		"words that tell settings apart": {"name = 'x'\n[grid]\noptimizer = ['adamw', 'sgd']\nlr = [0.1]\n[[when]]\nwhere = \"optimizer = 'sgd'\"\nmomentum = [0, 0.9]\n", []grid.Extension{extension("", func(p *sweep.Params) { p.Optimizer, p.Momentum = "sgd", 0.9 }, []float64{1}, 0)}, []string{"sgd-momentum0.9-lr1"}},
	} {
		before, after := extended(t, c.text, c.asked)
		for key := range before {
			if after[key] == "" {
				t.Errorf("%s: %s is gone", name, before[key])
			}
			delete(after, key)
		}
		if added := slices.Sorted(maps.Values(after)); !slices.Equal(added, c.want) {
			t.Errorf("%s: added %v, want %v", name, added, c.want)
		}
	}
}

func TestAnExtendedGridMayBeExtendedAgain(t *testing.T) {
	dir := t.TempDir()
	text := "name = 'x'\n[grid]\nalpha = [4, 16]\nlr = [0.01, 0.1]\nseed = [0]\n"
	for i, asked := range []grid.Extension{
		extension("", func(p *sweep.Params) { p.Alpha = 4 }, []float64{0.1}, 1),
		extension("", func(p *sweep.Params) { p.Alpha = 4 }, []float64{1}, 0, 1),
	} {
		file := filepath.Join(dir, string(rune('a'+i))+".toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		spec, err := grid.ParseSpec(file)
		if err != nil {
			t.Fatal(err)
		}
		if spec.Drops("", asked.Like) {
			t.Errorf("%d: what is asked for is dropped", i)
		}
		if text, err = spec.Extend(filepath.Base(file), nil, []grid.Extension{asked}); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := grid.DecodeSpec(strings.NewReader(text), filepath.Join(dir, "c.toml"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a16-lr0.01-s0", "a16-lr0.1-s0", "a4-lr0.01-s0", "a4-lr0.1-s0", "a4-lr0.1-s1", "a4-lr1-s0", "a4-lr1-s1"}
	if got := slices.Sorted(maps.Values(cellsByKey(spec))); !slices.Equal(got, want) {
		t.Errorf("cells %v, want %v\n%s", got, want, text)
	}
}

func TestAnExtendedGridKeepsWhatTheCommandLineSetOfTheOld(t *testing.T) {
	const text = "name = 'x'\n[fixed]\nsteps = 20\n[grid]\nalpha = [4, 16]\nlr = [0.01, 0.1]\nseed = [0]\n[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\n[arm.grid]\nlr = [0.5]\n"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "base.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := []string{"steps=7", "grid.lr=[0.2, 0.4]", "derive.eps=lr/1e6", "question=Is \"it\" so?", "name=other"}
	spec, err := grid.ParseSpec(filepath.Join(dir, "base.toml"), settings...)
	if err != nil {
		t.Fatal(err)
	}
	asked := extension("b", func(p *sweep.Params) { p.Alpha, p.Steps = 4, 7 }, []float64{0.8}, 0)
	more, err := spec.Extend("base.toml", settings, []grid.Extension{asked})
	if err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(dir, "next.toml")
	if err := os.WriteFile(next, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	extended, err := grid.ParseSpec(next)
	if err != nil {
		t.Fatalf("%v\n%s", err, more)
	}
	if extended.Name != "other" || extended.Question != `Is "it" so?` {
		t.Errorf("it is called %q and asks %q", extended.Name, extended.Question)
	}
	stored, err := grid.DecodeSpec(strings.NewReader(extended.Source), "elsewhere.toml")
	if err != nil {
		t.Fatalf("as it is stored: %v\n%s", err, extended.Source)
	}
	for name, after := range map[string]map[string]string{"the file": cellsByKey(extended), "as it is stored": cellsByKey(stored)} {
		for key, cell := range cellsByKey(spec) {
			if after[key] != cell {
				t.Errorf("%s: %s is called %q", name, cell, after[key])
			}
			delete(after, key)
		}
		if added := slices.Sorted(maps.Values(after)); !slices.Equal(added, []string{"b/a4-s0-lr0.8"}) {
			t.Errorf("%s: added %v\n%s", name, added, more)
		}
	}
}

func TestAGridThatCannotBeExtendedSaysWhy(t *testing.T) {
	for text, want := range map[string]string{
		"[[zip]]\nlr = [0.1, 1]\nalpha = [1, 2]\n":                            "lr moves with others",
		"[derive]\nlr = 'alpha / 100'\n[grid]\nalpha = [1, 2]\n":              "lr is derived",
		"[grid]\nmodel = ['a', 'b']\nlr = [0.1, 1]\n":                         "model is an axis",
		"[grid]\nalpha = [1, 2]\n[[when]]\nwhere = 'alpha = 1'\nseed = [1]\n": "seed moves with others",
	} {
		spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+text), "x.toml")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spec.Extend("x.toml", nil, []grid.Extension{{Like: sweep.Defaults(), LR: []float64{2}, Seeds: []int{0}}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestWhatAGridExcludesIsDropped(t *testing.T) {
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[grid]\nlr = [0.1, 0.2]\n[[exclude]]\nwhere = 'lr > 1'\n"), "x.toml")
	if err != nil {
		t.Fatal(err)
	}
	p := sweep.Defaults()
	if p.LR = 2; !spec.Drops("", p) {
		t.Error("lr 2 is not dropped")
	}
	if p.LR = 0.5; spec.Drops("", p) {
		t.Error("lr 0.5 is dropped")
	}
}
