package plots_test

import (
	"bytes"
	"strings"
	"testing"

	"sweep/plots"
	"sweep/sweep"
)

// longer is the usual sweep with other losses.
func longer() []sweep.Result {
	return alter(usual().results(), everyRun, func(r *sweep.Result) {
		r.EvalLoss *= 0.9
		r.Params.Steps = 400
	})
}

func TestSweepsLieOverOneAnother(t *testing.T) {
	layers := []plots.Layer{{Name: "short", Results: usual().results()}, {Name: "long", Results: longer()}}
	points := curves(layers[0].Results)
	for _, kind := range plots.Kinds() {
		t.Run(kind.Name, func(t *testing.T) {
			figures, err := kind.Draw(t.Context(), layers, "alpha", held(points), plots.Options{})
			if !kind.Overlays {
				if err == nil || !strings.Contains(err.Error(), "choose one of lr, curves, collapse, transfer") {
					t.Errorf("error %v", err)
				}
				return
			}
			if kind.Name == "transfer" { // r does not vary
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			alone, err := kind.Draw(t.Context(), layers[:1], "alpha", held(points), plots.Options{})
			if err != nil || len(alone) != len(figures) {
				t.Errorf("two sweeps take %d figures, one %d (%v)", len(figures), len(alone), err)
			}
			for _, f := range figures {
				for _, fault := range plots.Faults(f) {
					t.Error(fault)
				}
			}
			drawn := svg(t, figures[0])
			for _, want := range []string{">short<", ">long<", "Sweep short:", "steps 400"} {
				if !strings.Contains(drawn, want) {
					t.Errorf("the figure does not say %q", want)
				}
			}
			var b bytes.Buffer
			if err := figures[0].WriteData(&b); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(b.String(), "sweep,") || !strings.Contains(b.String(), "\nshort,") || !strings.Contains(b.String(), "\nlong,") {
				t.Errorf("the data begins %.80q", b.String())
			}
		})
	}
	many := append(layers, layers...)
	many = append(many, layers...)
	kind, err := plots.LookupKind("lr")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kind.Draw(t.Context(), many, "alpha", held(points), plots.Options{}); err == nil || !strings.Contains(err.Error(), "at most 4") {
		t.Errorf("six sweeps: %v", err)
	}
}

func TestPartlyDivergedCellsAreDrawnAlike(t *testing.T) {
	results := alter(usual().results(), func(p sweep.Params) bool { return p.Alpha == 16 && p.LR == 1e-2 && p.Seed == 0 }, diverge)
	for _, name := range []string{"lr", "heatmap", "collapse"} {
		kind, err := plots.LookupKind(name)
		if err != nil {
			t.Fatal(err)
		}
		figures, err := kind.Draw(t.Context(), []plots.Layer{{Results: results}}, "alpha", held(nil), plots.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := figures[0].WriteData(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), ",16,") || !strings.Contains(strings.ToLower(svg(t, figures[0])), "some of the") {
			t.Errorf("%s does not say what a small cross is", name)
		}
		cell := ",16,lr,0.01,"
		if name == "collapse" {
			cell = "lr,alpha,16,0.01,0.01,"
		}
		if _, row, found := strings.Cut(b.String(), cell); !found || strings.HasPrefix(row, ",") {
			t.Errorf("%s leaves out a cell of which one seed of three diverged:\n%.300s", name, b.String())
		}
	}
}
