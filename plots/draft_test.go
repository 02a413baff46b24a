package plots

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// lossPanel shows losses in a range, against lr in another.
func lossPanel(title string, lr, losses extent) *panel {
	return newPanel(title, axis{name: "lr", kind: logarithmic, span: lr}, lossAxis(losses), "lr", "loss")
}

func TestPanelsWithALabelInCommonHaveTheAxisInCommon(t *testing.T) {
	first, second := lossPanel("first", extent{1e-4, 1e-3}, extent{1, 2}), lossPanel("second", extent{1e-2, 1e-1}, extent{1.5, 4})
	other := newPanel("other", stepAxis(extent{0, 100}), lossAxis(extent{7, 9}), "step", "distance")
	shareAxes([]*panel{first, second, other})
	for _, p := range []*panel{first, second} {
		if p.x.span != (extent{1e-4, 1e-1}) || p.y.span != (extent{1, 4}) {
			t.Errorf("%s spans %v and %v", p.title, p.x.span, p.y.span)
		}
	}
	if other.x.span != (extent{0, 100}) || other.y.span != (extent{7, 9}) {
		t.Errorf("an axis of another label spans %v and %v", other.x.span, other.y.span)
	}
}

func TestAllSweepsHaveTheSameKindsOfScales(t *testing.T) {
	number := func(x float64) analysis.Value { return analysis.Value{Number: x, Numeric: true} }
	for _, values := range [][]analysis.Value{{number(8)}, {number(8), number(16)}, {number(1e-4), number(0.1)}} {
		if got := newScale("lr", values).kind; got != logarithmic {
			t.Errorf("lr of %v is on a scale of kind %d", values, got)
		}
	}
	for _, losses := range []extent{{1, 1.1}, {1, 3.9}, {0.1, 12}} {
		if got := lossAxis(losses).kind; got != logarithmic {
			t.Errorf("losses of %v are on a scale of kind %d", losses, got)
		}
	}
}

func TestBothEndsOfAColourBarAreLabelled(t *testing.T) {
	for _, r := range []ramp{{low: 0.64, high: 4.1}, {low: 1, high: 1.01}, {low: 0.003, high: 90}} {
		ticks := r.ticks(rampWidth)
		labelled := func(x float64) bool {
			return slices.ContainsFunc(ticks, func(t plot.Tick) bool { return t.Value == x && t.Label != "" })
		}
		if !labelled(r.low) || !labelled(r.high) {
			t.Errorf("of a bar from %g to %g, %v are labelled", r.low, r.high, ticks)
		}
	}
}

func TestALegendNamesWhatItsSheetShows(t *testing.T) {
	d := draft{legend: legend{title: "alpha", entries: []entry{{name: "1"}, {name: "4"}, {name: "16"}}}}
	for i, name := range []string{"1", "4", "4", "16", "16", "4", "4"} {
		p := lossPanel(strings.Repeat("x", i+1), extent{1e-4, 1e-3}, extent{1, 2})
		p.has(name)
		d.groups = append(d.groups, group{panels: []*panel{p}})
	}
	figures := Options{Width: OneColumn}.sheets(d) // of two, two and three panels
	if len(figures) != 3 {
		t.Fatalf("%d figures", len(figures))
	}
	for _, f := range figures {
		shown := map[string]bool{}
		for _, row := range f.panels {
			for _, p := range row {
				for _, name := range p.names {
					shown[name] = true
				}
			}
		}
		if len(shown) != len(f.legend.entries) || len(shown) == 3 {
			t.Errorf("figure %s shows %v, and its legend names %v", f.Suffix, shown, f.legend.entries)
		}
	}
}

func TestALegendNamesALineOfWhichNoRunHasEnded(t *testing.T) {
	var results []sweep.Result
	curves := map[string][]sweep.Point{}
	for key, alpha := range map[string]float64{"ended": 8, "in training": 16} {
		r := sweep.Result{Run: sweep.Run{Key: key, Params: sweep.Params{Alpha: alpha, LR: 1e-3}}}
		r.State = sweep.StateRunning
		if key == "ended" {
			r.Outcome = sweep.Outcome{State: sweep.StateDone, Steps: 2, Loss: 1}
		}
		results = append(results, r)
		curves[key] = []sweep.Point{{Step: 1, Loss: 2}, {Step: 2, Loss: 1}}
	}
	figures, err := Curves(results, curves, "alpha", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range figures[0].legend.entries {
		names = append(names, e.name)
	}
	if want := []string{"8", "16"}; !slices.Equal(names, want) {
		t.Errorf("the legend names %q, want %q", names, want)
	}
}

// valley is a comparison of one valley whose best lies at a loss, among cells that
// have others.
func valley(best float64, cells ...float64) analysis.Comparison {
	v := analysis.LossByLR{Valley: statistics.Valley{Best: statistics.Optimum{Place: statistics.Inside, Loss: best}}}
	for i, loss := range cells {
		v.Cells = append(v.Cells, analysis.Cell{
			X:      analysis.Value{Number: float64(i + 1), Numeric: true},
			Losses: statistics.Losses{{Loss: loss}},
		})
	}
	return analysis.Comparison{By: "alpha", Over: "lr", Slices: []analysis.Slice{{ByLR: []analysis.LossByLR{v}}}}
}

func TestTheCaptionSaysWhereABestLiesBelowEveryLossMeasured(t *testing.T) {
	const says = "1 of 1 lie below every loss measured"
	if note := markNote(valley(0.9, 2, 1, 2), false); !strings.Contains(note, says) {
		t.Errorf("below: %s", note)
	}
	if note := markNote(valley(1, 2, 1, 2), false); strings.Contains(note, says) {
		t.Errorf("at a cell: %s", note)
	}
}

// Marks of rules stand beside one another at each r, inside the panel.
func TestMarksOfOnePlaceStandSideBySide(t *testing.T) {
	names := []analysis.Value{{Text: "a"}, {Text: "b"}, {Text: "c"}, {Text: "d"}}
	s := regretSheet{newLook("rule", names)}
	for i := 1; i < len(names); i++ {
		if apart := s.dodge(i, 60) - s.dodge(i-1, 60); apart < 5 {
			t.Errorf("rules %d and %d are %v points apart", i-1, i, apart)
		}
	}
	starts := newStartSheet([]analysis.Start{
		{Init: "both", Scale: 1, Loss: 3},
		{Init: "gaussian", Zero: true, Scale: 1, Loss: 3},
		{Init: "kaiming", Zero: true, Scale: 1, Loss: 3},
		{Init: "gaussian", Zero: true, Scale: 2, Loss: 3},
	})
	lanes := starts.lanes(func(x float64) vg.Length { return 30 * vg.Length(math.Log2(x)) })
	if at := lanes[1]; at[1]-at[0] < 5 || at[2]-at[1] < 5 || lanes[2][1] != 0 {
		t.Errorf("lanes %v", lanes)
	}
}

func TestMarksBesideThePanelAreDrawn(t *testing.T) {
	blank, c := newCanvas("png", titled("")), newCanvas("png", titled(""))
	width, height := titled("").size()
	small := draw.NewCanvas(c, width, height)
	small.Max.X = width / 2
	stamp(small, style{color: inked().color, marker: markers()[0]}.glyph(3), vg.Point{X: width/2 + 1, Y: height / 2})
	if slices.Equal(written(t, blank), written(t, c)) {
		t.Error("a mark whose middle lies a point beyond the edge is left out")
	}
}
