package plots_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sweep/plots"
	"sweep/sweep"
)

// Two panels stand side by side across two columns, and one below the other in
// one; the pixels of a PNG are those of 300 dpi at the printed width.
func TestFiguresHaveTheWidthOfTheirColumns(t *testing.T) {
	for _, tt := range []struct {
		style plots.Style
		width plots.Width
		cm    float64
	}{
		{plots.Paper, plots.OneColumn, 8.5},
		{plots.Paper, plots.TwoColumns, 17.5},
		{plots.Slides, plots.OneColumn, 7.6},
		{plots.Slides, plots.TwoColumns, 15.2},
		{plots.Dark, plots.TwoColumns, 15.2},
	} {
		t.Run(fmt.Sprint(tt.style, tt.width), func(t *testing.T) {
			t.Parallel()
			figures, err := plots.ByAxis(usual().results(), "alpha", plots.Options{Style: tt.style, Width: tt.width})
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(bytes.NewReader(render(t, figures[0], "png")))
			if err != nil {
				t.Fatal(err)
			}
			size := picture.Bounds()
			if got := float64(size.Dx()) / 300 * 2.54; math.Abs(got-tt.cm) > 0.05 {
				t.Errorf("%.2f cm wide, want %.1f", got, tt.cm)
			}
			if stacked := size.Dy() > size.Dx(); stacked != (tt.width == plots.OneColumn) {
				t.Errorf("%v, panels below one another: %v", size, stacked)
			}
			if light := brightness(picture.At(3, 3)) > 0.5; light == (tt.style == plots.Dark) {
				t.Errorf("the background has brightness %.2f", brightness(picture.At(3, 3)))
			}
			for _, edge := range []image.Point{{3, 0}, {0, 3}, {size.Dx() - 1, 3}, {3, size.Dy() - 1}} {
				if got, want := brightness(picture.At(edge.X, edge.Y)), brightness(picture.At(3, 3)); math.Abs(got-want) > 0.01 {
					t.Errorf("at the edge, at %v, the background has brightness %.2f, not %.2f", edge, got, want)
				}
			}
			width := strings.SplitN(strings.SplitN(svg(t, figures[0]), `width="`, 2)[1], "pt", 2)[0]
			if points, err := strconv.ParseFloat(width, 64); err != nil || math.Abs(points/72*2.54-tt.cm) > 0.05 {
				t.Errorf("the SVG is %s points wide", width)
			}
		})
	}
}

// A lone panel takes the width that was asked for, too.
func TestALonePanelIsAsWideAsItsColumns(t *testing.T) {
	g := usual()
	g.alphas = []float64{16}
	for width, cm := range map[plots.Width]float64{plots.OneColumn: 8.5, plots.TwoColumns: 17.5} {
		figures, err := plots.ByAxis(g.results(), "alpha", plots.Options{Width: width})
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(bytes.NewReader(render(t, figures[0], "png")))
		if got := float64(config.Width) / 300 * 2.54; err != nil || math.Abs(got-cm) > 0.05 {
			t.Errorf("%s: %.2f cm wide, want %.1f (%v)", width, got, cm, err)
		}
	}
}

func brightness(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	return float64(r+g+b) / 3 / 0xffff
}

// scaled are runs of which A and B are scaled by powers of two, one that keeps
// eps, and the curves of all.
func scaled() ([]sweep.Result, map[string][]sweep.Point) {
	var results []sweep.Result
	points := map[string][]sweep.Point{}
	add := func(p sweep.Params, away float64) {
		r := sweep.Result{Run: sweep.Run{Key: p.Key(sweep.Inputs{}), Name: fmt.Sprintf("a%g-eps%g", p.Alpha, p.Eps), Params: p}}
		r.State, r.Loss, r.EvalLoss, r.Evaluated, r.FirstLoss = sweep.StateDone, 1, 1, true, 6
		for step := range 20 {
			points[r.Key] = append(points[r.Key], sweep.Point{Step: step, Loss: math.Exp(-float64(step)) + away})
		}
		results = append(results, r)
	}
	p := sweep.Defaults()
	p.InitStd = 0.05
	p.Inherit()
	for _, k := range []float64{1, 2, 4} {
		add(p.Rescale(k, k), 0)
	}
	left := p.Rescale(2, 2)
	left.Eps, left.EpsA, left.EpsB = p.Eps, p.EpsA, p.EpsB
	add(left, 1e-5)
	return results, points
}

func TestAnOrbitLiesOnTheLineOfNoDistance(t *testing.T) {
	results, points := scaled()
	figures, err := plots.Orbit(results, points, plots.Options{Title: "t"})
	if err != nil {
		t.Fatal(err)
	}
	svg(t, figures[0])
	path := filepath.Join(t.TempDir(), "orbit.csv")
	if err := figures[0].SaveData(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	equal, apart := 0, 0
	for line := range strings.SplitSeq(string(data), "\n") {
		switch {
		case strings.HasPrefix(line, "control: eps left unscaled,") && strings.Contains(line, "e-05"), strings.HasPrefix(line, "control: eps left unscaled,") && strings.Contains(line, "e-06"):
			apart++
		case strings.HasPrefix(line, "a") && strings.HasSuffix(line, ",0"):
			equal++
		}
	}
	if equal != 2*19 || apart != 19 {
		t.Errorf("%d points of the orbit at no distance, %d of the control at one:\n%s", equal, apart, data)
	}

	for i := range results {
		results[i].CopyOf = "another"
	}
	if _, err := plots.Orbit(results, points, plots.Options{}); !errors.Is(err, plots.ErrNothingToDraw) {
		t.Errorf("of copies alone: %v", err)
	}
}
