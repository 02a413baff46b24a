package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"sweep/sweep"
)

// csvTable writes figures in full, so that they come back to the bit, and texts
// as sweep.CSVText has them.
type csvTable struct {
	out    *csv.Writer
	record []string
}

func newCSV(w io.Writer, columns []column) (table, error) {
	t := &csvTable{csv.NewWriter(w), make([]string, len(columns))}
	for i, c := range columns {
		t.record[i] = sweep.CSVText(c.name) // that of a measure may be any
	}
	return t, t.out.Write(t.record)
}

func (t *csvTable) write(row []any) error {
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			t.record[i] = ""
		case float64:
			t.record[i] = strconv.FormatFloat(v, 'g', -1, 64)
		case string:
			t.record[i] = sweep.CSVText(v)
		default:
			t.record[i] = fmt.Sprint(v)
		}
	}
	return t.out.Write(t.record)
}

func (t *csvTable) close() error {
	t.out.Flush()
	return t.out.Error()
}

// jsonTable writes an object a line.
type jsonTable struct {
	out  *bufio.Writer
	keys []string // of the columns, quoted
	line []byte
}

func newJSONL(w io.Writer, columns []column) table {
	t := &jsonTable{out: bufio.NewWriter(w)}
	for _, c := range columns {
		t.keys = append(t.keys, strconv.Quote(c.name))
	}
	return t
}

func (t *jsonTable) write(row []any) error {
	t.line = append(t.line[:0], '{')
	for i, v := range row {
		if i > 0 {
			t.line = append(t.line, ',')
		}
		t.line = append(append(t.line, t.keys[i]...), ':')
		text, err := appendJSON(t.line, v)
		if err != nil {
			return err
		}
		t.line = text
	}
	_, err := t.out.Write(append(t.line, "}\n"...))
	return err
}

// JSONNumber is x, or the text that stands for what JSON has no number for, as
// in protocol buffers.
func JSONNumber(x float64) any {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 1):
		return "Infinity"
	case math.IsInf(x, -1):
		return "-Infinity"
	default:
		return x
	}
}

// appendJSON appends a value of a column.
func appendJSON(line []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case int:
		return strconv.AppendInt(line, int64(v), 10), nil
	case float64:
		if text, ok := JSONNumber(v).(string); ok {
			return strconv.AppendQuote(line, text), nil
		}
		return strconv.AppendFloat(line, v, 'g', -1, 64), nil
	}
	text, err := json.Marshal(v)
	return append(line, sweep.JSONText(text)...), err
}

func (t *jsonTable) close() error { return t.out.Flush() }
