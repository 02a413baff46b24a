package analysis

import (
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
)

// ZeroStart is claim (a).
func ZeroStart() Claim {
	return Claim{
		"a", "LoRA starts at the base model: with one factor zero, the loss before training is the same for every r and alpha, to the bit.",
		"supported if all losses before training are one number for runs on the same rows; refuted if any two differ in a bit",
	}
}

// starting are the parameters that have no part in the loss before training
// as long as one of the factors is zero.
func starting() []string {
	return []string{
		"r", "alpha", "scaling", "init", "init_std", "targets", "dropout", "optimizer", "lr", "lr_a", "lr_b", "momentum", "nesterov",
		"beta1", "beta2", "eps", "eps_a", "eps_b", "weight_decay", "weight_decay_a", "weight_decay_b", "clip", "schedule", "warmup",
		"steps", "eval_every",
	}
}

// zeroStart judges claim (a) by the losses before training. The control is
// runs both of whose factors are random.
func zeroStart(results []sweep.Result) []Finding {
	results = Runs(results)
	f := undecided(ZeroStart(), results)
	f.Reasons, f.Measure = nil, "runs that start at another loss than the rest on the same rows"
	same := slices.DeleteFunc(names(), func(name string) bool { return slices.Contains(starting(), name) })
	settings, elsewhere, groups, base := 0, 0, 0, false
	for _, g := range groupBy(ending(results, zeroProduct), same) {
		if n := len(groupBy(g.results, []string{"r", "alpha", "scaling", "init", "init_std"})); n > 1 {
			settings = max(settings, n)
			groups++
			elsewhere += len(g.results) - commonest(starts(g.results))
			base = base || slices.ContainsFunc(g.results, func(r sweep.Result) bool { return r.Params.Method == "full" })
		}
	}
	f.Control = randomStart(results, same)
	if groups == 0 {
		f.because(NotVaried, "no two finished runs on the same rows differ in r, alpha, scaling or init")
		f.add(more("r", distinct(results, "r"), 4))
		f.add(more("alpha", distinct(results, "alpha"), 4))
		return []Finding{f}
	}
	f.Key = Estimate{float64(elsewhere), math.NaN(), math.NaN()}
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

// ending are the results that match and ended with a loss before training of
// their own, not that of the run they are a copy of.
func ending(results []sweep.Result, match func(sweep.Params) bool) []sweep.Result {
	return slices.DeleteFunc(slices.Clone(results), func(r sweep.Result) bool {
		return !r.State.Final() || r.CopyOf != "" || !finite(r.FirstLoss) || r.FirstLoss == 0 || !match(r.Params)
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

// commonest is the greatest of the counts.
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
	control := Control{Number: unknown()}
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
