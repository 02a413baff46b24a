package plots_test

import (
	"math"
	"strings"
	"testing"

	"sweep/plots"
	"sweep/sweep/analysis"
)

// falling is a loss that falls from 4 to 1 over three steps.
func falling() []analysis.Sample {
	return []analysis.Sample{{Step: 1, Loss: 4}, {Step: 2, Loss: 2}, {Step: 4, Loss: 1}}
}

func TestCurveInCharacters(t *testing.T) {
	for _, c := range []struct {
		text plots.Text
		want string
	}{
		{plots.Text{Width: 16, Height: 5, ASCII: true}, `
4 |*
  | **
  |   *****
1 |        *****
   step 1      4
`},
		{plots.Text{Width: 16, Height: 4}, `
4 │⠑⠤⡀
  │  ⠈⢆⡀
1 │    ⠈⠉⠉⠒⠒⠢⠤⢄⣀
   step 1      4
`},
	} {
		if got := "\n" + c.text.Curve(falling()); got != c.want {
			t.Errorf("%+v: got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestCurvesFitTheirWidthAndSayTheirScale(t *testing.T) {
	samples := make([]analysis.Sample, 5000)
	for i := range samples {
		samples[i] = analysis.Sample{Step: i, Loss: math.Exp(8 * math.Sin(float64(i)))}
	}
	drawn := plots.Text{Width: 79, Height: 12}.Curve(samples)
	if lines := strings.Count(drawn, "\n"); lines != 12 || !strings.Contains(drawn, "(log scale)") {
		t.Errorf("%d lines: %s", lines, drawn)
	}
	for line := range strings.Lines(drawn) {
		if n := len([]rune(strings.TrimSpace(line))); n > 79 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	if flat := (plots.Text{Width: 20, Height: 3, ASCII: true}).Curve([]analysis.Sample{{Step: 7, Loss: 2}}); !strings.Contains(flat, "*") {
		t.Errorf("one sample: %s", flat)
	}
}

func TestSparkline(t *testing.T) {
	for _, c := range []struct {
		values []float64
		text   plots.Text
		want   string
	}{
		{[]float64{8, 4, 2, 1}, plots.Text{Width: 10}, "█▄▂▁"},
		{[]float64{8, 8, 1, 1, math.NaN(), math.Inf(1)}, plots.Text{Width: 2}, "█▁"},
		{[]float64{3, 1, 2}, plots.Text{Width: 3, ASCII: true}, "#_~"},
		{[]float64{2, 2}, plots.Text{Width: 3}, "▁▁"},
		{nil, plots.Text{Width: 3}, ""},
		{[]float64{1}, plots.Text{}, ""},
	} {
		if got := c.text.Sparkline(c.values); got != c.want {
			t.Errorf("%v in %+v: got %q, want %q", c.values, c.text, got, c.want)
		}
	}
}
