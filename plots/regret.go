package plots

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// Regret draws the rules for alpha side by side: on the left the best lr of
// each against r, on the right what it costs to keep the lr of the first r.
// Each combination of the other axes that vary is a row. It fails where
// analysis.Rules does, and with ErrNothingToDraw if no rule spans every r.
func Regret(results []sweep.Result, o Options) ([]Figure, error) {
	sets, err := analysis.Rules(results)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNothingToDraw, err)
	}
	names := ruleNames(sets)
	if len(names) == 0 {
		return nil, fmt.Errorf("draw regrets: no rule for alpha has runs at every r: %w", ErrNothingToDraw)
	}
	sheet := regretSheet{names, stylesOf(names)}
	var figures []Figure
	for part := range slices.Chunk(sets, o.shape().groups(2)) {
		f := o.figure()
		f.legend, f.caption, f.data = newLegend("rule", names, sheet.styles), regretCaption(results), regretData(part)
		var rows [][]panel
		for _, set := range part {
			rows = append(rows, []panel{sheet.bestPanel(set), sheet.barPanel(set)})
		}
		f.panels = f.arrange(rows)
		figures = append(figures, f)
	}
	return number(figures), nil
}

// regretSheet is what the rows of a Regret figure share.
type regretSheet struct {
	names  []analysis.Value
	styles []style
}

// ruleNames are the names of all rules, in the order of the sets.
func ruleNames(sets []analysis.RuleSet) []analysis.Value {
	var names []analysis.Value
	for _, set := range sets {
		for _, rule := range set.Rules {
			if name := (analysis.Value{Text: rule.Name}); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (s regretSheet) lookOf(rule analysis.AlphaRule) style {
	return s.styles[slices.Index(s.names, analysis.Value{Text: rule.Name})]
}

// bestPanel draws the best lr of each rule against r.
func (s regretSheet) bestPanel(set analysis.RuleSet) panel {
	p := newPanel(fixedTitle(set.Fixed), "r", "best learning rate (lr)")
	newScale("r", rankValues(set)).apply(&p.X)
	e := noExtent()
	for _, rule := range set.Rules {
		for _, v := range rule.Slice.ByLR {
			e.include(v.Best.At, v.Best.Low, v.Best.High)
		}
	}
	low, high := e.or(1e-4, 1e-1)
	logAxis(&p.Y, "lr", low, high)
	addGrid(p)
	for _, rule := range set.Rules {
		addRuleTheory(p, rule, s.lookOf(rule))
	}
	const beside = 1.06 // times r, from rule to rule, so that no interval hides another
	for i, rule := range set.Rules {
		addRule(p, rule, math.Pow(beside, float64(i)-float64(len(set.Rules)-1)/2), s.lookOf(rule))
	}
	return p
}

// addRule draws a rule at its r times a shift.
func addRule(p panel, rule analysis.AlphaRule, shift float64, l style) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, v := range rule.Slice.ByLR {
			if v.Best.Place == statistics.Inside {
				line = append(line, vg.Point{X: x(shift * v.By.Number), Y: y(v.Best.At)})
			}
		}
		if len(line) > 1 {
			c.StrokeLines(l.line(1), line)
		}
	})
	for _, v := range rule.Slice.ByLR {
		if v.Best.Place != statistics.NoOptimum {
			addBest(p, v, shift*v.By.Number, l)
		}
	}
}

// addRuleTheory draws a faint line: the power of r that theory predicts for the
// rule's best lr, through the mean of the best values inside the grid. Values of
// r below analysis.MinRank, which are short of capacity, are left out.
func addRuleTheory(p panel, rule analysis.AlphaRule, l style) {
	large := rule.Slice.From(analysis.MinRank)
	px, py, ok := pivot(large)
	if !ok || len(large.ByLR) < 2 {
		return
	}
	first, last := large.ByLR[0].By.Number, large.ByLR[len(large.ByLR)-1].By.Number
	line := func(r float64) float64 { return py * math.Pow(r/px, rule.Theory().Value) }
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		whole := []vg.Point{{X: x(first), Y: y(line(first))}, {X: x(last), Y: y(line(last))}}
		c.StrokeLines(draw.LineStyle{Color: l.band(), Width: 2.5}, c.ClipLinesXY(whole)...)
	})
}

