package grid_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep/grid"
)

func TestWarningsNameTheWeaknessesOfADesign(t *testing.T) {
	const rates, seeds = "lr = { log = [1e-4, 1e-2], points = 5 }\n", "seed = [0, 1, 2]\n"
	for name, c := range map[string]struct {
		grid string
		want []string
	}{
		"sound":                     {"[grid]\nr = [4, 8]\nalpha = [8, 16]\n" + rates + seeds, nil},
		"one run":                   {"[grid]\nr = [4]", nil},
		"seeds alone":               {"[grid]\n" + seeds, nil},
		"adapters of one seed each": {"[grid]\n" + rates + "[[zip]]\nseed = [0, 1]\nadapter = ['a8', 'b8']", nil},
		"adapters of every seed":    {"[grid]\n" + rates + seeds + "adapter = ['a8', 'b8']", nil},
		"adapters of one seed": {"[grid]\n" + rates + "adapter = ['a8', 'b8']", []string{
			"one seed tells no difference from chance; add the axis seed = [0, 1, 2]",
		}},
		"one seed": {"[grid]\nr = [4, 8]\n" + rates, []string{
			"one seed tells no difference from chance; add the axis seed = [0, 1, 2]",
		}},
		"one seed of some arms": {"[grid]\n" + rates + "[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\nfixed.r = 4\ngrid.seed = [0, 1]", []string{
			"one seed in arm a tells no difference from chance; add the axis seed = [0, 1, 2]",
			"settings have 1 to 2 seeds, as at a/lr1e-4 and b/lr1e-4-s0: their means are not equally sure; give all that you compare the same number",
		}},
		"one lr": {"[grid]\nalpha = [8, 256]\n" + seeds, []string{
			"lr has one value for a setting: none can be judged without its best one; try lr = { log = [1e-4, 0.01], points = 5 }",
		}},
		"two lrs": {"[grid]\nlr = [1e-4, 1e-1]\n" + seeds, []string{
			"lr has two values for a setting: none can be judged without its best one; try lr = { log = [1e-4, 0.1], points = 5 }",
		}},
		"near lrs": {"[grid]\nlr = [1e-3, 2e-3, 4e-3]\n" + seeds, []string{
			"lr spans less than a decade: the best one may lie outside; try lr = { log = [2e-4, 0.02], points = 5 }",
		}},
		"a decade": {"[grid]\nlr = { log = [1e-3, 1e-2], points = 3 }\n" + seeds, nil},
		"alpha follows r": {"[grid]\nr = [4, 8]\n" + rates + seeds + "[derive]\nalpha = '2*r'", []string{
			"r and alpha move together, alpha/r being 2: what one does cannot be told from the other; give one an axis of its own in [grid], or an [[arm]] in which it stays",
		}},
		"alpha follows r in one arm of two": {"[grid]\nr = [4, 8]\n" + rates + seeds + "[[arm]]\nname = 'a'\nderive.alpha = '2*r'\n[[arm]]\nname = 'b'", nil},
		"arms that differ in two ways": {
			"[grid]\n" + rates + seeds + "[[arm]]\nname = 'a'\n[[arm]]\nname = 'b'\nfixed = { optimizer = 'sgd', momentum = 0.9 }", nil,
		},
		"chance": {"[grid]\n" + rates + "[[zip]]\nseed = [0, 1, 2]\ndropout = [0, 0.1, 0.2]\nr = [4, 8, 16]", []string{
			"one seed tells no difference from chance; add the axis seed = [0, 1, 2]",
			"r, dropout and seed move together: what one does cannot be told from the other; give one an axis of its own in [grid], or an [[arm]] in which it stays",
		}},
		"what inherits, and what is derived from lr": {"[grid]\n" + rates + seeds + "[derive]\nlr_b = '16*lr'", nil},
		"excluded": {"[grid]\nr = [4, 8]\n" + rates + seeds + "[[exclude]]\nwhere = 'r = 8 and lr > 5e-3'\n[[exclude]]\nwhere = 'r = 4 and seed = 1'", []string{
			"settings have 2 to 3 seeds, as at r4-lr1e-4-s0 and r8-lr1e-4-s0: their means are not equally sure; give all that you compare the same number",
			"settings have 4 to 5 learning rates, as at r8-lr1e-4-s0 and r4-lr1e-4-s0: the lowest of more is lower by luck; give all that you compare the same number",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range plan(t, c.grid).Warnings() {
				got = append(got, w.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// It follows the remedy for learning rates.
func TestTheRemedyOfAWarningIsAValidGrid(t *testing.T) {
	const text = "[grid]\nr = [4, 8]\nseed = [0, 1]\n"
	warnings := plan(t, text).Warnings()
	if len(warnings) != 1 {
		t.Fatalf("%q", warnings)
	}
	_, remedy, _ := strings.Cut(warnings[0].Remedy, "try ")
	if left := plan(t, text+remedy).Warnings(); len(left) > 0 {
		t.Errorf("after %s: %q", remedy, left)
	}
}

func BenchmarkWarnings100000Cells(b *testing.B) {
	spec, err := grid.DecodeSpec(strings.NewReader(fmt.Sprintf("name = 'large'\n[grid]\n%s\n%s\n%s",
		"r = { pow2 = [1, 512] }", "alpha = { pow2 = [1, 512] }", "lr = { log = [1e-5, 1], points = 1000 }")), "large.toml")
	if err != nil {
		b.Fatal(err)
	}
	p, err := grid.NewPlan(spec, &inspector{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.Warnings()
	}
}
