package analysis

import (
	"slices"

	"sweep/sweep"
)

// AlphaTracksLR is claim (b).
func AlphaTracksLR() Claim {
	return Claim{
		"b", "Under Adam, tuning alpha is roughly the same as tuning lr: a higher alpha wants a lower lr, and each reaches the same loss at its own best lr.",
		"supported if the slope of log(best lr) against log(alpha) is below 0 and all alphas at their best lr are the same within the margin; " +
			"refuted if the slope is above -1/4 or two alphas lie further apart than the margin",
	}
}

// flat is the slope above which the best lr hardly moves with alpha.
const flat = -0.25

func alphaTracksLR(results []sweep.Result, m Margins) []Finding {
	c, err := Compare(results, "alpha")
	if err != nil || c.Over != "lr" {
		return []Finding{undecided(AlphaTracksLR(), results, "alpha", "lr")}
	}
	control := steeperSGD(c)
	var findings []Finding
	for _, s := range c.Slices {
		if len(s.Valleys) > 1 && adaptive(s.params) {
			findings = append(findings, s.tracks(control, m))
		}
	}
	if len(findings) == 0 {
		return []Finding{undecided(AlphaTracksLR(), results, "alpha", "lr", "optimizer")}
	}
	return findings
}

func adaptive(p sweep.Params) bool { return p.Optimizer != "sgd" }

func (s Slice) tracks(control Control, m Margins) Finding {
	f := Finding{Claim: AlphaTracksLR(), Part: s.Fixed, Key: unknown(), Control: control, Tally: s.tally(), Measure: "slope of log(best lr) against log(alpha)"}
	f.examine("alpha", s)
	slope, ok := s.Slope()
	if ok {
		f.Key = Estimate{slope.Slope, slope.Low, slope.High}
		f.because(Evidence, "theory: %s", s.expected())
	}
	if f.blocked() || !ok {
		f.decide(false, false)
		return f
	}
	same, apart := f.agree(s, m.Same)
	f.Control.Otherwise = control.Name != "" && control.Number.High < slope.Low
	f.decide(slope.High < 0 && same, slope.Low > flat || apart)
	return f
}

// agree tests each pair of valleys at its best x. That all are the same needs
// no correction for their number: every single test must reject.
func (f *Finding) agree(s Slice, margin float64) (same, apart bool) {
	same = true
	worst, pair := Difference{P: -1}, [2]Value{}
	for i, v := range s.Valleys {
		for _, w := range s.Valleys[i+1:] {
			d, err := Equivalent(v.Tuned(), w.Tuned(), margin)
			if err != nil {
				return false, false
			}
			if d.P > worst.P {
				worst, pair = d, [2]Value{v.By, w.By}
			}
			same = same && d.Same()
			apart = apart || d.Apart()
		}
	}
	f.because(Evidence, "at their best lr the alphas furthest from equal are %s and %s: loss ratio %.3g (90 %% interval %.3g to %.3g; the same from %.3g to %.3g)",
		pair[0], pair[1], worst.Ratio, worst.Low, worst.High, 1/(1+margin), 1+margin)
	return same, apart
}

// expected tells the slopes that theory knows for a slice.
func (s Slice) expected() string {
	if slices.Contains(s.tied, "init_std") {
		if adaptive(s.params) {
			return "-1/2 where init_std moves as alpha^(-1/2)"
		}
		return "-1 where init_std moves as alpha^(-1/2)"
	}
	if adaptive(s.params) {
		return "-1 while B dominates, -1/2 once A has moved as far as it started, towards 0 beyond"
	}
	return "-2 while B dominates, -1 once A has moved as far as it started"
}

// steeperSGD is the slope of the first part that SGD trained.
func steeperSGD(c Comparison) Control {
	for _, s := range c.Slices {
		slope, ok := s.Slope()
		if !adaptive(s.params) && ok {
			return Control{Name: "SGD: the same slope, which should be steeper", Number: Estimate{slope.Slope, slope.Low, slope.High}}
		}
	}
	return Control{Number: unknown()}
}

// tally counts the runs of the slice.
func (s Slice) tally() Tally {
	var t Tally
	for _, v := range s.Valleys {
		for _, c := range v.Cells {
			t.Done += c.Tally.Done
			t.Diverged += c.Tally.Diverged
			t.Failed += c.Tally.Failed
			t.Missing += c.Tally.Missing
		}
	}
	return t
}
