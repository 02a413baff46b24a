package analysis

import (
	"cmp"
	"math"
	"slices"

	"sweep/sweep/statistics"
)

// AlphaAdvice says what alpha to choose, and what to do to lr when it changes.
type AlphaAdvice struct {
	Part      []Setting
	Tied      []string // parameters that must move with alpha for this to hold
	Slope     Slope    // of log(best lr) against log(alpha), over the alphas it holds for
	Tuned     []TunedAlpha
	Agreement      // of the alphas at their own best lr
	Tested    bool // there are seeds enough for it
}

// TunedAlpha is an alpha at its own best lr.
type TunedAlpha struct {
	Alpha Value
	Best  statistics.Optimum
	Loss  float64 // the lowest that was trained
}

// Factor is what to multiply lr by when alpha is multiplied by k.
func (a AlphaAdvice) Factor(k float64) statistics.Estimate {
	slope := a.Slope.Estimate
	return statistics.Estimate{Value: math.Pow(k, slope.Value), Low: math.Pow(k, slope.Low), High: math.Pow(k, slope.High)}
}

// RankAdvice says what to do to lr when r changes.
type RankAdvice struct {
	Part     []Setting
	Rule     string     // what is done to alpha meanwhile
	Law      ScalingLaw // what that does to s
	From     Value      // of r
	Moves    []RankMove
	Exponent Slope // of the best lr in r; its N is 0 if too few are known
}

// RankMove is a change from one r to another.
type RankMove struct {
	To     Value
	Regret Regret  // of keeping lr
	Factor float64 // what tuning lr again would multiply it by
}

// Worst is the move that costs the most, the first that diverges if any does.
func (a RankAdvice) Worst() RankMove {
	cost := func(m RankMove) float64 {
		if m.Regret.Diverges {
			return math.Inf(1)
		}
		return m.Regret.Relative.Value
	}
	return slices.MaxFunc(a.Moves, func(x, y RankMove) int { return cmp.Compare(cost(x), cost(y)) })
}

// Advice is what a person may do, by what these results show.
type Advice struct {
	Alpha []AlphaAdvice
	Rank  []RankAdvice
}

// Advise returns the practical rules that the results support, none where they
// have fewer than two estimates of a best lr to compare. Where some parts have intervals, those
// without are left out. It fails where Compare does.
func (s *Study) Advise(m Margins) (Advice, error) {
	var a Advice
	c, err := s.byAlpha()
	if err != nil {
		return a, err
	}
	if c.Over == "lr" {
		for _, slice := range c.Slices {
			if slope, ok := slice.Slope(); ok && slice.bearsOnAlpha() {
				a.Alpha = append(a.Alpha, slice.alphaAdvice(slope, m.Same))
			}
		}
	}
	a.Alpha = bounded(a.Alpha, func(a AlphaAdvice) bool { return a.Tested })
	sets, err := s.rules()
	if err != nil {
		return a, nil // r or lr does not vary: nothing to advise on
	}
	for _, set := range sets {
		for _, rule := range set.Rules {
			if advice := rule.advice(set.Fixed); len(advice.Moves) > 0 {
				a.Rank = append(a.Rank, advice)
			}
		}
	}
	a.Rank = bounded(a.Rank, func(a RankAdvice) bool {
		return slices.ContainsFunc(a.Moves, func(m RankMove) bool { return m.Regret.Relative.Bounded() })
	})
	return a, nil
}

// bounded keeps the advice that has intervals, all of it if none has.
func bounded[A any](all []A, has func(A) bool) []A {
	if !slices.ContainsFunc(all, has) {
		return all
	}
	return slices.DeleteFunc(all, func(a A) bool { return !has(a) })
}

func (s Slice) alphaAdvice(slope Slope, margin float64) AlphaAdvice {
	a := AlphaAdvice{Part: s.Fixed, Tied: s.tied, Slope: slope}
	for _, v := range s.ByLR {
		if v.Best.Place != statistics.NoOptimum {
			a.Tuned = append(a.Tuned, TunedAlpha{v.By, v.Best, v.Cells[v.Best.Cell].Mean()})
		}
	}
	a.Agreement, a.Tested = s.Agreement(margin)
	return a
}

// advice is about leaving the first r that is not short of capacity, or the
// first of all where fewer than two are large enough.
func (r AlphaRule) advice(fixed []Setting) RankAdvice {
	s := r.Slice.From(MinRank)
	if len(s.ByLR) < 2 {
		s = r.Slice
	}
	a := RankAdvice{Part: fixed, Rule: r.Name, Law: r.Law, From: s.ByLR[0].By}
	if exponent, ok := r.Slice.Exponent(); ok {
		a.Exponent = exponent
	}
	for _, g := range s.Regrets() {
		if g.Diverges || g.Relative.Known() {
			a.Moves = append(a.Moves, RankMove{g.By, g, g.Best.At / s.ByLR[0].Best.At})
		}
	}
	return a
}
