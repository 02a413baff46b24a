package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"sweep/cmd/sweep/humanize"
	"sweep/store/export"
	"sweep/sweep"
)

// listing is a table: the names of its columns, and its rows. A nil stands for
// what is not there.
type listing struct {
	columns []string
	rows    [][]any
	caption string   // what the figures are, for people
	answer  []string // lines that stand above the table as they are, for people
	spare   []string // columns that a terminal which is too narrow goes without: those that are empty, then the first of them first
}

// output is how a command that lists writes.
type output struct {
	Output string `short:"o" enum:"table,json,csv" default:"table" help:"table, json or csv, in which a text that a spreadsheet would take for a formula has a ' before it (default: ${default})."`
}

// write writes the listing as a table for people, a JSON list of objects, or
// CSV.
func (o output) write(w io.Writer, l listing) error {
	switch o.Output {
	case "json":
		return l.writeJSON(direct(w))
	case "csv":
		return l.writeCSV(direct(w))
	default:
		return l.writeTable(w)
	}
}

// writeTable rounds figures and cuts short keys and other hashes, and lines
// that a terminal does not hold.
func (l listing) writeTable(w io.Writer) error {
	width, columns := terminalWidth(w), pageWidth(w)
	text := l.text()
	if width != nil {
		text = l.narrow(width())
	}
	for _, line := range l.answer {
		fmt.Fprintln(w, sweep.OneLine(line))
	}
	if len(l.answer) > 0 {
		fmt.Fprintln(w)
	}
	for line := range strings.Lines(text) {
		fmt.Fprintln(w, cut(strings.TrimRight(line, " \n"), width))
	}
	if l.caption != "" {
		fmt.Fprintln(w, wrap(l.caption, columns, ""))
	}
	return nil
}

// text is the table itself.
func (l listing) text() string {
	var b strings.Builder
	tabs := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tabs, strings.Join(l.columns, "\t"))
	for _, row := range l.rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = readable(v)
		}
		fmt.Fprintln(tabs, strings.Join(cells, "\t"))
	}
	_ = tabs.Flush() // a Builder has no errors
	return b.String()
}

// narrow is the table without as many of the spare columns as it takes to fit into
// some columns of a terminal, and a line that names them.
func (l listing) narrow(columns int) string {
	text := l.text()
	var gone []string
	for _, name := range append(slices.DeleteFunc(slices.Clone(l.spare), l.says), l.spare...) {
		if widest(text) <= columns {
			break
		}
		if !slices.Contains(l.columns, name) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(l.columns), func(other string) bool { return other == name })
		l, _ = l.pick(rest) // which are columns of it
		gone = append(gone, name)
		text = l.text()
	}
	if len(gone) > 0 {
		text += wrap("Not shown, for want of room: "+strings.Join(gone, ", ")+"; -o csv has all.", columns, "  ") + "\n"
	}
	return text
}

// says reports whether a column has anything in any row.
func (l listing) says(column string) bool {
	i := slices.Index(l.columns, column)
	return i >= 0 && slices.ContainsFunc(l.rows, func(row []any) bool { return row[i] != nil && row[i] != "" })
}

// widest is how many columns of a terminal the longest line takes.
func widest(text string) int {
	most := 0
	for line := range strings.Lines(text) {
		most = max(most, columnsOf(strings.TrimRight(line, " \n")))
	}
	return most
}

// sort sorts the rows by columns, separated by commas, the first one most; a
// '-' before a name puts the largest first. What is not there comes last,
// after what is NaN.
func (l *listing) sort(by string) error {
	if by == "" {
		return nil
	}
	for _, key := range slices.Backward(strings.Split(by, ",")) {
		name, descending := strings.CutPrefix(key, "-")
		i, err := l.index(name)
		if err != nil {
			return fmt.Errorf("--sort %s: %w", name, err)
		}
		slices.SortStableFunc(l.rows, func(a, b []any) int { return order(a[i], b[i], descending) })
	}
	return nil
}

// sortedBy are the columns that sort sorts by.
func sortedBy(by string) []string {
	names := strings.Split(by, ",")
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], "-")
	}
	return names
}

// order compares two values of a column.
func order(a, b any, descending bool) int {
	if n := cmp.Compare(missing(a), missing(b)); n != 0 || a == nil {
		return n
	}
	n := 0
	switch a := a.(type) {
	case float64:
		n = cmp.Compare(a, b.(float64))
	case int:
		n = cmp.Compare(a, b.(int))
	default:
		n = cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
	}
	if descending {
		return -n
	}
	return n
}

// missing is 2 for what is not there, 1 for a NaN, else 0.
func missing(v any) int {
	if v == nil {
		return 2
	}
	if x, ok := v.(float64); ok && math.IsNaN(x) {
		return 1
	}
	return 0
}

// present is a figure, or nil for a NaN that stands for none.
func present(x float64) any {
	if math.IsNaN(x) {
		return nil
	}
	return x
}

// pick returns the listing with the columns named.
func (l listing) pick(columns []string) (listing, error) {
	picked := listing{columns: columns, rows: make([][]any, len(l.rows)), caption: l.caption, answer: l.answer, spare: l.spare}
	places := make([]int, len(columns))
	for i, name := range columns {
		var err error
		if places[i], err = l.index(name); err != nil {
			return l, err
		}
	}
	for j, row := range l.rows {
		picked.rows[j] = make([]any, len(places))
		for i, place := range places {
			picked.rows[j][i] = row[place]
		}
	}
	return picked, nil
}

// index is the place of a column.
func (l listing) index(name string) (int, error) {
	if i := slices.Index(l.columns, name); i >= 0 {
		return i, nil
	}
	if known := sweep.Nearest(name, l.columns); known != "" {
		return 0, fmt.Errorf("there is no column %q here; did you mean %q?", name, known)
	}
	return 0, fmt.Errorf("there is no column %q here; there are %s", name, strings.Join(l.columns, ", "))
}

// isHash reports whether a text is a SHA-256 in hex.
func isHash(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

func readable(v any) string {
	x, ok := v.(float64)
	switch {
	case v == nil:
		return "-"
	case !ok:
		text := fmt.Sprint(v)
		if isHash(text) {
			return text[:12]
		}
		return sweep.OneLine(text)
	case math.Abs(x) >= 1000 && math.Abs(x) < 1e15:
		return humanize.Thousands(x)
	default:
		return strconv.FormatFloat(x, 'g', 4, 64)
	}
}

// writeCSV writes figures in full, and nothing for what is not there.
func (l listing) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	records := [][]string{l.columns}
	for _, row := range l.rows {
		record := make([]string, len(row))
		for i, v := range row {
			if v != nil {
				record[i] = sweep.CSVText(fmt.Sprint(v))
			}
		}
		records = append(records, record)
	}
	return out.WriteAll(records)
}

// writeJSON writes null for what is not there, and as texts what JSON has no
// number for.
func (l listing) writeJSON(w io.Writer) error {
	objects := make([]map[string]any, len(l.rows))
	for i, row := range l.rows {
		objects[i] = map[string]any{}
		for j, v := range row {
			if x, ok := v.(float64); ok {
				v = export.JSONNumber(x)
			}
			objects[i][l.columns[j]] = v
		}
	}
	text, err := json.MarshalIndent(objects, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(sweep.JSONText(text), '\n'))
	return err
}
