package trainer

import (
	"fmt"
	"testing"

	"sweep/sweep"
	"sweep/trainer/kernel"
)

// symmetric are settings that leave nothing that Rescale must scale at zero.
func symmetric(change func(*sweep.Params)) sweep.Params {
	p := tinyParams("lora")
	p.Steps, p.InitStd, p.Eps, p.WeightDecay, p.EvalEvery = 30, 0.1, 1e-3, 0.05, 7
	change(&p)
	p.Inherit()
	return p
}

func orbitOf(p sweep.Params) string {
	return sweep.Run{Key: p.Key(sweep.Inputs{}), Params: p}.Orbit().ID
}

// TestRunsOfOneOrbitHaveEqualLossesToTheBit trains what sweep.Orbit calls equal.
func TestRunsOfOneOrbitHaveEqualLossesToTheBit(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	for name, change := range map[string]func(*sweep.Params){
		"adamw":         func(p *sweep.Params) { p.Schedule, p.Warmup = "cosine", 4 },
		"adam":          func(p *sweep.Params) { p.Optimizer = "adam" },
		"sgd":           func(p *sweep.Params) { p.Optimizer, p.LR = "sgd", 1e-3 },
		"momentum":      func(p *sweep.Params) { p.Optimizer, p.LR, p.Momentum = "sgd", 1e-3, 0.9 },
		"nesterov":      func(p *sweep.Params) { p.Optimizer, p.LR, p.Momentum, p.Nesterov = "sgd", 1e-3, 0.9, true },
		"clipped adamw": func(p *sweep.Params) { p.Clip = 0.7 },
		"clipped sgd":   func(p *sweep.Params) { p.Optimizer, p.Clip = "sgd", 0.7 },
		"gaussian":      func(p *sweep.Params) { p.Init, p.InitStd = "gaussian", 0 },
		"swapped":       func(p *sweep.Params) { p.Init, p.InitStd = "swapped", 0 },
		"both":          func(p *sweep.Params) { p.Init, p.InitStd = "both", 0.1 },
		"own start":     func(p *sweep.Params) { p.InitStd = 0 },
		"dropout":       func(p *sweep.Params) { p.Dropout = 0.2 },
	} {
		t.Run(name, func(t *testing.T) {
			p := symmetric(change)
			want, _ := trainCheckpoint(t, c, kernel.Best(), p)
			for _, by := range []struct{ a, b float64 }{{2, 2}, {0.25, 0.25}, {1024, 1024}, {1, 8}, {16, 1}, {0.5, 4}} {
				q := p.Rescale(by.a, by.b)
				got, _ := trainCheckpoint(t, c, kernel.Best(), q)
				equal := sameLosses(got, want)
				if one := orbitOf(p) == orbitOf(q); equal != one {
					t.Errorf("A times %g, B times %g: losses equal to the bit: %t, one orbit: %t", by.a, by.b, equal, one)
				}
				if by.a == by.b && equal {
					wantScaledNorms(t, got, want, by.a)
				}
			}
		})
	}
}

// wantScaledNorms expects gradient norms by as much smaller as A and B are
// larger, to the bit.
func wantScaledNorms(t *testing.T, got, want []sweep.Point, by float64) {
	t.Helper()
	for i := range got {
		if got[i].GradNorm*by != want[i].GradNorm {
			t.Fatalf("factors times %g: gradient norm %v at step %d, want %v / %g", by, got[i].GradNorm, got[i].Step, want[i].GradNorm, by)
		}
	}
}

// TestRunsOfDifferentOrbitsDiffer trains what must not be called equal: each
// setting that has to be scaled left alone, and a factor that rounds.
func TestRunsOfDifferentOrbitsDiffer(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	for _, optimizer := range []string{"adamw", "adam", "sgd"} {
		p := symmetric(func(p *sweep.Params) {
			p.Optimizer, p.Clip = optimizer, 0.7
			if optimizer == "sgd" {
				p.LR = 1e-2
			}
		})
		want, _ := trainCheckpoint(t, c, kernel.Best(), p)
		scaled := p.Rescale(2, 2)
		others := map[string]sweep.Params{"a factor of 3": p.Rescale(3, 3)}
		for name, leave := range map[string]func(*sweep.Params){
			"alpha":        func(q *sweep.Params) { q.Alpha = p.Alpha },
			"init_std":     func(q *sweep.Params) { q.InitStd = p.InitStd },
			"lr of A":      func(q *sweep.Params) { q.LRA = p.LRA },
			"lr of B":      func(q *sweep.Params) { q.LRB = p.LRB },
			"eps of A":     func(q *sweep.Params) { q.EpsA = p.EpsA },
			"eps of B":     func(q *sweep.Params) { q.EpsB = p.EpsB },
			"decay of A":   func(q *sweep.Params) { q.WeightDecayA = p.WeightDecayA },
			"decay of B":   func(q *sweep.Params) { q.WeightDecayB = p.WeightDecayB },
			"the clipping": func(q *sweep.Params) { q.Clip = p.Clip },
		} {
			q := scaled
			leave(&q)
			others[fmt.Sprintf("%s left alone", name)] = q
		}
		for name, q := range others {
			got, _ := trainCheckpoint(t, c, kernel.Best(), q)
			equal, one := sameLosses(got, want), orbitOf(p) == orbitOf(q)
			unused := optimizer == "sgd" && (name == "eps of A left alone" || name == "eps of B left alone")
			if equal != unused || one != unused {
				t.Errorf("%s, %s: losses equal to the bit: %t, one orbit: %t, want neither", optimizer, name, equal, one)
			}
		}
	}
}
