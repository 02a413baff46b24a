package plots

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
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
	sheet := regretSheet{names, looks(names)}
	figure := Figure{title: o.Title, legend: newLegend("rule", names, sheet.looks), caption: regretCaption(results)}
	var figures []Figure
	for from := 0; from < len(sets); from += maxRows {
		f := figure
		part := sets[from:min(from+maxRows, len(sets))]
		for _, set := range part {
			f.panels = append(f.panels, []panel{sheet.bestPanel(set), sheet.barPanel(set)})
		}
		labelLastRow(f.panels)
		f.data = regretData(part)
		figures = append(figures, f)
	}
	return number(figures), nil
}

// regretSheet is what the rows of a Regret figure share.
type regretSheet struct {
	names []analysis.Value
	looks []look
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

func (s regretSheet) lookOf(rule analysis.Rule) look {
	return s.looks[slices.Index(s.names, analysis.Value{Text: rule.Name})]
}

// bestPanel draws the best lr of each rule against r.
func (s regretSheet) bestPanel(set analysis.RuleSet) panel {
	p := newPanel(fixedTitle(set.Fixed), "r", "best learning rate (lr)")
	newScale("r", rankValues(set)).apply(&p.X)
	e := noExtent()
	for _, rule := range set.Rules {
		for _, v := range rule.Slice.Valleys {
			e.include(v.Best.At, v.Best.Low, v.Best.High)
		}
	}
	low, high := e.or(1e-4, 1e-1)
	logAxis(&p.Y, "lr", low, high)
	addGrid(p)
	for _, rule := range set.Rules {
		addRule(p, rule, s.lookOf(rule))
	}
	return p
}

func addRule(p panel, rule analysis.Rule, l look) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		var line []vg.Point
		for _, v := range rule.Slice.Valleys {
			if v.Best.Place == analysis.Inside {
				line = append(line, vg.Point{X: x(v.By.Number), Y: y(v.Best.At)})
			}
		}
		if len(line) > 1 {
			c.StrokeLines(l.line(1), line)
		}
	})
	for _, v := range rule.Slice.Valleys {
		if v.Best.Place != analysis.Nowhere {
			addBest(p, v, v.By.Number, l)
		}
	}
}

func rankValues(set analysis.RuleSet) []analysis.Value {
	var all []analysis.Value
	for _, v := range set.Rules[0].Slice.Valleys {
		all = append(all, v.By)
	}
	return all
}

// barPanel draws a bar for each rule at each r but the first.
func (s regretSheet) barPanel(set analysis.RuleSet) panel {
	ranks := rankValues(set)
	p := newPanel("", "r", "regret of keeping the lr of r = "+ranks[0].Text+" (%)")
	ranks = ranks[1:]
	p.X.Min, p.X.Max = -0.5, float64(len(ranks))-0.5
	p.X.Tick.Marker = newScale("r", ranks).names()
	p.Y.Min, p.Y.Max = 0, barTop(set)
	p.Y.Tick.Marker = plot.DefaultTicks{}
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

// barTop leaves room above the highest bar; of whiskers, as much as doubles it.
func barTop(set analysis.RuleSet) float64 {
	bars, whiskers := 0.0, 0.0
	for _, rule := range set.Rules {
		for _, g := range rule.Regrets {
			if g.Relative.Known() {
				bars = math.Max(bars, g.Relative.Value)
			}
			if g.Relative.Bounded() {
				whiskers = math.Max(whiskers, g.Relative.High)
			}
		}
	}
	return math.Max(1, 110*math.Max(bars, math.Min(whiskers, 2*bars)))
}

// addBar draws one regret in percent, or a cross at the top where the reused
// lr diverges; an arrow on a bar that may be higher.
func addBar(p panel, g analysis.Regret, middle, width float64, l look) {
	add(p, func(c draw.Canvas, x, y func(float64) vg.Length) {
		if g.Diverges {
			drawCross(c, l, 2.2, vg.Point{X: x(middle), Y: c.Max.Y - 4})
			return
		}
		if !g.Relative.Known() {
			return
		}
		top := y(100 * g.Relative.Value)
		c.SetColor(l.color)
		fillBox(c, x(middle-width/2), y(0), x(middle+width/2), max(top, y(0)+0.7))
		thin := draw.LineStyle{Color: dark, Width: 0.7}
		if g.Relative.Bounded() {
			drawWhiskers(c, thin, x(middle), y(100*g.Relative.Low), min(y(100*g.Relative.High), c.Max.Y))
		}
		if g.AtLeast {
			drawArrow(c, thin, vg.Point{X: x(middle), Y: top}, 9)
		}
	})
}

func regretData(sets []analysis.RuleSet) table {
	t := table{header: []string{
		"part", "rule", "law", "r", "best_lr", "best_place", "reused_lr", "regret", "regret_low", "regret_high", "absolute", "at_least", "diverges",
	}}
	for _, set := range sets {
		for _, rule := range set.Rules {
			for _, g := range rule.Regrets {
				t.add(fixedData(set.Fixed), rule.Name, string(rule.Law), g.By.Text, g.Best.At, string(g.Best.Place), g.Reused,
					g.Relative.Value, g.Relative.Low, g.Relative.High, g.Absolute.Value, strconv.FormatBool(g.AtLeast), strconv.FormatBool(g.Diverges))
			}
		}
	}
	return t
}
