package main

import (
	"context"
	"strings"

	"sweep/plots"
	"sweep/sweep"
)

// figureKind is a way to draw a sweep.
type figureKind struct {
	name, shows string
	by          bool // along an axis that a person chooses
	draw        func(drawing, plots.Options) ([]plots.Figure, error)
}

// drawing is what there is to draw.
type drawing struct {
	ctx     context.Context
	store   sweep.Store // for curves
	results []sweep.Result
	by      string
}

// figureKinds are the kinds that there are, the first the default.
func figureKinds() []figureKind {
	along := func(draw func([]sweep.Result, string, plots.Options) ([]plots.Figure, error)) func(drawing, plots.Options) ([]plots.Figure, error) {
		return func(d drawing, o plots.Options) ([]plots.Figure, error) { return draw(d.results, d.by, o) }
	}
	whole := func(draw func([]sweep.Result, plots.Options) ([]plots.Figure, error)) func(drawing, plots.Options) ([]plots.Figure, error) {
		return func(d drawing, o plots.Options) ([]plots.Figure, error) { return draw(d.results, o) }
	}
	return []figureKind{
		{"lr", "loss against lr, a line for each --by, and the best lr against --by", true, along(plots.ByAxis)},
		{"curves", "loss against step, a line for each --by", true, drawCurves},
		{"heatmap", "map of the loss over --by and lr, with the best lr of each --by", true, along(plots.Heatmap)},
		{"collapse", "loss against lr scaled by alpha and by the start of A", true, along(plots.Collapse)},
		{"regret", "best lr against r for each rule for alpha, and the regret of keeping the first", false, whole(plots.Regret)},
		{"transfer", "loss against lr, a line for each r, a panel for each rule for alpha", false, whole(plots.Transfer)},
		{"orbit", "loss curves of runs that are equal to the bit over one another, and how far controls are apart", false, drawOrbit},
		{"starts", "losses before training, and their distance from the base model's", false, whole(plots.Starts)},
	}
}

func kindNames() string {
	var names []string
	for _, k := range figureKinds() {
		names = append(names, k.name)
	}
	return strings.Join(names, ",")
}

// findKind finds a kind that is known to exist.
func findKind(name string) figureKind {
	for _, k := range figureKinds() {
		if k.name == name {
			return k
		}
	}
	return figureKind{}
}

// curves are those of the runs, by key.
func (d drawing) curves() (map[string][]sweep.Point, error) {
	return d.store.Curves(d.ctx, keysOfResults(d.results))
}

func drawOrbit(d drawing, o plots.Options) ([]plots.Figure, error) {
	curves, err := d.curves()
	if err != nil {
		return nil, err
	}
	return plots.Orbit(d.results, curves, o)
}

func drawCurves(d drawing, o plots.Options) ([]plots.Figure, error) {
	curves, err := d.curves()
	if err != nil {
		return nil, err
	}
	return plots.Curves(d.results, curves, d.by, o)
}
