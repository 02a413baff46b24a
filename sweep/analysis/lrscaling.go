package analysis

import (
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// alphaTracksLR registers claim (b).
func alphaTracksLR() registered {
	return registered{
		Claim: Claim{
			"b", "Under Adam, tuning alpha is roughly the same as tuning lr: a higher alpha wants a lower lr, and each reaches the same loss at its own best lr.",
			"supported if the slope of log(best lr) against log(alpha) is below 0 and the loss at tuned lr changes by less than the margin from the lowest alpha to the highest; " +
				"refuted if the slope is above -1/4 or it changes by more; " +
				"its exact form, where all else is scaled along with alpha and lr by powers of two, is supported if such runs are equal to the bit",
		},
		judge:          func(s *Study, m Margins) []Finding { return slices.Concat(s.lrByAlpha(m), exactForm(s.results)) },
		figures:        alphaFigures,
		comparesAlphas: true,
	}
}

func alphaFigures(f Finding, _ []sweep.Result) []string {
	if f.Exact {
		return []string{"orbit"}
	}
	return []string{"lr", "collapse"}
}

// flat is the slope above which the best lr hardly moves with alpha.
const flat = -0.25

func (s *Study) lrByAlpha(m Margins) []Finding {
	c, err := s.byAlpha()
	if err != nil || c.Over != "lr" {
		return []Finding{notAsked(alphaTracksLR().Claim, s.results, "alpha", "lr")}
	}
	control := steeperSGD(c)
	var findings []Finding
	for _, slice := range c.Slices {
		if slice.bearsOnAlpha() && adaptive(slice.params) {
			findings = append(findings, slice.tracks(control, m))
		}
	}
	if len(findings) == 0 {
		return []Finding{notAsked(alphaTracksLR().Claim, s.results, "alpha", "lr", "optimizer")}
	}
	return findings
}

// bearsOnAlpha reports whether a slice by alpha varies alpha and, with it, no
// more than what an exact symmetry may move along.
func (s Slice) bearsOnAlpha() bool {
	rescaled, compared := namesWith(sweep.RoleRescaled), namesWith(sweep.RoleScale|sweep.RoleRate)
	return len(s.ByLR) > 1 && !slices.ContainsFunc(s.tied, func(axis string) bool {
		return !slices.Contains(rescaled, axis) || slices.Contains(compared, axis)
	})
}

func adaptive(p sweep.Params) bool { return p.Optimizer != "sgd" }

func (s Slice) tracks(control Control, m Margins) Finding {
	f := Finding{Claim: alphaTracksLR().Claim, Part: s.Fixed, Key: statistics.Unknown(), Control: control, Tally: s.tally(), Measure: "slope of log(best lr) against log(alpha)"}
	f.examine("alpha", s)
	slope, ok := s.Slope()
	if ok {
		f.Key = slope.Estimate
		f.because(Evidence, "theory: %s", s.expected())
		if slope.Bent {
			f.because(Evidence, "no one slope fits the best lr of all alphas: the line through them bends, and the slope is that of the whole")
		}
	}
	if f.blocked() || !ok {
		f.decide(false, false)
		return f
	}
	f.slopes(s)
	f.border(s)
	f.furthest("alpha", s, m.Same)
	_, same, apart := f.trend("alpha", s, m.Same)
	f.Control.Differs = control.Name != "" && control.Number.High < f.Key.Low
	if !(f.Key.High < 0) {
		f.fittedTo = s.ByLR // else the trend is what is open
	}
	f.decide(f.Key.High < 0 && same, f.Key.Low > flat || apart)
	return f
}

// slopes notes the local slopes, which say more than one number does.
func (f *Finding) slopes(s Slice) {
	var parts []string
	for _, l := range s.LocalSlopes() {
		parts = append(parts, fmt.Sprintf("%s to %s: %s", l.From, l.To, l.Estimate))
	}
	f.because(Evidence, "slope from alpha %s", strings.Join(parts, "; "))
}

// border notes how the smallest diverging lr moves with alpha.
func (f *Finding) border(s Slice) {
	b := s.Boundary()
	switch {
	case b.Closed < 2:
		f.because(Evidence, "runs diverge within the grid at %d of %d alphas, which is not enough for a slope of the border of divergence", b.Closed, len(b.Brackets))
	case !b.OneLaw:
		f.because(Evidence, "the border of divergence follows no single power of alpha; through the middles of its brackets the slope is %s", statistics.Fixed(b.Middle))
	default:
		f.because(Evidence, "the smallest diverging lr moves as alpha^%s; powers from %s to %s pass through all %d brackets, %d of them closed",
			statistics.Fixed(b.Middle), statistics.Fixed(b.Slopes[0]), statistics.Fixed(b.Slopes[1]), len(b.Brackets), b.Closed)
	}
}

// steeperSGD is the slope of the part that SGD trained, the least steep of
// those whose A starts at one size.
func steeperSGD(c Comparison) Control {
	control := Control{Number: statistics.Unknown()}
	for _, s := range c.Slices {
		slope, ok := s.Slope()
		if !s.bearsOnAlpha() || adaptive(s.params) || !ok || len(s.tied) > 0 {
			continue
		}
		if number := slope.Estimate; control.Name == "" || number.Value > control.Number.Value {
			control = Control{Name: "SGD: the same slope, which should be steeper", Number: number}
		}
	}
	return control
}

// tally counts the runs of the slice.
func (s Slice) tally() StateCounts {
	var t StateCounts
	for _, v := range s.ByLR {
		for _, c := range v.Cells {
			t = t.plus(c.Tally)
		}
	}
	return t
}

// An Agreement compares the values of By, each at its own best x.
type Agreement struct {
	High, Low Value // the two furthest apart at their lowest cells
	statistics.Agreement
}

// Agreement tests every pair of By's values; ok is false if some two have fewer
// than two seeds in common.
func (s Slice) Agreement(margin float64) (a Agreement, ok bool) {
	if a.Agreement, ok = statistics.Agree(s.valleys(), margin); !ok {
		return a, false
	}
	a.High, a.Low = s.ByLR[a.Agreement.High].By, s.ByLR[a.Agreement.Low].By
	return a, true
}

// furthest notes which two valleys are the furthest apart, and by how much.
func (f *Finding) furthest(by string, s Slice, margin float64) {
	if a, ok := s.Agreement(margin); ok {
		f.because(Evidence, "at their own best lr the furthest apart are %s = %s and %s: by %s of the loss", by, a.High, a.Low, a.Furthest.Percent())
	}
}
