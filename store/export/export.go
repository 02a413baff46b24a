// Package export writes runs, curves and the losses of held-out rows as tables that other programs read:
// CSV, JSON lines and Parquet; curves as the event files of TensorBoard, too.
//
//	err := export.Runs(w, export.Parquet, results)
//	err = export.Curves(w, export.CSV, results, func(key string) ([]sweep.Point, error) { ... })
//	err = export.TensorBoard(ctx, "logs", results, func(key string) ([]sweep.Point, error) { ... })
//
// What is not there, such as the training loss before the first step, is an
// empty field in CSV and null elsewhere. NaN and infinities are kept: as NaN,
// +Inf and -Inf in CSV, as the texts "NaN", "Infinity" and "-Infinity" in JSON,
// which has no such numbers, and as what they are in Parquet.
//
// The package knows the domain and the formats; it must not know where results
// are stored.
package export

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"sweep/sweep"
)

// Format is a way to write a table.
type Format string

// The formats, named as their files end.
const (
	CSV     Format = "csv"
	JSONL   Format = "jsonl"
	Parquet Format = "parquet"
)

// column is a column of a table and what it holds.
type column struct {
	name string
	kind kind
}

type kind int

const (
	text kind = iota
	whole
	real
	flag
)

// table takes rows in the order of its columns. A nil is a value that is not
// there; the others are a string, an int, a float64 or a bool, by the column's
// kind.
type table interface {
	write(row []any) error
	close() error
}

func newTable(w io.Writer, f Format, columns []column) (table, error) {
	switch f {
	case CSV:
		return newCSV(w, columns)
	case JSONL:
		return newJSONL(w, columns), nil
	case Parquet:
		return newParquet(w, columns), nil
	default:
		return nil, fmt.Errorf("%q is no format; allowed: csv, jsonl or parquet", f)
	}
}

// Curves writes a row for each point of each run's curve, in the order of the
// results and of the steps, with a column for each measure that any of them has. It asks
// for one curve at a time.
func Curves(w io.Writer, f Format, results []sweep.Result, curve func(key string) ([]sweep.Point, error)) error {
	columns := []column{{"run", text}, {"key", text}, {"step", whole}, {"loss", real}, {"grad_norm", real}, {"eval_loss", real}, {"match", real}}
	measures, err := measuresOf(results, curve)
	if err != nil {
		return err
	}
	columns = append(columns, measureColumns(measures, columns)...)
	t, err := newTable(w, f, columns)
	if err != nil {
		return fmt.Errorf("export curves: %w", err)
	}
	row := make([]any, len(columns))
	for _, r := range results {
		points, err := curve(r.Key)
		if err != nil {
			return err
		}
		row[0], row[1] = r.Name, r.Key
		for _, p := range points {
			setPoint(row[2:], p, r)
			setMeasures(row[7:], p.Measures, measures)
			if err := t.write(row); err != nil {
				return fmt.Errorf("export the curve of run %s: %w", r.Name, err)
			}
		}
	}
	return t.close()
}

// measuresOf is the names of the measures that the runs logged, ascending. Runs that have
// ended say which they are, and the others' curves do.
func measuresOf(results []sweep.Result, curve func(key string) ([]sweep.Point, error)) ([]string, error) {
	names := map[string]bool{}
	add := func(m sweep.Measures) {
		for _, measure := range m {
			names[measure.Name] = true
		}
	}
	for _, r := range results {
		add(r.Measures)
		if r.Params.Command == nil || r.State.Final() {
			continue
		}
		points, err := curve(r.Key)
		if err != nil {
			return nil, err
		}
		for _, p := range points {
			add(p.Measures)
		}
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// measureColumns are those of measures, beside other columns.
func measureColumns(measures []string, others []column) []column {
	var taken []string
	for _, c := range others {
		taken = append(taken, c.name)
	}
	columns := make([]column, len(measures))
	for i, name := range measures {
		columns[i] = column{sweep.ColumnOfMeasure(name, taken), real}
	}
	return columns
}

// setMeasures sets the values of measures by name, nil where there is none.
func setMeasures(row []any, m sweep.Measures, names []string) {
	for i, name := range names {
		row[i] = nil
		if x, has := m.Value(name); has {
			row[i] = x
		}
	}
}

// RowLosses writes a row for each held-out row of each result that has them: its place
// among the held-out rows, from 1, its loss in nats, how many of its tokens count and
// whether its completion is right. It asks for those of one run at a time.
func RowLosses(w io.Writer, f Format, results []sweep.Result, rowLosses func(key string) ([]sweep.RowLoss, error)) error {
	t, err := newTable(w, f, []column{{"run", text}, {"key", text}, {"row", whole}, {"nats", real}, {"tokens", whole}, {"match", flag}})
	if err != nil {
		return fmt.Errorf("export row losses: %w", err)
	}
	for _, r := range results {
		losses, err := rowLosses(r.Key)
		if err != nil {
			return err
		}
		for i, l := range losses {
			if err := t.write([]any{r.Name, r.Key, i + 1, l.Nats, l.Tokens, matchOf(l)}); err != nil {
				return fmt.Errorf("export the row losses of run %s: %w", r.Name, err)
			}
		}
	}
	return t.close()
}

// matchOf is whether the completion of a row is right, if that was judged.
func matchOf(l sweep.RowLoss) any {
	if l.Match == sweep.NotJudged {
		return nil
	}
	return l.Match == sweep.MatchRight
}

// setPoint sets step, loss, grad_norm, eval_loss and match. Step 0 has an evaluation
// only, the gradient norms of a copy may be unknown, and a run trained elsewhere has
// what was logged.
func setPoint(row []any, p sweep.Point, r sweep.Result) {
	row[0], row[1], row[2], row[3], row[4] = p.Step, nil, nil, nil, nil
	if p.HasLoss() {
		row[1] = p.Loss
	}
	if p.Step > 0 && !p.WithoutNorm && !(r.CopyOf != "" && math.IsNaN(p.GradNorm)) {
		row[2] = p.GradNorm
	}
	if p.Evaluated {
		row[3] = p.EvalLoss
	}
	if p.Match.Known() {
		row[4] = p.Match.Share()
	}
}

// Runs writes a row for each result: every column there is. What a run does not
// have, such as the figures of one that has not ended, is not there.
func Runs(w io.Writer, f Format, results []sweep.Result) error {
	facts := sweep.Columns(sweep.OwnColumns(results)...)
	columns := make([]column, len(facts))
	for i, fact := range facts {
		columns[i] = column{fact.Name, kindOf(fact.Value(sweep.Result{}))}
	}
	t, err := newTable(w, f, columns)
	if err != nil {
		return fmt.Errorf("export runs: %w", err)
	}
	row := make([]any, len(facts))
	for _, r := range results {
		for i, fact := range facts {
			if row[i] = nil; fact.Known(r) {
				row[i] = fact.Value(r)
			}
		}
		if err := t.write(row); err != nil {
			return fmt.Errorf("export run %s: %w", r.Name, err)
		}
	}
	return t.close()
}

func kindOf(v any) kind {
	switch v.(type) {
	case int:
		return whole
	case float64:
		return real
	case bool:
		return flag
	default:
		return text
	}
}