func rankValues(set analysis.RuleSet) []analysis.Value {
	var all []analysis.Value
	for _, v := range set.Rules[0].Slice.ByLR {
		all = append(all, v.By)
	}
	return all
}

// barPanel draws a bar for each rule at each r but the first.
func (s regretSheet) barPanel(set analysis.RuleSet) panel {
	ranks := rankValues(set)
	p := newPanel("", "r", "regret of keeping lr (%)")
	ranks = ranks[1:]
	p.X.Min, p.X.Max = -0.5, float64(len(ranks))-0.5
	p.X.Tick.Marker = newScale("r", ranks).names()
	logAxis(&p.Y, "", least, barTop(set))
	p.Y.Min = least
	addGrid(p)
	for i, rule := range set.Rules {
		for _, g := range rule.Regrets {
			at := slices.Index(ranks, g.By)
			middle := float64(at) + (float64(i)-float64(len(set.Rules)-1)/2)*0.8/float64(len(set.Rules))
			addBar(p, g, middle, 0.7/float64(len(set.Rules)), s.lookOf(rule))
		}
	}
	return p
}

// least is the regret, in percent, that the log axis of the bars begins at. A
// smaller one is as good as none.
const least = 0.1

// barTop is the top of the axis: the highest whisker, but at most three times the
// highest bar.
func barTop(set analysis.RuleSet) float64 {
	bars, whiskers := 10*least, 0.0
	for _, rule := range set.Rules {
		for _, g := range rule.Regrets {
			if g.Relative.Known() {
				bars = math.Max(bars, 100*g.Relative.Value)
			}
			if g.Relative.Bounded() {
				whiskers = math.Max(whiskers, 100*g.Relative.High)
			}
		}
	}
	return math.Max(bars, math.Min(whiskers, 3*bars))
}

// addBar draws one regret in percent, or a cross at the top where the reused
// lr diverges; an arrow on a bar that may be higher.
func addBar(p panel, g analysis.Regret, middle, width float64, l style) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		if g.Diverges {
			drawCross(c, l, 2.2, vg.Point{X: x(middle), Y: c.Max.Y - 4})
			return
		}
		if !g.Relative.Known() {
			return
		}
		height := func(share float64) vg.Length { return min(y(math.Max(100*share, least)), c.Max.Y) }
		top := height(g.Relative.Value)
		c.SetColor(l.color)
		fillBox(c, x(middle-width/2), y(least), x(middle+width/2), max(top, y(least)+0.7))
		thin := draw.LineStyle{Color: dark, Width: 0.7}
		if g.Relative.Bounded() {
			drawWhiskers(c, thin, x(middle), height(g.Relative.Low), height(g.Relative.High))
		}
		if g.AtLeast {
			drawArrow(c, thin, vg.Point{X: x(middle), Y: top}, 9)
		}
	})
}

func regretData(sets []analysis.RuleSet) table {
	t := table{header: []string{
		"part", "rule", "law", "r", "best_lr", "best_place", "reused_lr", "regret", "regret_low", "regret_high", "at_least", "diverges",
	}}
	for _, set := range sets {
		for _, rule := range set.Rules {
			for _, g := range rule.Regrets {
				t.add(fixedData(set.Fixed), rule.Name, string(rule.Law), g.By.Text, g.Best.At, string(g.Best.Place), g.Kept,
					g.Relative.Value, g.Relative.Low, g.Relative.High, strconv.FormatBool(g.AtLeast), strconv.FormatBool(g.Diverges))
			}
		}
	}
	return t
}
