package plots_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/plots"
	"sweep/sweep"
)

// kinds are the figures that show a claim.
func kinds() map[string]func(results []sweep.Result) ([]plots.Figure, error) {
	return map[string]func(results []sweep.Result) ([]plots.Figure, error){
		"heatmap": func(r []sweep.Result) ([]plots.Figure, error) {
			return plots.Heatmap(r, "alpha", plots.Options{Title: "t"})
		},
		"collapse": func(r []sweep.Result) ([]plots.Figure, error) {
			return plots.Collapse(r, "alpha", plots.Options{Title: "t"})
		},
		"transfer": func(r []sweep.Result) ([]plots.Figure, error) {
			return plots.Transfer(r, plots.Options{Title: "t", Width: plots.OneColumn})
		},
		"starts": func(r []sweep.Result) ([]plots.Figure, error) {
			return plots.Starts(r, plots.Options{Title: "t", Style: plots.Slides})
		},
		"regret": func(r []sweep.Result) ([]plots.Figure, error) { return plots.Regret(r, plots.Options{Title: "t"}) },
	}
}

// ranked varies r, alpha and lr, with the rules alpha = 16, alpha = r and
// alpha = 2r in it.
func ranked() grid {
	g := usual()
	g.ranks, g.alphas = []int{4, 8, 16}, []float64{4, 8, 16, 32}
	return g
}

func TestEveryKindDrawsASweepOfEveryAxis(t *testing.T) {
	for name, draw := range kinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			figures, err := draw(ranked().results())
			if err != nil {
				t.Fatal(err)
			}
			svg(t, figures[0])
			shuffled := ranked().results()
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			again, err := draw(shuffled)
			if err != nil || !bytes.Equal(render(t, figures[0], "pdf"), render(t, again[0], "pdf")) {
				t.Errorf("the figure depends on the order of the results (%v)", err)
			}
		})
	}
}

func TestKindsDrawOddSweepsOrSayWhyNot(t *testing.T) {
	for name, results := range oddSweeps() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, draw := range kinds() {
				figures, err := draw(results)
				if err != nil && !errors.Is(err, plots.ErrNothingToDraw) {
					t.Errorf("%s: %v", kind, err)
				}
				for _, f := range figures {
					svg(t, f)
				}
			}
		})
	}
}

func TestRegretNamesItsRules(t *testing.T) {
	figures, err := plots.Regret(ranked().results(), plots.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := figures[0].WriteData(&b); err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"alpha = r", "alpha = 2r"} {
		if !strings.Contains(b.String(), ","+rule+",") {
			t.Errorf("no %s in\n%s", rule, b.String())
		}
	}
}

func TestEveryFigureHasItsData(t *testing.T) {
	results := ranked().results()
	draws := kinds()
	draws["lr"] = func(r []sweep.Result) ([]plots.Figure, error) { return plots.ByAxis(r, "alpha", plots.Options{}) }
	draws["curves"] = func(r []sweep.Result) ([]plots.Figure, error) {
		return plots.Curves(r, curves(r), "alpha", plots.Options{})
	}
	for name, draw := range draws {
		figures, err := draw(results)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "figure.csv")
		if err := figures[0].SaveData(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll() // refuses rows of unequal length
		if err != nil || len(rows) < 5 {
			t.Errorf("%s: %d rows of data, %v", name, len(rows), err)
		}
		if bytes.Contains(b, []byte("NaN")) {
			t.Errorf("%s: what is not there should be left empty", name)
		}
	}
}

func TestHeatmapDataHoldsEveryCell(t *testing.T) {
	g := ranked()
	figures, err := plots.Heatmap(g.results(), "alpha", plots.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := figures[0].WriteData(&b); err != nil {
		t.Fatal(err)
	}
	cells := len(g.ranks) * len(g.alphas) * len(g.lrs)
	if got := strings.Count(b.String(), "\n") - 1; got != cells {
		t.Errorf("%d rows for %d cells", got, cells)
	}
	if first := fmt.Sprintf("r = 4,alpha,%g,lr,%g,", g.alphas[0], g.lrs[0]); !strings.Contains(b.String(), first) {
		t.Errorf("no %s in\n%s", first, b.String())
	}
}
