package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// zeroStart registers claim (a).
func zeroStart() registered {
	return registered{
		Claim: Claim{
			"a", "LoRA starts at the base model: with one factor zero, the loss before training is the same for every r and alpha, to the bit.",
			"supported if all losses before training are one number for runs on the same rows; refuted if any two differ in a bit",
		},
		judge:   func(s *Study, _ Margins) []Finding { return judgeStarts(s.results) },
		figures: startFigures,
		atStart: true,
	}
}

// startFigures leaves out a figure that would be one line.
func startFigures(_ Finding, results []sweep.Result) []string {
	if !slices.ContainsFunc(Starts(results), func(s Start) bool { return !s.Zero }) {
		return nil
	}
	return []string{"starts"}
}

// judgeStarts judges claim (a) by the losses before training. The control is
// runs both of whose factors are random.
func judgeStarts(results []sweep.Result) []Finding {
	results = Runs(results)
	f := notAsked(zeroStart().Claim, results)
	f.Identity = true
	f.Reasons, f.Measure = nil, "runs that start at another loss than the rest on the same rows"
	same := namesWith(sweep.RoleData)
	settings, elsewhere, groups, base := 0, 0, 0, false
	for _, g := range groupBy(ending(results, zeroProduct), same) {
		if n := len(groupBy(g.results, namesWith(sweep.RoleScale|sweep.RoleInit))); n > 1 {
			settings = max(settings, n)
			groups++
			elsewhere += len(g.results) - commonest(starts(g.results))
			base = base || slices.ContainsFunc(g.results, func(r sweep.Result) bool { return r.Params.Method == "full" })
		}
	}
	f.Control = randomStart(results, same)
	if groups == 0 && slices.ContainsFunc(results, func(r sweep.Result) bool { return !r.TrainedHere() }) {
		f.because(NotVaried, "runs of other trainers, whose arithmetic is not known, are no evidence of what is equal to the bit")
		return []Finding{f}
	}
	if groups == 0 {
		f.because(NotVaried, "no two finished runs on the same rows differ in r, alpha, scaling or init")
		f.add(more("r", distinct(results, "r"), 4))
		f.add(more("alpha", distinct(results, "alpha"), 4))
		return []Finding{f}
	}
	f.Key = statistics.Exactly(float64(elsewhere))
	f.because(Evidence, "%s, compared on the same rows: %s", counted(settings, "setting")+" of r, alpha, scaling and init", startsTogether(elsewhere))
	if base {
		f.because(Evidence, "among them is full fine-tuning, which starts at the base model itself")
	}
	f.decide(elsewhere == 0, elsewhere > 0)
	return []Finding{f}
}

func startsTogether(elsewhere int) string {
	if elsewhere == 0 {
		return "all losses before training are equal to the bit"
	}
	return counted(elsewhere, "run") + " started at another loss than the rest"
}

// counted is "1 run" or "2 runs".
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// zeroProduct reports whether the update is zero before training.
func zeroProduct(p sweep.Params) bool { return p.Adapter == "" && p.Init != "both" }

func randomProduct(p sweep.Params) bool {
	return p.Adapter == "" && p.Init == "both" && p.Method != "full"
}

// ending are the results that match, ended, and have a loss before training of
// their own; a copy has that of another run. Those of other trainers are left out: what
// their programs wrote down is not what they computed, to the bit.
func ending(results []sweep.Result, match func(sweep.Params) bool) []sweep.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool {
		return !r.State.Final() || r.CopyOf != "" || !r.TrainedHere() || !finite(r.FirstLoss) || r.FirstLoss == 0 || !match(r.Params)
	})
}

// starts counts the results by the bits of their losses before training.
func starts(results []sweep.Result) map[uint64]int {
	bits := map[uint64]int{}
	for _, r := range results {
		bits[math.Float64bits(r.FirstLoss)]++
	}
	return bits
}

// commonest is the largest of the counts.
func commonest(counts map[uint64]int) int {
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	return most
}

// randomStart counts how many of the runs with two random factors start at
// another loss than the base model's.
func randomStart(results []sweep.Result, same []string) Control {
	control := Control{Number: statistics.Unknown()}
	base := map[uint64]bool{}
	for _, g := range groupBy(ending(results, zeroProduct), same) {
		for bits := range starts(g.results) {
			base[bits] = true
		}
	}
	random := ending(results, randomProduct)
	if len(random) == 0 || len(base) == 0 {
		return control
	}
	differ := 0
	for _, r := range random {
		if !base[math.Float64bits(r.FirstLoss)] {
			differ++
		}
	}
	control.Share = true
	control.Name = "both factors random: share of runs that start elsewhere"
	control.Number.Value = float64(differ) / float64(len(random))
	control.Differs = differ == len(random)
	return control
}

// A Start is where a run begins: the loss before training at a scale s.
type Start struct {
	Init  string // as the grid names it; "base model" for full fine-tuning
	Zero  bool   // one of the factors, or the whole update, is zero
	Scale float64
	R     int
	Alpha float64
	Loss  float64 // before training, nats a token
	Away  float64 // distance from the loss that most zero starts on the same rows have
}

// sameRows are the parameters that decide the loss of the base model.
func sameRows() []string {
	return slices.DeleteFunc(namesWith(sweep.RoleData), func(name string) bool { return name == "method" })
}

// Starts returns the start of every run that ended, by init and scale, and
// drops equal ones. Runs are compared only with others on the same rows.
func Starts(results []sweep.Result) []Start {
	var all []Start
	for _, g := range groupBy(ending(Runs(results), func(p sweep.Params) bool { return p.Adapter == "" }), sameRows()) {
		base := baseLoss(ending(g.results, zeroProduct))
		for _, r := range g.results {
			s := Start{
				Init: r.Params.Init, Zero: zeroProduct(r.Params), Scale: r.Params.Scale(),
				R: r.Params.R, Alpha: r.Params.Alpha, Loss: r.FirstLoss, Away: math.Abs(r.FirstLoss - base),
			}
			if r.Params.Method == "full" {
				s.Init = "base model"
			}
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Start) int {
		return cmp.Or(cmp.Compare(a.Init, b.Init), cmp.Compare(a.Scale, b.Scale), cmp.Compare(a.R, b.R), cmp.Compare(a.Alpha, b.Alpha), cmp.Compare(a.Loss, b.Loss))
	})
	return slices.Compact(all)
}

// baseLoss is the loss that most runs start at, NaN for none.
func baseLoss(results []sweep.Result) float64 {
	base, most := math.NaN(), 0
	for _, r := range results { // the first of equals, whatever the order of a map
		if n := starts(results)[math.Float64bits(r.FirstLoss)]; n > most {
			base, most = r.FirstLoss, n
		}
	}
	return base
}
