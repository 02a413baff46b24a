package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// rankByRows registers claim (f).
func rankByRows() registered {
	return registered{
		Claim: Claim{
			"f", "The best r grows with the number of rows: the more there is to learn, the more a larger r lowers the loss.",
			"each r at its own best lr; supported if the loss falls more from the least r to the largest at the most rows than at the fewest; " +
				"refuted if it falls more by less than the margin, or less",
		},
		judge:   (*Study).ranksByRows,
		figures: func(Finding, []sweep.Result) []string { return []string{"lr"} },
		by:      "r",
	}
}

func (s *Study) ranksByRows(m Margins) []Finding {
	var findings []Finding
	if c, err := Compare(s.results, "r"); err == nil && c.Over == "lr" {
		moving := movingWith("rows", s.results)
		for _, line := range c.byRows(moving) {
			findings = append(findings, line.grows(m, moving))
		}
	}
	if len(findings) == 0 {
		return []Finding{notAsked(rankByRows().Claim, s.results, "rows", "r", "lr")}
	}
	return findings
}

// movingWith are a parameter and the axes that move along with it.
func movingWith(name string, results []sweep.Result) []string {
	all := []string{name}
	for _, axis := range without(Axes(results), name) {
		if goTogether(results, axis, name) {
			all = append(all, axis)
		}
	}
	return all
}

// rowLine is slices by r that differ in the number of rows, and in what moves along with
// it, ascending in it.
type rowLine []Slice

// beside are the settings of a slice but for some axes.
func (s Slice) beside(axes []string) []Setting {
	return slices.DeleteFunc(slices.Clone(s.Fixed), func(x Setting) bool { return slices.Contains(axes, x.Axis) })
}

// byRows are the lines of the comparison's slices, those of one slice left out.
func (c Comparison) byRows(moving []string) (lines []rowLine) {
	several := slices.DeleteFunc(slices.Clone(c.Slices), func(s Slice) bool { return len(s.ByLR) < 2 })
	for _, line := range together(several, func(s Slice) string { return fmt.Sprint(s.beside(moving)) }) {
		slices.SortStableFunc(line, func(a, b Slice) int { return cmp.Compare(a.rows(), b.rows()) })
		if line[0].rows() < line[len(line)-1].rows() {
			lines = append(lines, line)
		}
	}
	return lines
}

// rows is how many rows the slice's runs are trained on, infinite for all.
func (s Slice) rows() float64 {
	if s.params.Rows == 0 {
		return math.Inf(1)
	}
	return float64(s.params.Rows)
}

// rowsText names that number.
func (s Slice) rowsText() string {
	if s.params.Rows == 0 {
		return "all rows"
	}
	return counted(s.params.Rows, "row")
}

// grows judges whether the loss falls more with r at the most rows than at the fewest.
func (l rowLine) grows(m Margins, moving []string) Finding {
	fewest, most := l[0], l[len(l)-1]
	f := Finding{
		Claim: rankByRows().Claim, Key: statistics.Unknown(), Share: true, Seeds: math.MaxInt, Control: Control{Number: statistics.Unknown()},
		Part:    fewest.beside(moving),
		Measure: fmt.Sprintf("by how much more each doubling of r changes the loss at tuned lr at %s than at %s", most.rowsText(), fewest.rowsText()),
	}
	for _, s := range l {
		f.bestRank(s)
	}
	for _, axis := range moving[1:] {
		f.because(Evidence, "%s moves along with rows", axis)
	}
	for _, s := range []Slice{fewest, most} {
		if len(s.ByLR) < needValues {
			f.because(TooFew, "%d values of r at %s; a trend needs %d", len(s.ByLR), s.rowsText(), needValues)
			f.add(more("r", byValues(s), 4))
		}
		f.measurable(sweep.Prediction{Quantity: tunedTrend().name, Along: "r", By: "rows"}, s, strconv.Itoa(s.params.Rows))
	}
	gap, span, rowError := fewest.gap(most)
	f.Seeds = min(f.Seeds, gap.Seeds)
	if !gap.Bounded() {
		if !f.blocked() {
			f.because(TooFew, "there is no trend: too few seeds have all of it")
		}
		f.decide(false, false)
		return f
	}
	f.Key = gap.Over(2)
	f.Power = statistics.EquivalencePower(withRows(gap.Deviation(), rowError, gap.Seeds)*math.Log(span), gap.Seeds, math.Log1p(m.Same))
	whole := gap.Over(span)
	f.because(Evidence, "over a factor of %g in r the loss changes by %s more at %s than at %s: a trend of their ratio, each seed priced at the lr that the others choose", span, whole.Percent(), most.rowsText(), fewest.rowsText())
	least := 1/(1+m.Same) - 1
	f.decide(whole.High < 0, whole.Low > least)
	return f
}

// gap is how the loss at tuned lr of another slice by r moves beside that of this one,
// at the r that both have, the factor that these span, and the standard error of the gap by
// held-out rows alone, 0 where that is not known.
func (s Slice) gap(other Slice) (gap statistics.Trend, span, rowError float64) {
	gap, span = s.gapOverSeeds(other)
	gap.Estimate, rowError = overRows(func(all []Slice) statistics.Estimate {
		t, _ := all[0].gapOverSeeds(all[1])
		return t.Estimate
	}, s, other)
	return gap, span, rowError
}

func (s Slice) gapOverSeeds(other Slice) (gap statistics.Trend, span float64) {
	var by []float64
	var own, others []statistics.Valley
	for _, v := range s.ByLR {
		for _, w := range other.ByLR {
			if v.By == w.By {
				by, own, others = append(by, v.By.Number), append(own, v.Valley), append(others, w.Valley)
			}
		}
	}
	if len(by) < 2 {
		return statistics.Trend{Estimate: statistics.Unknown()}, 1
	}
	worst := statistics.LogLoss(max(s.untrained(), other.untrained()))
	return statistics.TrendGap(by, own, others, worst), by[len(by)-1] / by[0]
}

// bestRank notes at which r the loss at tuned lr is lowest, and how it moves with r.
func (f *Finding) bestRank(s Slice) {
	by := make([]float64, len(s.ByLR))
	for i, v := range s.ByLR {
		by[i] = v.By.Number
	}
	best := statistics.NewProfile(statistics.TunedScan(by, s.valleys(), statistics.LogLoss(s.untrained())))
	where := "best r = " + best.Best().String()
	if best.Place != statistics.Inside {
		where += ", " + string(best.Place)
	}
	t, _, _ := s.trend()
	f.because(Evidence, "at %s: %s; each doubling of r changes the loss at tuned lr by %s", s.rowsText(), where, t.Over(2).Percent())
}
