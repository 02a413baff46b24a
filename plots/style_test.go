package plots

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"sweep/sweep/analysis"
	"sweep/sweep/statistics"
)

// luminance is relative luminance as WCAG 2 defines it.
func luminance(l style) float64 {
	linear := func(c uint8) float64 {
		x := float64(c) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(l.color.R) + 0.7152*linear(l.color.G) + 0.0722*linear(l.color.B)
}

func TestNumbersRunFromDarkToLightInGreyPrint(t *testing.T) {
	for _, n := range []int{2, 5, 9, 12} {
		values := make([]analysis.Value, n)
		for i := range values {
			values[i] = analysis.Value{Number: float64(i), Numeric: true}
		}
		all := stylesOf(values)
		for i := 1; i < n; i++ {
			if luminance(all[i]) <= luminance(all[i-1]) {
				t.Errorf("of %d colours, number %d is no lighter than the one before", n, i)
			}
		}
		if lightest := luminance(all[n-1]); lightest > 0.65 {
			t.Errorf("the lightest of %d colours has luminance %.2f, too near white", n, lightest)
		}
	}
}

func TestNeighboursDifferByMoreThanColour(t *testing.T) {
	all := stylesOf(make([]analysis.Value, 8))
	for i := 1; i < len(all); i++ {
		if all[i].marker == all[i-1].marker || all[i].color == all[i-1].color {
			t.Errorf("styles %d and %d share a marker or a colour", i-1, i)
		}
	}
}

func TestNumberNames(t *testing.T) {
	for _, tt := range []struct {
		axis string
		x    float64
		want string
	}{
		{"alpha", 1, "1"},
		{"alpha", 65536, "65536"},
		{"alpha", 0.5, "0.5"},
		{"weight_decay", 0, "0"},
		{"weight_decay", 0.01, "0.01"},
		{"eps", 1e-8, "10^{−8}"},
		{"lr", 1e-3, "10^{−3}"},
		{"lr", 3e-4, "3×10^{−4}"},
		{"lr", 0.1, "10^{−1}"},
		{"lr", 1, "10^{0}"},
		{"lr", 2.56e-2, "2.6×10^{−2}"},
		{"lr", 1e-10, "10^{−10}"},
		{"r", -2, "−2"},
	} {
		if got := valueName(tt.axis, analysis.Value{Number: tt.x, Numeric: true}); got != tt.want {
			t.Errorf("%s = %v is written %q, want %q", tt.axis, tt.x, got, tt.want)
		}
	}
}

func TestLogTicks(t *testing.T) {
	for _, tt := range []struct {
		name      string
		low, high float64
		want      string
	}{
		{"decades", 5e-5, 0.2, "0.0001 0.001 0.01 0.1"},
		{"1, 2 and 5 in little more than one", 0.11, 3, "0.2 0.5 1 2"},
		{"every digit in less than one", 0.55, 0.83, "0.6 0.7 0.8"},
		{"as many digits as next to nothing takes", 0.5004, 0.5006, "0.5004 0.5005 0.5006"},
		{"finer than a digit", 0.0095, 0.0118, "0.0095 0.01 0.0105 0.011 0.0115"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var labels []string
			for _, tick := range decades(tt.low, tt.high, tickName) {
				if !tick.IsMinor() {
					labels = append(labels, tick.Label)
				}
			}
			if got := strings.Join(labels, " "); got != tt.want {
				t.Errorf("labels %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCaptionLinesFitAndLoseNothing(t *testing.T) {
	text := "A caption of some words, one of which, " + strings.Repeat("pneumono", 20) + "größe, is wider than a line."
	p := paragraph{text, captionStyle()}
	for _, width := range []vg.Length{30, 120, 500} {
		lines := p.lines(width)
		for _, line := range lines {
			if p.style.Width(line) > width {
				t.Errorf("line %q is wider than %v points", line, width)
			}
		}
		strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if strip(strings.Join(lines, "")) != strip(text) {
			t.Errorf("lines %q lost a part of the text", lines)
		}
	}
}

func TestLegendWrapsWithinItsWidth(t *testing.T) {
	l := legend{title: "alpha"}
	for range 30 {
		l.entries = append(l.entries, entry{name: "some value"})
	}
	style := legendStyle()
	for _, at := range l.layout(style, 300) {
		if end := at.x + sampleWidth + 4 + style.Width("some value"); end > 300 {
			t.Errorf("an entry ends at %v of 300 points", end)
		}
	}
	if l.height(300) <= l.height(3000) {
		t.Error("a narrow legend is no taller than a wide one")
	}
}

func TestEachDivergedCellHasACross(t *testing.T) {
	x := analysis.Value{Text: "0.1", Number: 0.1, Numeric: true}
	cell := func(diverged, done int) analysis.Cell {
		return analysis.Cell{X: x, Losses: make([]statistics.SeedLoss, done), Tally: analysis.StateCounts{Diverged: diverged, Done: done}}
	}
	valleys := []analysis.LossByLR{{Cells: []analysis.Cell{cell(3, 0)}}, {Cells: []analysis.Cell{cell(0, 3)}}, {Cells: []analysis.Cell{cell(1, 2)}}}
	crosses := crossesOf(valleys, newLook("alpha", make([]analysis.Value, 3)), newScale("lr", []analysis.Value{x}))
	if len(crosses) != 2 || crosses[0].size() <= crosses[1].size() {
		t.Errorf("crosses %v, want a large one and a small one", crosses)
	}
}

func TestLinearTicksHaveNoMoreDigitsThanTheyNeedAndReachBothEnds(t *testing.T) {
	for high, want := range map[float64]string{28: "0 5 10 15 20 25", 56: "0 10 20 30 40 50", 1: "0 0.2 0.4 0.6 0.8 1", 0.3: "0 0.1 0.2 0.3"} {
		var labels []string
		for _, tick := range evenTicks(0, high) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("0 to %g: labels %q, want %q", high, got, want)
		}
	}
}

func TestLabelsReachBothEndsOfALogAxis(t *testing.T) {
	for low := 1e-5; low < 10; low *= 1.37 {
		for ratio := 1.001; ratio < 1e6; ratio *= 1.19 {
			reached, labels := noExtent(), 0
			for _, tick := range decades(low, low*ratio, tickName) {
				if !tick.IsMinor() {
					reached.include(math.Log(tick.Value))
					labels++
				}
			}
			bare := bareEnd * math.Log(ratio) * 1.001
			if labels < 2 || reached.low-math.Log(low) > bare || math.Log(low*ratio)-reached.high > bare {
				t.Errorf("%g to %g: %d labels, from %g to %g", low, low*ratio, labels, math.Exp(reached.low), math.Exp(reached.high))
			}
		}
	}
}
