package analysis

import (
	"math"

	"sweep/sweep"
)

// AlphaAdvice says what to do to lr when alpha changes.
type AlphaAdvice struct {
	Part  []Setting
	Slope Slope // of log(best lr) against log(alpha), over the alphas it holds for
}

// Factor is what to multiply lr by when alpha is multiplied by k.
func (a AlphaAdvice) Factor(k float64) Estimate {
	return Estimate{math.Pow(k, a.Slope.Slope), math.Pow(k, a.Slope.Low), math.Pow(k, a.Slope.High)}
}

// RankAdvice says what to do to lr when r changes.
type RankAdvice struct {
	Part     []Setting
	Rule     string  // what is done to alpha meanwhile
	From, To Value   // of r
	Regret   Regret  // of keeping lr
	Factor   float64 // what tuning lr again would multiply it by
}

// Advice is what a person may do, by what these results show.
type Advice struct {
	Alpha []AlphaAdvice
	Rank  []RankAdvice
}

// Advise draws what practical rules the results have, none where they have no
// two estimates of a best lr to compare. It fails where Compare does.
func Advise(results []sweep.Result) (Advice, error) {
	var a Advice
	c, err := Compare(results, "alpha")
	if err != nil {
		return a, err
	}
	if c.Over == "lr" {
		for _, s := range c.Slices {
			if slope, ok := s.Slope(); ok && s.bearsOnAlpha() {
				a.Alpha = append(a.Alpha, AlphaAdvice{s.Fixed, slope})
			}
		}
	}
	sets, err := Rules(results)
	if err != nil {
		return a, nil // r or lr does not vary: nothing to advise on
	}
	for _, set := range sets {
		for _, rule := range set.Rules {
			a.Rank = append(a.Rank, rule.advice(set.Fixed)...)
		}
	}
	return a, nil
}

// advice is about leaving the first r that is not short of capacity, or the
// first of all where fewer than two are large enough.
func (r Rule) advice(fixed []Setting) []RankAdvice {
	s := r.Slice.From(MinRank)
	if len(s.Valleys) < 2 {
		s = r.Slice
	}
	var all []RankAdvice
	for _, g := range s.Regrets() {
		if g.Diverges || g.Relative.Known() {
			all = append(all, RankAdvice{fixed, r.Name, s.Valleys[0].By, g.By, g, g.Best.At / g.Reused})
		}
	}
	return all
}
