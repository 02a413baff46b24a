package plots

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
	"sweep/sweep/atomicfile"
)

// table is the numbers that a figure draws, in full.
type table struct {
	header []string
	rows   [][]string
}

// add appends a row of texts and numbers, a NaN as nothing.
func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, cell := range cells {
		switch x := cell.(type) {
		case float64:
			if !math.IsNaN(x) {
				row[i] = strconv.FormatFloat(x, 'g', -1, 64)
			}
		default:
			row[i] = sweep.CSVText(fmt.Sprint(x))
		}
	}
	t.rows = append(t.rows, row)
}

// WriteData writes the numbers that the figure draws as CSV, with a header.
func (f Figure) WriteData(w io.Writer) error {
	return csv.NewWriter(w).WriteAll(append([][]string{f.data.header}, f.data.rows...))
}

// SaveData writes the numbers that the figure draws to a CSV file.
func (f Figure) SaveData(path string) error {
	if err := atomicfile.Write(context.Background(), path, f.WriteData); err != nil {
		return fmt.Errorf("figure data: %w", err)
	}
	return nil
}

// valleyData has a row for each cell, with the best of its valley.
func valleyData(c analysis.Comparison, slices []analysis.Slice) table {
	name := column(c.Quantity)
	t := table{header: []string{
		"part", "by", "by_value", "over", "x", name, name + "_min", name + "_max", "done", "diverged", "best_x", "best_low", "best_high", "best_place",
	}}
	for _, s := range slices {
		for _, v := range s.ByLR {
			for _, cell := range v.Cells {
				low, high := cell.Range()
				t.add(fixedData(s.Fixed), c.By, v.By.Text, c.Over, cell.X.Text, cell.Mean(), low, high, cell.Tally.Done, cell.Tally.Diverged,
					v.Best.At, v.Best.Low, v.Best.High, string(v.Best.Place))
			}
		}
	}
	return t
}

// column is what a column of the quantity is called.
func column(q analysis.Quantity) string { return strings.ReplaceAll(q.Worded("loss"), " ", "_") }

// curveData has a row for each sample of each line.
func curveData(axis string, metric sweep.Metric, panels []analysis.Traces) table {
	t := table{header: []string{"part", "by", "by_value", "curve", "step", cmp.Or(string(metric), "loss")}}
	add := func(p analysis.Traces, l analysis.Line, curve string, samples []analysis.Sample) {
		for _, s := range samples {
			t.add(fixedData(p.Fixed), axis, l.By.Text, curve, s.Step, s.Loss)
		}
	}
	for _, p := range panels {
		for _, l := range p.Lines {
			add(p, l, cmp.Or(string(metric), "training"), l.Train)
			add(p, l, "evaluation", l.Eval)
			for i, run := range l.Diverged {
				add(p, l, fmt.Sprintf("diverged %d", i+1), run)
			}
			for i, run := range l.Partial {
				add(p, l, fmt.Sprintf("not ended %d", i+1), run)
			}
		}
	}
	return t
}

// fixedData says which part of a sweep a row belongs to.
func fixedData(fixed []analysis.Setting) string {
	text := ""
	for i, s := range fixed {
		if i > 0 {
			text += ", "
		}
		text += s.String()
	}
	return text
}
