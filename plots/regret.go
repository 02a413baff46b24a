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
	return alone(draftRegret, subject{results: results}, o)
}

func draftRegret(s subject) (draft, error) {
	sets, err := analysis.Rules(s.results)
	if err != nil {
		return draft{}, fmt.Errorf("%w: %w", ErrNothingToDraw, err)
	}
	names := ruleNames(sets)
	if len(names) == 0 {
		return draft{}, fmt.Errorf("draw regrets: no rule for alpha has runs at every r: %w", ErrNothingToDraw)
	}
	sheet := regretSheet{newLook("rule", names)}
	d := draft{legend: sheet.legend(), notes: regretCaption(sets, s.results)}
	for _, set := range sets {
		d.groups = append(d.groups, group{[]*panel{sheet.bestPanel(set), sheet.costPanel(set)}, regretData([]analysis.RuleSet{set})})
	}
	return d, nil
}

// regretSheet is what the rows of a Regret figure share.
type regretSheet struct{ look }

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

func (s regretSheet) styleOf(rule analysis.AlphaRule) (int, style) {
	return s.of(analysis.Value{Text: rule.Name})
}

// dodge is by how many points the marks of a rule stand beside their place, so
// that those of no rule cover another's: all within half of the distance between
// places.
func (s regretSheet) dodge(rule int, spacing vg.Length) vg.Length {
	pitch := min(7, 0.5*spacing/vg.Length(len(s.values)))
	return pitch * (vg.Length(rule) - vg.Length(len(s.values)-1)/2)
}

// rankAxis shows the values of r, with room beside the first and the last for marks
// that stand beside them.
func rankAxis(set analysis.RuleSet) axis {
	a := parameterAxis(newScale("r", rankValues(set)))
	a.span = a.span.widened(rankValues(set))
	return a
}

// widened is the range of positive values with some of the distance of the closest
// of them at either end.
func (e extent) widened(values []analysis.Value) extent {
	closest := math.Inf(1)
	for i := 1; i < len(values); i++ {
		closest = min(closest, values[i].Number/values[i-1].Number)
	}
	if len(values) > 1 {
		room := math.Pow(closest, 0.25)
		e.include(e.low/room, e.high*room)
	}
	return e
}

// bestPanel draws the best lr of each rule against r.
func (s regretSheet) bestPanel(set analysis.RuleSet) *panel {
	e := noExtent()
	for _, rule := range set.Rules {
		for _, v := range rule.Slice.ByLR {
			e.include(v.Best.At, v.Best.Low, v.Best.High)
		}
	}
	e.low, e.high = e.or(1e-4, 1e-1)
	for _, rule := range set.Rules {
		e.include(e.withArrows(rule.Slice.ByLR))
	}
	ranks := rankAxis(set)
	p := newPanel(fixedTitle(set.Fixed), ranks, axis{name: "lr", kind: logarithmic, span: e}, "r", "best learning rate (lr)")
	for _, rule := range set.Rules {
		_, style := s.styleOf(rule)
		addRuleTheory(p, rule, style)
	}
	for _, rule := range set.Rules {
		s.addRule(p, ranks, rule)
		p.has(rule.Name)
	}
	return p
}

// addRule draws a rule at its r.
func (s regretSheet) addRule(p *panel, ranks axis, rule analysis.AlphaRule) {
	i, l := s.styleOf(rule)
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		beside := s.dodge(i, spacing(ranks, x, c.Max.X-c.Min.X))
		var line []vg.Point
		for _, v := range rule.Slice.ByLR {
			if v.Best.Place == statistics.Inside {
				line = append(line, vg.Point{X: x(v.By.Number) + beside, Y: y(v.Best.At)})
			}
		}
		if len(line) > 1 {
			c.StrokeLines(l.line(1), line)
		}
	})
	for _, v := range rule.Slice.ByLR {
		if v.Best.Place != statistics.NoOptimum {
			addBest(p, v, v.By.Number, func(c draw.Canvas, x func(float64) vg.Length) vg.Length {
				return s.dodge(i, spacing(ranks, x, c.Max.X-c.Min.X))
			}, l)
		}
	}
}

