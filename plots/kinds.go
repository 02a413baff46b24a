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
	Name  string
	By    bool   // it is drawn along an axis that a person chooses
	shows string // in which AXIS stands for that axis
	draw  func(subject, Options) ([]Figure, error)
}

// subject is what there is to draw.
type subject struct {
	results []sweep.Result
	by      string
	curves  func() (map[string][]sweep.Point, error) // of the results, by key
}

// CurveReader is what holds the curves of runs, such as a store.
type CurveReader interface {
	// Curves returns the points of runs by key, in ascending order of steps.
	Curves(ctx context.Context, keys []string) (map[string][]sweep.Point, error)
}

// Kinds are the kinds of figures that there are, the first the default.
func Kinds() []FigureKind {
	along := func(draw func([]sweep.Result, string, Options) ([]Figure, error)) func(subject, Options) ([]Figure, error) {
		return func(s subject, o Options) ([]Figure, error) { return draw(s.results, s.by, o) }
	}
	whole := func(draw func([]sweep.Result, Options) ([]Figure, error)) func(subject, Options) ([]Figure, error) {
		return func(s subject, o Options) ([]Figure, error) { return draw(s.results, o) }
	}
	return []FigureKind{
		{"lr", true, "loss against lr, a line for each AXIS, and the best lr against AXIS", along(ByAxis)},
		{"curves", true, "loss against step, a line for each AXIS", drawCurves},
		{"heatmap", true, "map of the loss over AXIS and lr, with the best lr of each AXIS", along(Heatmap)},
		{"collapse", true, "loss against lr scaled by alpha and by the start of A", along(Collapse)},
		{"regret", false, "best lr against r for each rule for alpha, and the regret of keeping the first", whole(Regret)},
		{"transfer", false, "loss against lr, a line for each r, a panel for each rule for alpha", whole(Transfer)},
		{"orbit", false, "loss curves of runs that are equal to the bit over one another, and how far controls are apart", drawOrbit},
		{"starts", false, "losses before training, and their distance from the base model's", whole(Starts)},
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

// Draw draws results, along an axis where the kind has one. It reads the curves
// of results from curves if it draws them.
func (k FigureKind) Draw(ctx context.Context, results []sweep.Result, by string, curves CurveReader, o Options) ([]Figure, error) {
	read := func() (map[string][]sweep.Point, error) {
		keys := make([]string, len(results))
		for i, r := range results {
			keys[i] = r.Key
		}
		return curves.Curves(ctx, keys)
	}
	return k.draw(subject{results, by, read}, o)
}

func drawOrbit(s subject, o Options) ([]Figure, error) {
	curves, err := s.curves()
	if err != nil {
		return nil, err
	}
	return Orbit(s.results, curves, o)
}

func drawCurves(s subject, o Options) ([]Figure, error) {
	curves, err := s.curves()
	if err != nil {
		return nil, err
	}
	return Curves(s.results, curves, s.by, o)
}
