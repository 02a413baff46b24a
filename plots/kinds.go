package plots

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

// FigureKind is a way to draw a sweep, by a name that people and claims choose
// it by.
type FigureKind struct {
	Name     string
	By       bool   // it is drawn along an axis that a person chooses
	Overlays bool   // it can show several sweeps over one another
	AtEnd    bool   // it shows what runs come to at their end, by any metric
	OverTime bool   // it shows any metric at its steps
	OverRows bool   // its intervals are over held-out rows too, if their losses are known
	shows    string // in which AXIS stands for that axis
	draft    func(subject) (draft, error)
}

// CurveReader is what holds the curves of runs, such as a store.
type CurveReader interface {
	// Curves returns the points of runs by key, in ascending order of steps.
	Curves(ctx context.Context, keys []string) (map[string][]sweep.Point, error)
}

// Kinds are the kinds of figures that there are, the first the default.
func Kinds() []FigureKind {
	return []FigureKind{
		{Name: "lr", By: true, AtEnd: true, Overlays: true, shows: "loss against lr, a line for each AXIS, and the best lr against AXIS", draft: draftByAxis},
		{Name: "curves", By: true, Overlays: true, OverTime: true, shows: "loss against step, a line for each AXIS; with a metric, that as it was logged", draft: draftCurves},
		{Name: "heatmap", By: true, AtEnd: true, shows: "map of the loss over AXIS and lr, with the best lr of each AXIS", draft: draftHeatmap},
		{Name: "collapse", By: true, AtEnd: true, Overlays: true, shows: "loss against lr scaled by alpha and by the start of A", draft: draftCollapse},
		{Name: "regret", AtEnd: true, OverRows: true, shows: "best lr against r for each rule for alpha, and the regret of keeping the first", draft: draftRegret},
		{Name: "transfer", AtEnd: true, Overlays: true, shows: "loss against lr, a line for each r, a panel for each rule for alpha", draft: draftTransfer},
		{Name: "orbit", shows: "loss curves of runs that are equal to the bit over one another, and how far controls are apart", draft: draftOrbit},
		{Name: "starts", shows: "losses before training, and their distance from the base model's", draft: draftStarts},
	}
}

// LookupKind returns the kind of that name.
func LookupKind(name string) (FigureKind, error) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k FigureKind) bool { return k.Name == name })
	if i < 0 {
		return FigureKind{}, fmt.Errorf("there is no kind of figure %q", name)
	}
	return kinds[i], nil
}

// Shows says what the figures show where they are drawn along an axis.
func (k FigureKind) Shows(axis string) string { return strings.ReplaceAll(k.shows, "AXIS", axis) }

// Draw draws a sweep, or several over one another, along an axis where the kind has
// one. It reads the curves of results from curves if it draws them.
func (k FigureKind) Draw(ctx context.Context, layers []Layer, by string, curves CurveReader, o Options) ([]Figure, error) {
	each := make([]subject, len(layers))
	for i, l := range layers {
		each[i] = subject{results: l.Results, by: by, metric: o.Metric, curves: func() (map[string][]sweep.Point, error) {
			keys := make([]string, len(l.Results))
			for i, r := range l.Results {
				keys[i] = r.Key
			}
			return curves.Curves(ctx, keys)
		}}
	}
	if len(layers) == 1 {
		return alone(k.draft, each[0], o)
	}
	if !k.Overlays {
		return nil, fmt.Errorf("figures of kind %s cannot lay sweeps over one another: draw each by itself, or choose one of %s", k.Name, strings.Join(overlays(), ", "))
	}
	return overlaid(k.draft, each, layers, o)
}

// ByMetric reports whether the kind can show another metric than the loss.
func (k FigureKind) ByMetric() bool { return k.AtEnd || k.OverTime }

// overlays are the names of the kinds that can show several sweeps.
func overlays() []string {
	var names []string
	for _, k := range Kinds() {
		if k.Overlays {
			names = append(names, k.Name)
		}
	}
	return names
}
