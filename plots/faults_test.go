package plots_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sweep/plots"
	"sweep/sweep"
)

// everyKind draws a sweep in every kind that can show it.
func everyKind(t *testing.T, results []sweep.Result, points map[string][]sweep.Point, by string, o plots.Options) map[string][]plots.Figure {
	t.Helper()
	all := map[string][]plots.Figure{}
	for _, kind := range plots.Kinds() {
		layers := []plots.Layer{{Name: "one", Results: results}}
		figures, err := kind.Draw(t.Context(), layers, by, held(points), o)
		if err != nil && !errors.Is(err, plots.ErrNothingToDraw) {
			t.Errorf("%s: %v", kind.Name, err)
		}
		all[kind.Name] = figures
	}
	return all
}

// held are curves in memory.
type held map[string][]sweep.Point

// Curves returns those of the runs.
func (h held) Curves(context.Context, []string) (map[string][]sweep.Point, error) { return h, nil }

func TestNoFigureHasTextsThatTouchOrLinesThatFade(t *testing.T) {
	sweeps := oddSweeps()
	sweeps["usual"], sweeps["ranked"] = usual().results(), ranked().results()
	orbit, points := scaled()
	sweeps["orbit"] = orbit
	for name, results := range sweeps {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			curves := curves(results)
			if name == "orbit" {
				curves = points
			}
			for _, o := range []plots.Options{
				{Width: plots.OneColumn},
				{Width: plots.TwoColumns},
				{Width: plots.OneColumn, Style: plots.Dark},
				{Width: plots.TwoColumns, Style: plots.Dark},
				{Width: plots.TwoColumns, Style: plots.Slides, NoTitle: true, NoCaption: true},
			} {
				o.Title = "Does the best learning rate move?"
				axes := []string{"alpha"}
				if o.Style == "" {
					axes = append(axes, "lr", "optimizer", "seed")
				}
				for _, by := range axes {
					for kind, figures := range everyKind(t, results, curves, by, o) {
						for _, f := range figures {
							for _, fault := range plots.Faults(f) {
								t.Errorf("%s%s by %s, %s: %s", kind, f.Suffix, by, fmt.Sprint(o.Style, " ", o.Width), fault)
							}
						}
					}
				}
			}
		})
	}
}
