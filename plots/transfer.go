package plots

import (
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// Transfer draws loss against lr with one line for each r, and a panel for each
// rule for alpha: where a rule lets lr be kept, the valleys lie below one
// another, at the line that marks the best lr of the first r. Each combination
// of the other axes that vary starts a row. It fails where analysis.Rules does,
// and with ErrNothingToDraw if no rule spans every r.
func Transfer(results []sweep.Result, o Options) ([]Figure, error) {
	return alone(draftTransfer, subject{results: results}, o)
}

func draftTransfer(s subject) (draft, error) {
	sets, err := analysis.Rules(s.results)
	if err != nil {
		return draft{}, fmt.Errorf("%w: %w", ErrNothingToDraw, err)
	}
	if len(sets) == 0 {
		return draft{}, fmt.Errorf("draw the valleys of r: no rule for alpha has runs at every r: %w", ErrNothingToDraw)
	}
	sheet := valleySheet{
		Comparison: analysis.Comparison{By: "r", Over: "lr", Quantity: analysis.Judge(s.results)},
		look:       s.look("r"),
		along:      newScale("lr", s.values("lr")),
	}
	d := draft{legend: sheet.legend(), columns: transferColumns}
	for _, set := range sets {
		for _, rule := range set.Rules {
			sheet.Slices = append(sheet.Slices, rule.Slice)
			d.groups = append(d.groups, group{[]*panel{sheet.rulePanel(set, rule)}, transferData(set, []analysis.AlphaRule{rule})})
		}
	}
	d.notes = transferCaption(sheet.Comparison, sets, s.results)
	return d, nil
}

// transferColumns is how many rules stand side by side.
const transferColumns = 3

// rulePanel is the valleys of a rule, with a line at the best lr of the first.
func (v valleySheet) rulePanel(set analysis.RuleSet, rule analysis.AlphaRule) *panel {
	p := v.valleyPanel(rule.Slice)
	p.title = strings.TrimPrefix(fixedTitle(set.Fixed)+"\n"+rule.Name, "\n")
	first := rule.Slice.ByLR[0]
	if first.Best.Place == statistics.NoOptimum {
		return p
	}
	p.add(func(c draw.Canvas, x, _ func(float64) vg.Length) {
		dashed := draw.LineStyle{Color: dark, Width: 0.7, Dashes: []vg.Length{3, 2}}
		c.StrokeLine2(dashed, x(first.Best.At), c.Min.Y, x(first.Best.At), c.Max.Y)
	})
	return p
}

func transferData(set analysis.RuleSet, rules []analysis.AlphaRule) table {
	var all table
	for _, rule := range rules {
		s := rule.Slice
		s.Fixed = set.Fixed
		t := valleyData(analysis.Comparison{By: "r", Over: "lr"}, []analysis.Slice{s})
		all.header = append([]string{"rule"}, t.header...)
		for _, row := range t.rows {
			all.rows = append(all.rows, append([]string{rule.Name}, row...))
		}
	}
	return all
}

// transferCaption says what a Transfer figure shows.
func transferCaption(c analysis.Comparison, sets []analysis.RuleSet, results []sweep.Result) []string {
	for _, s := range c.Slices {
		for _, cell := range allCells(s) {
			c.Tally.Diverged += cell.Tally.Diverged
		}
	}
	return nonempty([]string{
		capital(string(c.Quantity)) + " against lr, a line for each r and a panel for each rule for alpha; upright dashed line: the best lr of the first r",
		markNote(c, false),
		rulesNote(sets, results),
		setupNote(results),
		runsNote(results),
	}...)
}
