package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"sweep/plots"
	"sweep/sweep"
)

// view is a few lines at the lower end of a terminal that are drawn over and
// over.
type view struct {
	out    io.Writer
	size   func() (columns, lines int) // of the terminal
	ascii  bool
	widths []int // of the lines drawn last, in characters
}

// newView returns nil where there is no terminal that can redraw lines, or
// where people asked for plain output.
func newView(out io.Writer) *view {
	out = direct(out)
	width := terminalWidth(out)
	if width == nil || os.Getenv("NO_COLOR") != "" {
		return nil
	}
	return &view{out: out, ascii: asciiOnly(), size: func() (columns, lines int) {
		_, lines, err := term.GetSize(int(out.(*os.File).Fd()))
		if err != nil || lines < 1 { // a terminal that does not know its size
			lines = 24
		}
		return width(), lines
	}}
}

// draw replaces what was drawn last. Lines that the terminal does not hold are
// cut or left out, so that it never scrolls.
func (v *view) draw(lines []string) {
	columns, most := v.size()
	lines = lines[:min(len(lines), max(most-1, 1))]
	text := v.home(columns)
	v.widths = v.widths[:0]
	for i, line := range lines {
		line = clip(sweep.Visible(line), max(columns-1, 0))
		if i > 0 {
			text += "\n"
		}
		text += line + "\x1b[K"
		v.widths = append(v.widths, columnsOf(line))
	}
	fmt.Fprint(v.out, text+"\x1b[J")
}

// clear takes the lines away.
func (v *view) clear() {
	columns, _ := v.size()
	fmt.Fprint(v.out, v.home(columns)+"\x1b[J")
	v.widths = nil
}

// home moves to the start of what was drawn last. A terminal that has become
// narrower since has broken long lines into several.
func (v *view) home(columns int) string {
	up := -1
	for _, width := range v.widths {
		up += max(1, (width+columns-1)/columns)
	}
	if up < 1 {
		return "\r"
	}
	return fmt.Sprintf("\r\x1b[%dA", up)
}

// flight is a run in training.
type flight struct {
	run    sweep.Run
	step   int
	losses []float64 // so far, thinned out
}

// advance takes note of a point. Half of a long curve's losses are dropped now
// and then: its sparkline does not need them.
func (f *flight) advance(p sweep.Point) {
	f.step = p.Step
	if p.Step == 0 {
		return
	}
	f.losses = append(f.losses, p.Loss)
	if len(f.losses) < 1024 {
		return
	}
	for i := range len(f.losses) / 2 {
		f.losses[i] = f.losses[2*i]
	}
	f.losses = f.losses[:len(f.losses)/2]
}

// flights are the runs in training, each in a place that it keeps.
type flights []*flight // nil in a place that is free

func (all *flights) add(run sweep.Run, step int) {
	f := &flight{run: run, step: step}
	if i := slices.Index(*all, nil); i >= 0 {
		(*all)[i] = f
	} else {
		*all = append(*all, f)
	}
}

func (all flights) find(key string) *flight {
	for _, f := range all {
		if f != nil && f.run.Key == key {
			return f
		}
	}
	return nil
}

func (all flights) remove(key string) {
	for i, f := range all {
		if f != nil && f.run.Key == key {
			all[i] = nil
		}
	}
}

// lines shows each run's name, step, curve and latest loss, in as many columns.
func (all flights) lines(columns int, ascii bool) []string {
	const rest = 24 // columns of all but the name and the curve
	name := 0
	for _, f := range all {
		if f != nil {
			name = max(name, columnsOf(f.run.Name))
		}
	}
	name = min(name, max(columns-1-rest-6, 8))
	spark := max(min(columns-1-rest-name, 16), 4) // columns of the curve
	var lines []string
	for _, f := range all {
		if f == nil {
			continue
		}
		loss := ""
		if n := len(f.losses); n > 0 {
			loss = readable(f.losses[n-1])
		}
		curve := plots.Text{Width: spark, ASCII: ascii}.Sparkline(f.losses)
		curve += strings.Repeat(" ", spark-utf8.RuneCountInString(curve))
		shown := cut(f.run.Name, func() int { return name })
		shown += strings.Repeat(" ", max(name-columnsOf(shown), 0))
		steps := fmt.Sprintf("%d/%d", f.step, f.run.Params.Steps)
		lines = append(lines, fmt.Sprintf("  %s  %9s  %s  %s", shown, steps, curve, loss))
	}
	return lines
}
