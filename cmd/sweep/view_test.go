package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"sweep/sweep"
)

// screen is a terminal as tall as it has to be: the lines that what was written
// leaves on it, where it understands what a view writes.
func screen(t *testing.T, written string, columns int) []string {
	t.Helper()
	lines := [][]rune{nil}
	row, column := 0, 0
	for len(written) > 0 {
		switch {
		case strings.HasPrefix(written, "\r"):
			column, written = 0, written[1:]
		case strings.HasPrefix(written, "\n"):
			row, column, written = row+1, 0, written[1:]
			if row == len(lines) {
				lines = append(lines, nil)
			}
		case strings.HasPrefix(written, "\x1b[K"):
			lines[row], written = lines[row][:column], written[3:]
		case strings.HasPrefix(written, "\x1b[J"):
			lines, written = lines[:row+1], written[3:]
			lines[row] = lines[row][:column]
		case strings.HasPrefix(written, "\x1b["):
			row, written = row-int(written[2]-'0'), written[4:] // ESC [ n A
		default:
			r, size := utf8.DecodeRuneInString(written)
			lines[row], column, written = append(lines[row][:column], r), column+1, written[size:]
			if column > columns {
				t.Fatalf("a line exceeds %d columns", columns)
			}
		}
	}
	var texts []string
	for _, line := range lines {
		texts = append(texts, strings.TrimRight(string(line), " "))
	}
	return texts
}

func TestTheViewShowsEachRunInItsPlace(t *testing.T) {
	var out bytes.Buffer
	v := &view{out: &out, size: func() (int, int) { return 60, 24 }}
	var all flights
	runs := testRuns("r8-a16-s0", "r8-a16-s1", "r4")
	all.add(runs[0], 0)
	all.add(runs[1], 50)
	for i, loss := range []float64{4, 3, 2, 1} {
		all.find("r8-a16-s0").advance(sweep.Point{Step: i + 1, Loss: loss})
	}
	v.draw(append([]string{"0/3 runs"}, all.lines(60, false)...))
	want := "0/3 runs\n" +
		"  r8-a16-s0      4/100  █▅▃▁              1\n" +
		"  r8-a16-s1     50/100"
	if got := strings.Join(screen(t, out.String(), 60), "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	all.remove("r8-a16-s0")
	all.add(runs[2], 0)
	v.draw(append([]string{"1/3 runs"}, all.lines(60, false)...))
	if got := screen(t, out.String(), 60); len(got) != 3 || !strings.HasPrefix(got[1], "  r4 ") || !strings.HasPrefix(got[2], "  r8-a16-s1 ") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	v.clear()
	if got := screen(t, out.String(), 60); len(got) != 1 || got[0] != "" {
		t.Errorf("left on the screen: %q", got)
	}
}

func TestTheViewFitsItsTerminal(t *testing.T) {
	var out bytes.Buffer
	v := &view{out: &out, size: func() (int, int) { return 80, 5 }}
	var all flights
	for _, run := range testRuns("a", "b", "c", "d", "e", "f", strings.Repeat("long", 40)) {
		all.add(run, 0)
		all.find(run.Key).advance(sweep.Point{Step: 1, Loss: 2.345678})
	}
	for range 3 {
		v.draw(append([]string{strings.Repeat("x", 100)}, all.lines(80, true)...))
	}
	if got := screen(t, out.String(), 79); len(got) != 4 {
		t.Errorf("%d lines on a terminal of 5: %q", len(got), got)
	}
}

func TestANarrowerTerminalBreaksWhatWasDrawn(t *testing.T) {
	v := &view{widths: []int{70, 0, 40}}
	for columns, want := range map[int]string{80: "\r\x1b[2A", 40: "\r\x1b[3A", 30: "\r\x1b[5A"} {
		if got := v.home(columns); got != want {
			t.Errorf("%d columns: %q, want %q", columns, got, want)
		}
	}
}

func TestALongCurveIsThinnedOut(t *testing.T) {
	f := &flight{}
	for step := range 100_000 {
		f.advance(sweep.Point{Step: step, Loss: float64(step)})
	}
	if n := len(f.losses); n >= 1024 || f.losses[0] != 1 || f.step != 99_999 {
		t.Errorf("%d losses from %v, at step %d", n, f.losses[0], f.step)
	}
}

func TestARunInTrainingFitsANarrowTerminalWithItsLoss(t *testing.T) {
	runs := testRuns("alpha8-lr1e-3-s0", "b")
	var all flights
	for _, run := range runs {
		all.add(run, 0)
		for step := 1; step <= 60; step++ {
			all.find(run.Key).advance(sweep.Point{Step: step, Loss: 2.345})
		}
	}
	for _, columns := range []int{40, 80, 120} {
		for _, line := range all.lines(columns, true) {
			if columnsOf(line) >= columns || !strings.HasSuffix(line, "  2.345") || !strings.Contains(line, " 60/100 ") {
				t.Errorf("in %d columns: %q", columns, line)
			}
		}
	}
	if line := all.lines(80, true)[0]; !strings.Contains(line, "alpha8-lr1e-3-s0") {
		t.Errorf("in 80 columns the name is cut: %q", line)
	}
}

func TestATableGoesWithoutWhatANarrowTerminalHasNoRoomForAndSaysSo(t *testing.T) {
	l := listing{
		columns: []string{"run", "key", "note", "loss"}, spare: []string{"key", "note"},
		rows: [][]any{{"a8-lr1e-3-s0", strings.Repeat("0f", 32), nil, 1.25}},
	}
	for _, c := range []struct {
		columns int
		first   string
		says    string
	}{
		{60, "run           key           note  loss", ""},
		{37, "run           key           loss", "Not shown, for want of room: note;"},
		{20, "run           loss", "note, key;"},
	} {
		text := l.narrow(c.columns)
		first, _, _ := strings.Cut(text, "\n")
		if strings.TrimRight(first, " ") != c.first || !strings.Contains(strings.ReplaceAll(text, "\n ", ""), c.says) || c.says == "" && strings.Contains(text, "Not") {
			t.Errorf("in %d columns:\n%s", c.columns, text)
		}
	}
}

func TestGroupsGoWithoutCountsBeforeTheirLosses(t *testing.T) {
	results := make([]sweep.Result, 4)
	for i := range results {
		r := &results[i]
		r.Params = sweep.Defaults()
		r.Params.LR, r.Params.Seed = []float64{1e-3, 1e-2}[i%2], i/2
		r.Params.Inherit()
		r.State, r.Loss, r.EvalLoss, r.FirstLoss = sweep.StateDone, 1.25+float64(i)/10, math.NaN(), 3
	}
	c := lsCommand{GroupBy: []string{"lr"}}
	c.Metric = string(sweep.MetricLoss)
	l, err := c.groups(results)
	if err != nil {
		t.Fatal(err)
	}
	for columns, want := range map[int]string{60: "lr loss low high n diverged failed left", 30: "lr loss low high n", 12: "lr loss"} {
		first, _, _ := strings.Cut(l.narrow(columns), "\n")
		if got := strings.Join(strings.Fields(first), " "); got != want {
			t.Errorf("in %d columns there are %s, want %s", columns, got, want)
		}
	}
}
