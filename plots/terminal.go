package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep/analysis"
)

// Text draws for a terminal, with characters.
type Text struct {
	Width, Height int  // of the whole drawing, in characters
	ASCII         bool // no braille and no blocks
}

// Curve draws samples, ascending in step and not empty, over a line that names
// the steps. Where several share a column, their range is drawn. Losses that
// span a factor of 50 are drawn on a logarithmic scale, which is said.
func (t Text) Curve(samples []analysis.Sample) string {
	low, high := samples[0].Loss, samples[0].Loss
	for _, s := range samples {
		low, high = min(low, s.Loss), max(high, s.Loss)
	}
	scale, note := func(x float64) float64 { return x }, ""
	if low > 0 && high > 50*low {
		scale, note = math.Log, " (log scale)"
	}
	labels := []string{fmt.Sprintf("%.4g", high), fmt.Sprintf("%.4g", low)}
	margin := max(len(labels[0]), len(labels[1])) + 1
	d := newDots(max(t.Width-margin-1, 1), max(t.Height-1, 1), t.ASCII)
	d.plot(samples, scale(low), scale(high), scale)
	return d.frame(labels, margin) + stepsLine(samples, margin+1, t.Width, note)
}

// stepsLine is the line below a curve.
func stepsLine(samples []analysis.Sample, margin, width int, note string) string {
	first, last := fmt.Sprintf("step %d%s", samples[0].Step, note), fmt.Sprint(samples[len(samples)-1].Step)
	gap := max(width-margin-len(first)-len(last), 1)
	return strings.Repeat(" ", margin) + first + strings.Repeat(" ", gap) + last + "\n"
}

// dots is a canvas of characters, each a cell of dots.
type dots struct {
	columns, lines int
	across, down   int // dots in a character
	set            []bool
}

func newDots(columns, lines int, ascii bool) dots {
	d := dots{columns: columns, lines: lines, across: 2, down: 4}
	if ascii {
		d.across, d.down = 1, 1
	}
	d.set = make([]bool, columns*lines*d.across*d.down)
	return d
}

// plot joins the samples by lines. Columns of dots that hold several samples
// show the range of their losses.
func (d dots) plot(samples []analysis.Sample, low, high float64, scale func(float64) float64) {
	width, height := d.columns*d.across, d.lines*d.down
	from, to := samples[0].Step, samples[len(samples)-1].Step
	place := func(s analysis.Sample) (x, y float64) {
		x = float64(s.Step-from) / float64(max(to-from, 1)) * float64(width-1)
		if high > low {
			y = (high - scale(s.Loss)) / (high - low)
		}
		return x, y * float64(height-1)
	}
	x0, y0 := place(samples[0])
	for _, s := range samples {
		x1, y1 := place(s)
		strokes := math.Ceil(max(math.Abs(x1-x0), math.Abs(y1-y0), 1))
		for i := 0.0; i <= strokes; i++ {
			x, y := math.Round(x0+(x1-x0)*i/strokes), math.Round(y0+(y1-y0)*i/strokes)
			d.set[int(y)*width+int(x)] = true
		}
		x0, y0 = x1, y1
	}
}

// frame writes the canvas with the labels at its upper and lower end.
func (d dots) frame(labels []string, margin int) string {
	var b strings.Builder
	for line := range d.lines {
		label := ""
		switch line {
		case 0:
			label = labels[0]
		case d.lines - 1:
			label = labels[1]
		}
		row := make([]rune, d.columns)
		for column := range row {
			row[column] = d.character(line, column)
		}
		bar := "│"
		if d.across == 1 {
			bar = "|"
		}
		fmt.Fprintf(&b, "%*s%s%s\n", margin, label+" ", bar, strings.TrimRight(string(row), " "))
	}
	return b.String()
}

// character is the braille pattern of a cell, or a star.
func (d dots) character(line, column int) rune {
	bits := [][]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}} // Unicode, by row and column
	pattern := rune(0)
	for y := range d.down {
		for x := range d.across {
			if d.set[(line*d.down+y)*d.columns*d.across+column*d.across+x] {
				pattern |= bits[y][x]
			}
		}
	}
	switch {
	case pattern == 0:
		return ' '
	case d.across == 1:
		return '*'
	default:
		return 0x2800 + pattern
	}
}

// Sparkline draws values in a line of at most Width characters, each the mean of
// as many values. What is not finite is left out.
func (t Text) Sparkline(values []float64) string {
	values = slices.DeleteFunc(slices.Clone(values), func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	if len(values) == 0 || t.Width < 1 {
		return ""
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	if t.ASCII {
		blocks = []rune("_.-~=+*#")
	}
	n := min(t.Width, len(values))
	means := make([]float64, n)
	for i := range means {
		part := values[i*len(values)/n : (i+1)*len(values)/n]
		for _, x := range part {
			means[i] += x / float64(len(part))
		}
	}
	low, high := slices.Min(means), slices.Max(means)
	line := make([]rune, n)
	for i, x := range means {
		level := 0
		if high > low {
			level = int((x - low) / (high - low) * float64(len(blocks)-1))
		}
		line[i] = blocks[level]
	}
	return string(line)
}
