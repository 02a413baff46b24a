package report_test

import (
	"slices"
	"strings"
	"testing"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
)

func TestRowsAreSaidInOneLine(t *testing.T) {
	run := func(steps, batch int) sweep.Params { return sweep.Params{Steps: steps, Batch: batch} }
	for _, c := range []struct {
		rows sweep.RowSummary
		runs []sweep.Params
		want string
	}{
		{
			sweep.RowSummary{Train: 1, Median: 9, Longest: 9},
			[]sweep.Params{run(1, 1)},
			"1 row to train on (1 epoch), none to evaluate on; 9 tokens a row at the median, 9 at most",
		},
		{
			sweep.RowSummary{Train: 3800, Eval: 200, Median: 112, Longest: 1500, Lost: 0.0004, Cut: 3},
			[]sweep.Params{run(200, 8), run(2000, 8)},
			"3,800 rows to train on (0.42 to 4.2 epochs), 200 to evaluate on; 112 tokens a row at the median, 1,500 at most; 3 cut to seq; under 0.1 % of the tokens lost",
		},
		{
			sweep.RowSummary{Train: 3800, Sequences: 400, Filled: 0.968, Median: 9, Longest: 9},
			[]sweep.Params{{Steps: 200, Batch: 2, Accumulate: 4}},
			"3,800 rows to train on, packed to 400 sequences that are 97 % full (4 epochs), none to evaluate on; 9 tokens a row at the median, 9 at most",
		},
		{
			sweep.RowSummary{Train: 10, Eval: 2, Long: 1200, Silent: 2, Median: 5, Longest: 50, Lost: 0.25, Duplicates: 1, Empty: 3, Overlap: 2},
			nil,
			"10 rows to train on, 2 to evaluate on; 5 tokens a row at the median, 50 at most; 1,200 skipped for being longer than seq; " +
				"2 skipped, as no token that counts is left; 25 % of the tokens lost; 1 duplicate among those to train on; " +
				"3 with an empty completion; 2 to evaluate on that are trained on, too",
		},
	} {
		if got := report.RowsText(c.rows, c.runs); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

func TestRunsThatReadTheSameRowsShareALine(t *testing.T) {
	of := func(rows, seq int, lr float64) sweep.Run {
		p := sweep.Defaults()
		p.Rows, p.Seq, p.LR = rows, seq, lr
		return sweep.Run{Params: p, Rows: &sweep.RowSummary{Train: rows, Median: 9, Longest: 9}}
	}
	lines := report.RowsLines([]sweep.Run{of(10, 64, 1), of(10, 64, 2), of(20, 64, 1), {Params: sweep.Defaults()}, of(20, 32, 1), of(0, 64, 1)})
	var starts []string
	for _, line := range lines {
		start, _, _ := strings.Cut(line, " rows to train")
		starts = append(starts, start)
	}
	if want := []string{"rows 10, seq 64: 10", "rows 20, seq 64: 20", "rows 20, seq 32: 20", "all rows, seq 64: 0"}; !slices.Equal(starts, want) {
		t.Errorf("lines start %q, want %q", starts, want)
	}
	var many []sweep.Run
	for n := range 30 {
		many = append(many, of(n+1, 64, 1))
	}
	if lines := report.RowsLines(many); len(lines) != 9 || lines[8] != "and 22 more settings of the rows" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if lines := report.RowsLines([]sweep.Run{{Params: sweep.Defaults()}}); lines != nil {
		t.Errorf("of a run whose rows are not known: %q", lines)
	}
}
