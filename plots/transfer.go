package plots

import (
	"fmt"
	"slices"

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
	sets, err := analysis.Rules(results)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNothingToDraw, err)
	}
	if len(sets) == 0 {
		return nil, fmt.Errorf("draw the valleys of r: no rule for alpha has runs at every r: %w", ErrNothingToDraw)
	}
	sheet := newTransferSheet(results, sets)
	var figures []Figure
	columns := o.shape().columns(transferColumns)
	for _, set := range sets {
		for part := range slices.Chunk(set.Rules, o.shape().down*columns) {
			f := o.figure()
			f.legend, f.caption, f.data = newLegend("r", sheet.by, sheet.styles), transferCaption(results), transferData(set, part)
			var panels []panel
			for _, rule := range part {
				panels = append(panels, sheet.panel(set, rule))
			}
			f.panels = f.grid(panels, transferColumns)
			figures = append(figures, f)
		}
	}
	return number(figures), nil
}

// transferColumns is how many rules stand side by side.
const transferColumns = 3

// transferSheet is what the panels of a Transfer figure share.
type transferSheet struct {
	analysis.Comparison
	by     []analysis.Value
	styles []style
	losses extent
}

func newTransferSheet(results []sweep.Result, sets []analysis.RuleSet) transferSheet {
	var s transferSheet
	s.By, s.Over, s.Quantity = "r", "lr", analysis.Judge(results)
	var all []analysis.Slice
	for _, set := range sets {
		for _, rule := range set.Rules {
			all = append(all, rule.Slice)
		}
		for _, r := range rankValues(set) {
			if !slices.Contains(s.by, r) {
				s.by = append(s.by, r)
			}
		}
	}
	slices.SortFunc(s.by, analysis.Value.Compare)
	s.styles, s.losses = stylesOf(s.by), lossExtent(all)
	return s
}

func (t transferSheet) panel(set analysis.RuleSet, rule analysis.AlphaRule) panel {
	sheet := valleySheet{by: t.by, styles: t.styles}
	p := valleyPanel(t.Comparison, rule.Slice, t.losses, sheet.sliceStyles(rule.Slice))
	p.title = rule.Name
	if fixed := fixedTitle(set.Fixed); fixed != "" {
		p.title = fixed + "\n" + rule.Name
	}
	first := rule.Slice.ByLR[0]
	if first.Best.Place == statistics.NoOptimum {
		return p
	}
	add(p, func(c draw.Canvas, x, _ func(float64) vg.Length) {
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
func transferCaption(results []sweep.Result) string {
	q := analysis.Judge(results)
	return sentences(
		capital(string(q))+" against lr, a line for each r and a panel for each rule for alpha; dashed: the best lr of the first r",
		"Hollow markers: best values; bands: smallest to largest over seeds; crosses at the top edge: diverged",
		setupNote(results),
		runsNote(results),
	)
}
