package grid_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
)

const settable = `name = "base"
[fixed]
steps = 20
[grid]
alpha = [8, 16, 32]
lr = [1e-3, 1e-2]
seed = [0, 1]
`

const settableArms = settable + `[[arm]]
name = "adam"
[[arm]]
name = "sgd.m"
[arm.fixed]
optimizer = "sgd"
lr = 0.1
`

// cellsWith are the cells of a grid file with settings, by name, and its spec.
func cellsWith(t *testing.T, text string, settings ...string) (map[string]sweep.Params, *grid.Spec) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "g.toml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	spec, err := grid.ParseSpec(file, settings...)
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]sweep.Params{}
	for name, p := range spec.Cells() {
		cells[name] = p
	}
	return cells, spec
}

func TestASettingOfTheCommandLineIsAsIfTheFileHadIt(t *testing.T) {
	for _, c := range []struct {
		text, old, new string
		settings       []string
	}{
		{settable, "lr = [1e-3, 1e-2]", "", []string{"lr=1e-3"}},
		{settable, "alpha = [8, 16, 32]", "alpha = [8, 64]", []string{"grid.alpha=[8,64]"}},
		{settable, "alpha = [8, 16, 32]", "alpha = [8, 64]", []string{"alpha = [8, 64]"}},
		{settable, "lr = [1e-3, 1e-2]", "lr = { log = [1e-3, 1e-1], points = 3 }", []string{"lr={ log = [1e-3, 1e-1], points = 3 }"}},
		{settable, "steps = 20", "steps = 40\noptimizer = 'sgd'", []string{"steps=40", "optimizer=sgd"}},
		{settable, "steps = 20", "steps = 20\ntargets = ['v_proj']", []string{"targets=['v_proj']"}},
		{settable, "alpha = [8, 16, 32]\n", "\n[derive]\nalpha = '2*r'\n[grid]\n", []string{"derive.alpha=2*r"}},
		{settable, `name = "base"`, `name = "other"`, []string{"name=other"}},
		{settableArms, "lr = 0.1", "lr = 0.2", []string{"arm.sgd.m.lr=0.2"}},
		{settableArms, "lr = 0.1", "", []string{"arm.sgd.m.grid.lr=[1e-3, 1e-2]"}},
	} {
		edited := strings.Replace(c.text, c.old, c.new, 1)
		if slices.Equal(c.settings, []string{"lr=1e-3"}) {
			edited = strings.Replace(edited, "steps = 20", "steps = 20\nlr = 1e-3", 1)
		}
		if c.new == "\n[derive]\nalpha = '2*r'\n[grid]\n" {
			edited = strings.Replace(edited, "[grid]\n\n", "", 1)
		}
		want, _ := cellsWith(t, edited)
		got, spec := cellsWith(t, c.text, c.settings...)
		if diff := cmp.Diff(paramsIn(want), paramsIn(got)); diff != "" {
			t.Errorf("%v, -edited +set:\n%s", c.settings, diff)
		}
		again, err := grid.DecodeSpec(strings.NewReader(spec.Source), "g.toml")
		if err != nil {
			t.Fatalf("%v: the stored grid: %v\n%s", c.settings, err, spec.Source)
		}
		stored := map[string]sweep.Params{}
		for name, p := range again.Cells() {
			stored[name] = p
		}
		if diff := cmp.Diff(got, stored); diff != "" || again.Name != spec.Name {
			t.Errorf("%v, -set +stored:\n%s", c.settings, diff)
		}
		if n := len(grid.Settings(spec.Source)); n != len(c.settings) {
			t.Errorf("%v: the stored grid says %q", c.settings, grid.Settings(spec.Source))
		}
		repeated, _ := cellsWith(t, c.text, grid.Settings(spec.Source)...)
		if diff := cmp.Diff(got, repeated); diff != "" {
			t.Errorf("%v, -set +set again as stored:\n%s", c.settings, diff)
		}
	}
}

// paramsIn are the settings of cells, in any order.
func paramsIn(cells map[string]sweep.Params) []string {
	var all []string
	for name, p := range cells {
		arm, _ := sweep.SplitCellName(name)
		all = append(all, arm+fmt.Sprint(p))
	}
	slices.Sort(all)
	return all
}

func TestASettingForAllArmsHoldsInThoseThatSetItThemselves(t *testing.T) {
	cells, _ := cellsWith(t, settableArms, "lr=0.5", "steps=7")
	for name, p := range cells {
		if p.LR != 0.5 || p.Steps != 7 {
			t.Errorf("%s has lr %g and %d steps", name, p.LR, p.Steps)
		}
	}
	if len(cells) != 12 {
		t.Errorf("%d cells", len(cells))
	}
}

func TestAnAxisThatIsSetStaysInItsPlace(t *testing.T) {
	cells, _ := cellsWith(t, settable, "grid.alpha=[8, 64]")
	if _, ok := cells["a64-lr1e-3-s0"]; !ok {
		t.Errorf("cells %v", cells)
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "g.toml")
	if err := os.WriteFile(file, []byte(settableArms), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ setting, want string }{
		{"lrr=1", `--set: fixed.lrr is no parameter; did you mean "lr"?`},
		{"learning_rate=1", `did you mean "lr"?`},
		{"arm.sgdm.lr=1", `--set: arm.sgdm names no arm of the grid; allowed: adam, sgd.m; did you mean "sgd.m"?`},
		{"foo.lr=1", "--set foo.lr=1: foo is no place for a setting; write it as in lr=1e-3, "},
		{"zip.lr=[1]", "zip is no place for a setting"},
		{"lr", "--set lr: is no setting"},
		{"=3", "is no setting"},
		{"lr=", "is no setting"},
		{"lr=abc", `--set: fixed.lr = "abc" is no number`},
		{"lr=nan", `--set: fixed.lr = "nan" is no number`},
		{"lr=2026-01-01", "is no number"},
		{"grid.lr=1e-3", "--set: grid.lr = 1e-3 is no axis"},
		{"grid.alpha=[8,64", "is no axis"},
		{"alpha=[]", "is an empty axis"},
		{"targets=[]", "is empty"},
		{"steps=0", "is out of bounds"},
		{"name=a b", "is no name"},
		{"include=x.toml", "--set: fixed.include is no parameter"},
		{"lr=1e-3\n[grid]", "holds a character that cannot be seen"},
	} {
		_, err := grid.ParseSpec(file, c.setting)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.setting, err, c.want)
		}
	}
	if _, err := grid.ParseSpec(file, "lr=1", "grid.lr=[1,2]"); err == nil || !strings.Contains(err.Error(), "lr is set twice") {
		t.Errorf("twice: error %v", err)
	}
}
