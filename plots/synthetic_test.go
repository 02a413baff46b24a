package plots_test

import (
	"fmt"
	"math"
	"math/rand/v2"

	"sweep/sweep"
)

// grid is a sweep whose losses are invented: a valley in lr for each alpha and
// rank, lowest at 0.03/sqrt(alpha), higher with fewer ranks, beyond which runs
// diverge.
type grid struct {
	alphas, lrs []float64
	ranks       []int
	optimizers  []string
	seeds       int
	best        func(alpha float64) float64
}

func usual() grid {
	return grid{
		alphas:     []float64{1, 2, 4, 8, 16, 32, 64, 128, 256},
		lrs:        []float64{1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1},
		ranks:      []int{8},
		optimizers: []string{"adamw"},
		seeds:      3,
		best:       func(alpha float64) float64 { return 0.03 / math.Sqrt(alpha) },
	}
}

func (g grid) results() []sweep.Result {
	random := rand.New(rand.NewPCG(1, 2))
	var all []sweep.Result
	for _, optimizer := range g.optimizers {
		for _, r := range g.ranks {
			for _, alpha := range g.alphas {
				for _, lr := range g.lrs {
					for seed := range g.seeds {
						all = append(all, g.result(optimizer, r, alpha, lr, seed, random.NormFloat64()))
					}
				}
			}
		}
	}
	return all
}

func (g grid) result(optimizer string, r int, alpha, lr float64, seed int, noise float64) sweep.Result {
	best := g.best(alpha)
	if optimizer == "sgd" {
		best *= 8
	}
	away := math.Log(lr / best)
	loss := 0.12 * (1 + 2/float64(r)) * math.Exp(0.45*away*math.Tanh(away)+0.06*noise)
	o := sweep.Outcome{State: sweep.StateDone, Steps: 200, Loss: loss, EvalLoss: min(loss, 5), Evaluated: true, FirstLoss: 6}
	if away+0.2*noise > 2.9 {
		o.State, o.Loss, o.EvalLoss = sweep.StateDiverged, math.Inf(1), math.NaN()
	}
	p := sweep.Params{
		Model: "builtin:tiny", Data: "builtin:menus", Method: "lora", Targets: []string{"q_proj", "v_proj"},
		R: r, Alpha: alpha, Scaling: "alpha/r", Optimizer: optimizer, LR: lr, Schedule: "constant",
		Steps: 200, Batch: 8, Seq: 64, Holdout: 0.1, Seed: seed,
	}
	key := fmt.Sprintf("%s-r%d-a%g-lr%g-s%d", optimizer, r, alpha, lr, seed)
	return sweep.Result{Run: sweep.Run{Key: key, Params: p}, Outcome: o}
}

// curves falls from the first loss to the final one; a diverged run leaves at
// step 60.
func curves(results []sweep.Result) map[string][]sweep.Point {
	random := rand.New(rand.NewPCG(3, 4))
	all := map[string][]sweep.Point{}
	for _, r := range results {
		points := []sweep.Point{{Step: 0, Loss: math.NaN(), EvalLoss: 6, Evaluated: true}}
		for step := 1; step <= r.Params.Steps; step++ {
			fallen := math.Exp(-float64(step) / 25)
			if r.State == sweep.StateDiverged {
				if step > 60 {
					break
				}
				points = append(points, sweep.Point{Step: step, Loss: 6 * math.Exp(float64(step*step)/900)})
				continue
			}
			loss := r.EvalLoss + (6-r.EvalLoss)*fallen
			p := sweep.Point{Step: step, Loss: loss * math.Exp(0.15*random.NormFloat64())}
			if step%40 == 0 {
				p.EvalLoss, p.Evaluated = loss, true
			}
			points = append(points, p)
		}
		all[r.Key] = points
	}
	return all
}

// alter applies a change to the results that match.
func alter(results []sweep.Result, match func(sweep.Params) bool, change func(*sweep.Result)) []sweep.Result {
	for i := range results {
		if match(results[i].Params) {
			change(&results[i])
		}
	}
	return results
}
