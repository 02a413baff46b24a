package analysis

import (
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// notTooLarge registers claim (d).
func notTooLarge() registered {
	return registered{
		Claim: Claim{
			"d", "No alpha, and no alpha/r, is too large without its lr: what alpha does to the loss at one shared lr is gone once each has its own.",
			"supported if from the lowest alpha to the highest the loss at tuned lr changes by less than the margin; refuted if it changes by more",
		},
		judge:          (*Study).alphaAtTunedLR,
		figures:        func(Finding, []sweep.Result) []string { return []string{"heatmap"} },
		comparesAlphas: true,
		rankIsControl:  true,
	}
}

func (s *Study) alphaAtTunedLR(m Margins) []Finding {
	c, err := s.byAlpha()
	if err != nil || c.Over != "lr" {
		return []Finding{notAsked(notTooLarge().Claim, s.results, "alpha", "lr")}
	}
	var findings []Finding
	for _, slice := range c.Slices {
		if slice.bearsOnAlpha() {
			findings = append(findings, slice.loses(s.control(), m))
		}
	}
	if len(findings) == 0 {
		return []Finding{notAsked(notTooLarge().Claim, s.results, "alpha", "lr")}
	}
	return findings
}

func (s Slice) loses(control Control, m Margins) Finding {
	f := Finding{Claim: notTooLarge().Claim, Part: s.Fixed, Key: statistics.Unknown(), Control: control, Tally: s.tally(), Measure: "change of the loss at tuned lr from the lowest alpha to the highest", Share: true}
	f.examine("alpha", s)
	f.atOneLR(s)
	key, same, apart := f.trend("alpha", s, m.Same)
	f.Key = key
	f.Control.Differs = control.Name != "" && outside(control.Number, f.Key)
	f.furthest("alpha", s, m.Same)
	f.decide(same, apart)
	return f
}

// atOneLR notes what alpha does at one shared lr. It decides nothing, and so need not
// be there: each alpha may have been tried about its own best lr alone.
func (f *Finding) atOneLR(s Slice) {
	t, err := s.Tuning()
	if err != nil {
		f.because(Evidence, "what alpha does at one shared lr was not asked: %v", err)
		return
	}
	f.because(Evidence, "at lr = %s, the best shared one, from best to worst alpha = %s; at tuned lr %s", short(t.SharedX.Number), list(t.SharedOrder), list(t.TunedOrder))
	f.because(Evidence, "of the variance between these alphas at that lr %s is left at tuned lr; other alphas would have another share", t.Left.Percent())
	f.rankings(t.Rankings)
	f.shares(s)
}

// outside reports whether an interval lies outside another.
func outside(e, other statistics.Estimate) bool { return e.Low > other.High || e.High < other.Low }

// shares notes how the variance over the whole grid splits.
func (f *Finding) shares(s Slice) {
	if d, err := s.Decompose(); err == nil {
		f.because(Evidence, "of the variance of the log loss over the grid (%d by %d by %d seeds, %d runs taken at the loss before training) alpha alone explains %.1f %%, lr %.1f %%, both together %.1f %% more, seeds %.1f %%",
			len(d.Grid.By), len(d.Grid.Over), len(d.Grid.Seeds), d.Grid.Capped, 100*d.Rows, 100*d.Columns, 100*d.Interaction, 100*d.Seed)
	}
}

// rankings notes which alphas would win if all were judged at one lr, and how well
// the order there agrees with that at tuned lr.
func (f *Finding) rankings(all []Ranking) {
	var winners []Value
	least, most := math.Inf(1), math.Inf(-1)
	for _, r := range all {
		if !math.IsNaN(r.Agreement) {
			winners = append(winners, r.Best)
			least, most = math.Min(least, r.Agreement), math.Max(most, r.Agreement)
		}
	}
	if len(winners) == 0 {
		return
	}
	slices.SortFunc(winners, Value.Compare)
	f.because(Evidence, "judged at one of the %d lr tried, the best is alpha = %s, whichever that lr favours; agreement with the order at tuned lr: tau from %.2f to %.2f",
		len(all), list(slices.Compact(winners)), least, most)
}

func list(values []Value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.Text
	}
	return strings.Join(texts, ", ")
}

// Beside sets another control beside the finding where it has none.
func (f Finding) Beside(c Control) Finding {
	if f.Control.Name == "" && c.Name != "" {
		f.Control = c
		f.Control.Differs = outside(c.Number, f.Key)
	}
	return f
}

// RankControl is the same change for r, whose effect on the loss is capacity and
// no matter of lr, over the part of the results with the most r.
func (s *Study) RankControl() Control { return s.control() }

func rankControl(results []sweep.Result) Control {
	control := Control{Number: statistics.Unknown()}
	c, err := Compare(results, "r")
	if err != nil || c.Over != "lr" {
		return control
	}
	most := 1
	for _, s := range c.Slices {
		if len(s.ByLR) <= most || len(s.tied) > 0 {
			continue
		}
		if t, span, _ := s.trend(); t.Known() {
			most = len(s.ByLR)
			control = Control{Name: "the same change for r", Number: t.Over(span), Share: true}
		}
	}
	return control
}
