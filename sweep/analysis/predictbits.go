package analysis

import (
	"sweep/sweep"
)

// unequalStarts counts runs that start at another loss than most on the same rows.
func unequalStarts() estimator {
	return estimator{name: "unequal starts", count: func(f *Finding, results []sweep.Result) (n, of int) {
		every := func(p sweep.Params) bool { return p.Adapter == "" }
		for _, g := range groupBy(ending(results, every), sameRows()) {
			if len(g.results) > 1 {
				n += len(g.results) - commonest(starts(g.results))
				of += len(g.results)
			}
		}
		if of == 0 {
			f.because(NoRival, "no two of its runs on the same rows have ended")
			return 0, 0
		}
		f.because(Evidence, "%s compared on the same rows", counted(of, "run"))
		return n, of
	}}
}

// unequalOrbitPairs counts pairs of an orbit that are not equal to the bit.
func unequalOrbitPairs() estimator {
	return estimator{name: "unequal orbit pairs", count: func(f *Finding, results []sweep.Result) (n, of int) {
		for _, p := range Pairs(results) {
			if p.Apart != "" {
				continue
			}
			of++
			if !equalToTheBit(p.First, p.Second) {
				n++
				f.because(Evidence, "%s and %s differ", p.First.Name, p.Second.Name)
			}
		}
		return n, f.pairs(of, "each orbit was trained once: 'sweep run --no-symmetry' trains the copies too")
	}}
}

// equalControlPairs counts pairs that should differ and are equal to the bit.
func equalControlPairs() estimator {
	return estimator{name: "equal control pairs", count: func(f *Finding, results []sweep.Result) (n, of int) {
		for _, p := range Pairs(results) {
			if p.Apart == "" {
				continue
			}
			of++
			if sameBits(p.First.Loss, p.Second.Loss) && sameBits(p.First.EvalLoss, p.Second.EvalLoss) {
				n++
				f.because(Evidence, "%s and %s are equal, %s", p.First.Name, p.Second.Name, p.Apart)
			}
		}
		return n, f.pairs(of, "no two of its runs are such a pair")
	}}
}

// pairs notes how many there were, or why there is none.
func (f *Finding) pairs(of int, none string) int {
	if of == 0 {
		f.because(NoRival, "%s", none)
	} else {
		f.because(Evidence, "%s compared", counted(of, "pair"))
	}
	return of
}
