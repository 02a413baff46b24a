package analysis

import (
	"cmp"
	"math"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Law is how the best learning rate moves along an axis.
type Law struct {
	Axis  string
	Part  []Setting // that it was found in: of several parts the one with the most best values
	Tied  []string  // axes that move along
	Slope Slope     // of log(best lr) against the log of the axis; its N is 0 where too few best values are known
	Known int       // values of the axis whose best lr lies inside the lr tried
	Of    int       // values of the axis
	Parts int       // how many parts have such a slope
	Low   float64   // the least of their values
	High  float64   // the greatest
}

// Power is the exponent of the axis in the best lr.
func (l Law) Power() statistics.Estimate { return l.Slope.Estimate }

// Laws returns how the best lr moves along alpha, r, steps and batch, as far as
// the results vary these and lr. There are none where no run has finished.
func (s *Study) Laws() []Law {
	var laws []Law
	for _, axis := range []string{"alpha", "r", "steps", "batch"} {
		if len(distinct(s.results, axis)) < 2 {
			continue
		}
		c, err := s.by(axis)
		if err != nil || c.Over != "lr" {
			continue
		}
		if law, ok := c.law(); ok {
			laws = append(laws, law)
		}
	}
	return laws
}

// by is the comparison along an axis.
func (s *Study) by(axis string) (Comparison, error) {
	if axis == "alpha" {
		return s.byAlpha()
	}
	return Compare(s.results, axis)
}

// law is what the comparison says; ok is false if no part of it varies the axis.
func (c Comparison) law() (law Law, ok bool) {
	var all []Law
	for _, s := range c.Slices {
		if len(s.ByLR) > 1 && (c.By != "alpha" || s.bearsOnAlpha()) && used(c.By, s.params) {
			all = append(all, s.law(c.By))
		}
	}
	if len(all) == 0 {
		return Law{}, false
	}
	law = slices.MaxFunc(all, func(a, b Law) int {
		return cmp.Or(cmp.Compare(a.Slope.N, b.Slope.N), cmp.Compare(a.Known, b.Known))
	})
	law.Low, law.High = math.Inf(1), math.Inf(-1)
	for _, one := range all {
		if one.Slope.N > 0 {
			law.Parts++
			law.Low, law.High = min(law.Low, one.Slope.Value), max(law.High, one.Slope.Value)
		}
	}
	return law, true
}

// law is what one part says.
func (s Slice) law(axis string) Law {
	law := Law{Axis: axis, Part: s.Fixed, Tied: s.tied, Of: len(s.ByLR)}
	for _, v := range s.ByLR {
		if v.Best.Place == statistics.Inside {
			law.Known++
		}
	}
	slope, ok := s.Slope()
	if axis == "r" {
		slope, ok = s.Exponent()
	}
	if ok {
		law.Slope = slope
	}
	return law
}

// used reports whether a run uses a parameter, as far as that is known.
func used(name string, p sweep.Params) bool {
	q, err := sweep.LookupParameter(name)
	return err == nil && q.Unused(p) == "" && p.States(name)
}
