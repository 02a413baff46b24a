package analysis_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// Whether seeds or lr between those tried narrow a slope more is judged by training
// both: what the finding asks for must be what does.
func TestAnOpenSlopeAsksForWhatNarrowsItMore(t *testing.T) {
	for _, tt := range []struct {
		name    string
		spacing float64 // of neighbouring lr
		noise   float64 // by which the seeds differ on where the best lr is, in logs
		want    string
	}{
		{"quiet seeds, lr far apart", 6, 0.02, "lr"},
		{"seeds that disagree, lr close by", 1.4, 1, analysis.Seed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := usual()
			g.alphas = []float64{1, 8, 64}
			g.loss = func(p sweep.Params) float64 {
				random := rand.New(rand.NewPCG(uint64(p.Seed), math.Float64bits(p.Alpha)))
				own := rand.New(rand.NewPCG(uint64(p.Seed), math.Float64bits(p.Alpha*p.LR)))
				return valley(bestLR(p.Alpha)*math.Exp(tt.noise*random.NormFloat64()), p.LR) * (1 + 1e-3*own.NormFloat64())
			}
			lrs := func(ratio float64) (all []float64) {
				for lr := 1e-5; lr < 3; lr *= ratio {
					all = append(all, lr)
				}
				return all
			}
			g.lrs = lrs(tt.spacing)
			look := func(g grid) analysis.Look {
				results := g.results()
				p := sweep.Prediction{Quantity: "slope of the best lr", Along: "alpha", Above: -0.5001, Below: -0.4999}
				return analysis.LookAt(sweep.Predicted{Prediction: p, Cells: results})[0]
			}
			first := look(g)
			if first.Verdict != analysis.Undecided || len(first.Add) != 1 || first.Add[0].Axis != tt.want {
				t.Fatalf("%s, to add: %v; want %s alone. %v", first.Verdict, first.Add, tt.want, first.Reasons)
			}
			finer, more := g, g
			finer.lrs = lrs(math.Sqrt(tt.spacing))
			more.seeds = 2 * g.seeds
			byLR, bySeeds := width(look(finer)), width(look(more))
			if (byLR < bySeeds) != (tt.want == "lr") {
				t.Errorf("from %.3g, lr between narrow it to %.3g and seeds to %.3g, but it asks for %s", width(first), byLR, bySeeds, tt.want)
			}
		})
	}
}

func width(l analysis.Look) float64 { return l.Key.High - l.Key.Low }

// No grid of the answers' or of next may ask for seeds where none changes the runs.
func TestSeedsAreNotProposedWhereNoneChangesTheRuns(t *testing.T) {
	g := usual()
	g.seeds = 1
	results := g.results()
	for i := range results {
		results[i].Params.Adapter = "start"
	}
	for _, p := range propose(t, results) {
		if !slices.Equal(p.Seeds, []int{0}) {
			t.Errorf("%+v", p)
		}
	}
}
