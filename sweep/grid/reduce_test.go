package grid_test

import (
	"slices"
	"strings"
	"testing"

	"sweep/sweep/grid"
)

func TestAGridIsReducedByWhatCostsLeastUntilNothingIsLeftToTakeOff(t *testing.T) {
	const text = "name = 'x'\n[grid]\nalpha = [1, 2, 4]\nlr = { log = [1e-4, 1], points = 9 }\nseed = [0, 1, 2, 3]\n"
	var settings, said []string
	for range 20 {
		cells, spec := cellsWith(t, text, settings...)
		all := spec.Reductions()
		if len(all) == 0 {
			break
		}
		r := all[0]
		settings = grid.Merge(settings, r.Setting)
		left, _ := cellsWith(t, text, settings...)
		if want := len(cells) * r.Keeps / (r.Keeps + len(r.Drops)); len(left) != want {
			t.Errorf("%s leaves %d of %d cells, want %d", r.Setting, len(left), len(cells), want)
		}
		for name := range left {
			if _, ok := cells[name]; !ok {
				t.Errorf("%s has the new cell %s", r.Setting, name)
			}
		}
		said = append(said, r.Setting)
	}
	want := []string{
		"grid.lr=[1e-4, 1e-3, 0.01, 0.1, 1]", "grid.seed=[0, 1, 2]", "grid.alpha=[1, 4]", "grid.seed=[0, 1]",
	}
	if !slices.Equal(said, want) {
		t.Errorf("reduced by\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
}

func TestAnAxisOfOneArmIsReducedThere(t *testing.T) {
	const text = "name = 'x'\n[grid]\nseed = [0, 1, 2]\n[[arm]]\nname = 'a'\n[arm.grid]\nlr = { log = [1e-4, 1], points = 9 }\n[[arm]]\nname = 'b'\n"
	_, spec := cellsWith(t, text)
	all := spec.Reductions()
	if len(all) != 2 || all[0].Arm != "a" || !strings.HasPrefix(all[0].Setting, "arm.a.grid.lr=[") || all[1].Setting != "grid.seed=[0, 1]" {
		t.Fatalf("%+v", all)
	}
	left, _ := cellsWith(t, text, all[0].Setting)
	if len(left) != 3*5+3 {
		t.Errorf("%d cells", len(left))
	}
}
