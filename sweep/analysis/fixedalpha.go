package analysis

import (
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// fixedAlpha registers claim (c).
func fixedAlpha() registered {
	return registered{
		Claim: Claim{
			"c", "With alpha fixed at the first r tried, its lr serves the other r, and better than where s does not fall with r, as alpha = 2r has it.",
			"supported if the worst regret of keeping the first r's lr is within the margin and the mean regret is less than the rival's; " +
				"refuted if the worst regret is beyond the margin, the lr diverges, or the rival's mean regret is less; " +
				"that dividing by r lessens the retuning, whatever is left of it, is supported if the rival's mean regret is more, and refuted if it is less",
		},
		judge:   (*Study).lrKeptAcrossRanks,
		figures: func(Finding, []sweep.Result) []string { return []string{"transfer", "regret"} },
	}
}

func (s *Study) lrKeptAcrossRanks(m Margins) []Finding {
	sets, err := s.rules()
	var findings []Finding
	if err == nil {
		for _, set := range sets {
			findings = append(findings, set.keeps(m)...)
		}
	}
	if len(findings) == 0 {
		return []Finding{notAsked(fixedAlpha().Claim, s.results, "r", "lr")}
	}
	return findings
}

// keeps judges the set from its first r and, if that is short of capacity, from
// the first that is not: what either shows, the other may not.
func (set RuleSet) keeps(m Margins) []Finding {
	fixed := set.Law(ByRank)
	if len(fixed) == 0 {
		return nil
	}
	findings := set.fromFirst(fixed[0], m)
	if large := set.From(MinRank); len(large.Rules[0].Slice.ByLR) >= needValues && len(large.Rules[0].Slice.ByLR) < len(fixed[0].Slice.ByLR) {
		findings = append(findings, large.fromFirst(large.Law(ByRank)[0], m)...)
	}
	return findings
}

// fromFirst judges whether the lr of the set's first r serves the others and, if
// there is a rival, whether it serves them better than there.
func (set RuleSet) fromFirst(fixed AlphaRule, m Margins) []Finding {
	rival, ok := set.rival()
	if !ok {
		return []Finding{set.keepsFirst(fixed, nil, m)}
	}
	c := newContest(fixed, rival)
	return []Finding{set.keepsFirst(fixed, &c, m), set.lessens(c)}
}

// A contest sets a fixed alpha beside its rival.
type contest struct {
	fixed, rival AlphaRule
	gap          statistics.Estimate // by how much the rival's mean regret exceeds the other
}

func newContest(fixed, rival AlphaRule) contest {
	return contest{fixed, rival, fixed.Slice.RegretGap(rival.Slice)}
}

// lessens judges the claim's second half alone: that lr wants less retuning at
// a fixed alpha than at its rival, however much that is.
func (set RuleSet) lessens(c contest) Finding {
	fixed, rival := c.fixed, c.rival
	f := Finding{Claim: fixedAlpha().Claim, Key: statistics.Unknown(), Share: true, Control: Control{Number: statistics.Unknown()}, Tally: fixed.Slice.tally()}
	f.Part = append(slices.Clone(set.Fixed), Setting{"form", Value{Text: "less retuning"}})
	f.Measure = fmt.Sprintf("how much more the lr of r = %s costs on average at %s than at %s", fixed.Slice.ByLR[0].By, rival.Name, fixed.Name)
	f.examine("r", fixed.Slice)
	f.against(c)
	f.Key = c.gap
	for _, rule := range set.Rules {
		if rule.Law != ByRank && rule.Name != rival.Name {
			f.because(Evidence, "at %s it exceeds that at %s by %s", rule.Name, fixed.Name, fixed.Slice.RegretGap(rule.Slice).Percent())
		}
	}
	f.decide(c.gap.Low > 0, c.gap.High < 0)
	return f
}

// keepsFirst judges whether the lr of the first r serves the others; c is nil
// without a rival.
func (set RuleSet) keepsFirst(fixed AlphaRule, c *contest, m Margins) Finding {
	f := Finding{Claim: fixedAlpha().Claim, Part: set.Fixed, Key: statistics.Unknown(), Share: true, Control: Control{Number: statistics.Unknown()}, Tally: fixed.Slice.tally()}
	f.Measure = "worst relative regret of keeping the lr of r = " + fixed.Slice.ByLR[0].By.Text + " at " + fixed.Name
	f.examine("r", fixed.Slice)
	worst := fixed.Slice.WorstRegret()
	f.Key = worst
	f.priced("r", fixed.Slice, fixed.Regrets)
	f.within(m.Regret)
	for _, rule := range set.Rules {
		f.rule(rule)
	}
	gap := statistics.Unknown()
	if c == nil {
		f.because(NoRival, "no rule keeps s constant, such as alpha = 2r, so that nothing shows what dividing by r does")
		f.add(doubled(fixed))
	} else {
		f.against(*c)
		gap = c.gap
	}
	f.decide(worst.High <= m.Regret && gap.Low > 0, fixed.diverges() || worst.Low > m.Regret || gap.High < 0)
	return f
}

// priced notes where the lr of the first value of by was not tried at another.
func (f *Finding) priced(by string, s Slice, regrets []Regret) {
	for _, g := range regrets {
		if !g.Relative.Known() && !f.blocked() {
			f.because(Unfinished, "at %s = %s not every seed was trained at lr = %s, which is best at %s = %s, so that keeping it has no price", by, g.By, short(g.Kept), by, s.ByLR[0].By)
			f.add(Addition{"lr", []string{sweep.FormatValue(g.Kept)}})
		}
	}
}

// rule notes how a rule's best lr moves with r, and what keeping it costs.
func (f *Finding) rule(r AlphaRule) {
	exponent, ok := r.Slice.Exponent()
	moves := fmt.Sprintf("too few best lr from r = %d up for an exponent", MinRank)
	if ok {
		moves = fmt.Sprintf("best lr ~ r^%s from r = %s to %s (r below %d left out)", exponent.Estimate, exponent.From, exponent.To, MinRank)
	}
	f.because(Evidence, "%s (%s): %s; mean relative regret %s", r.Name, r.Law, moves, r.Mean.Percent())
}

// against notes how the rival does.
func (f *Finding) against(c contest) {
	f.Control = Control{Name: "mean relative regret at " + c.rival.Name, Number: c.rival.Mean, Share: true, Differs: c.gap.Low > 0}
	for _, v := range c.rival.Slice.ByLR {
		f.enclosed(c.rival.Name+", r", v)
	}
	if c.rival.diverges() {
		f.because(Evidence, "at %s the first lr diverges at another r, and counts there at the loss before training", c.rival.Name)
	}
	f.because(Evidence, "the mean relative regret at %s exceeds that at %s by %s", c.rival.Name, c.fixed.Name, c.gap.Percent())
}

// rival is the set's alpha = 2r, else another of its rules of constant s; ok is
// false if it has none.
func (set RuleSet) rival() (rival AlphaRule, ok bool) {
	for _, r := range set.Law(Constant) {
		if !ok || r.Factor == 2 {
			rival, ok = r, true
		}
	}
	return rival, ok
}

// doubled are the alphas that the rule alpha = 2r needs.
func doubled(rule AlphaRule) Addition {
	a := Addition{Axis: "alpha"}
	for _, v := range rule.Slice.ByLR {
		a.Values = append(a.Values, short(2*v.By.Number))
	}
	return a
}

// diverges reports whether the lr of the first r does at another.
func (r AlphaRule) diverges() bool {
	return slices.ContainsFunc(r.Regrets, func(g Regret) bool { return g.Diverges })
}