// addRuleTheory draws a dotted line: the power of r that theory predicts for the
// rule's best lr, through the mean of the best values inside the grid. Values of
// r below analysis.MinRank, which are short of capacity, are left out.
func addRuleTheory(p *panel, rule analysis.AlphaRule, l style) {
	large := rule.Slice.From(analysis.MinRank)
	px, py, ok := pivot(large)
	if !ok || len(large.ByLR) < 2 {
		return
	}
	first, last := large.ByLR[0].By.Number, large.ByLR[len(large.ByLR)-1].By.Number
	line := func(r float64) float64 { return py * math.Pow(r/px, rule.Theory().Value) }
	p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
		whole := []vg.Point{{X: x(first), Y: y(line(first))}, {X: x(last), Y: y(line(last))}}
		dotted := draw.LineStyle{Color: l.color, Width: 0.8, Dashes: []vg.Length{0.8, 1.6}}
		c.StrokeLines(dotted, c.ClipLinesXY(whole)...)
	})
}

func rankValues(set analysis.RuleSet) []analysis.Value {
	var all []analysis.Value
	for _, v := range set.Rules[0].Slice.ByLR {
		all = append(all, v.By)
	}
	return all
}

// costPanel draws a point for each rule at each r but the first.
func (s regretSheet) costPanel(set analysis.RuleSet) *panel {
	ranks := rankAxis(set)
	costs := axis{kind: logarithmic, span: extent{least, costTop(set)}, least: floor{fmt.Sprintf("≤ %g", least), least}}
	p := newPanel(fixedTitle(set.Fixed), ranks, costs, "r", "regret of keeping lr (%)")
	for _, rule := range set.Rules {
		i, style := s.styleOf(rule)
		for _, g := range rule.Regrets {
			p.add(func(c draw.Canvas, x, y func(float64) vg.Length) {
				at := x(g.By.Number) + s.dodge(i, spacing(ranks, x, c.Max.X-c.Min.X))
				drawRegret(c, g, at, y, style)
			})
			p.has(rule.Name)
		}
	}
	return p
}

// least is the regret, in percent, below which one is as good as none. All of
// these are drawn at the bottom of the axis.
const least = 0.1

// costTop is the top of the axis: the end of the highest interval, but at most
// three times the highest point.
func costTop(set analysis.RuleSet) float64 {
	points, ends := 10*least, 0.0
	for _, rule := range set.Rules {
		for _, g := range rule.Regrets {
			if g.Relative.Known() {
				points = math.Max(points, 100*g.Relative.Value)
			}
			if g.Relative.Bounded() {
				ends = math.Max(ends, 100*g.Relative.High)
			}
		}
	}
	return math.Max(points, math.Min(ends, 3*points))
}

// drawRegret draws one regret in percent with its interval, or a cross at the top
// where the lr kept diverges; an arrow on one that may be higher.
func drawRegret(c draw.Canvas, g analysis.Regret, x vg.Length, y func(float64) vg.Length, l style) {
	if g.Diverges {
		drawCross(c, l, wholeCross, vg.Point{X: x, Y: c.Max.Y - 3})
		return
	}
	if !g.Relative.Known() {
		return
	}
	height := func(share float64) vg.Length { return min(y(100*share), c.Max.Y) }
	at := vg.Point{X: x, Y: height(g.Relative.Value)}
	line := draw.LineStyle{Color: l.color, Width: 1}
	if g.Relative.Bounded() {
		drawWhiskers(c, line, x, height(g.Relative.Low), height(g.Relative.High))
	}
	if g.AtLeast {
		drawArrow(c, line, at, 9)
	}
	stamp(c, l.glyph(2.4), at)
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
