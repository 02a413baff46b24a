package foreign

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/regular"
)

// maxTable bounds the size of a table.
const maxTable = 1 << 30

// table is a CSV file or JSON lines.
type table struct {
	file, hash string
	header     []string
	rows       []row
}

// row is a line of a table: what it has of each column, nil where that is nothing.
type row struct {
	line  int
	cells []any
}

// readTables reads tables, which may tell of the same runs: one the curves, another what
// they were trained with.
func (r *reading) readTables(files []string) {
	m := merged{reading: r, runs: map[string]*record{}, settings: map[*record]map[string]*varying{}}
	for _, file := range files {
		t, err := r.readTable(file)
		if err != nil {
			r.problems = append(r.problems, problemIn(file, err))
			continue
		}
		r.kinds = append(r.kinds, "table")
		m.add(t)
	}
	m.finish()
}

func (r *reading) readTable(file string) (table, error) {
	text, err := regular.Read(file, maxTable)
	if err != nil {
		return table{}, err
	}
	sum := sha256.Sum256(text)
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	t := table{file: file, hash: hex.EncodeToString(sum[:])}
	if strings.ToLower(filepath.Ext(file)) == ".csv" {
		err = r.readCSV(&t, text)
	} else {
		err = r.readLines(&t, text)
	}
	if err == nil && len(t.rows) == 0 {
		err = errors.New("it has no rows")
	}
	return t, err
}

func (r *reading) readCSV(t *table, text []byte) error {
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = -1
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if syntax, ok := errors.AsType[*csv.ParseError](err); ok {
			return &lineError{syntax.Line, syntax.Err}
		}
		if err != nil {
			return err
		}
		line, _ := in.FieldPos(0)
		if t.header == nil {
			t.header = fields
			continue
		}
		if len(fields) != len(t.header) {
			if atEnd := int(in.InputOffset()) == len(text); atEnd && !bytes.HasSuffix(text, []byte{'\n'}) && len(fields) < len(t.header) {
				r.note("%s:%d: the last line is cut off and left out", t.file, line)
				continue
			}
			return &lineError{line, fmt.Errorf("there are %d fields, where the header has %d", len(fields), len(t.header))}
		}
		cells := make([]any, len(fields))
		for i, text := range fields {
			if text != "" {
				cells[i] = scalar(text)
			}
		}
		t.rows = append(t.rows, row{line, cells})
	}
}

func (r *reading) readLines(t *table, text []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<26)
	columns := map[string]int{}
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(quoteNumbers(line)))
		d.UseNumber()
		var object map[string]any
		if err := d.Decode(&object); err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) && bytes.HasSuffix(text, lines.Bytes()) {
				r.note("%s:%d: the last line is cut off and left out", t.file, number)
				continue
			}
			return &lineError{number, jsonFault(err)}
		}
		flat := map[string]any{}
		flatten(flat, "", object)
		cells := make([]any, len(t.header), len(t.header)+len(flat))
		for _, name := range slices.Sorted(maps.Keys(flat)) {
			at, known := columns[name]
			if !known {
				at = len(t.header)
				columns[name] = at
				t.header, cells = append(t.header, name), append(cells, nil)
			}
			cells[at] = flat[name]
		}
		t.rows = append(t.rows, row{number, cells})
	}
	return lines.Err()
}

// flatten adds the members of an object, those of an object in it as config.lr.
func flatten(flat map[string]any, prefix string, object map[string]any) {
	for name, v := range object {
		if inner, ok := v.(map[string]any); ok {
			flatten(flat, prefix+name+".", inner)
			continue
		}
		flat[prefix+name] = fromJSON(v)
	}
}

// at is a cell, nil where the row has none.
func (r row) at(column int) any {
	if column < 0 || column >= len(r.cells) {
		return nil
	}
	return r.cells[column]
}

// merged is the runs that tables tell of, by name.
type merged struct {
	*reading
	runs     map[string]*record
	order    []*record
	settings map[*record]map[string]*varying // by column
}

// varying is what a column says of a run: its value, and whether it has several.
type varying struct {
	setting
	varies bool
}

func (m *merged) run(name string, t table, line int) *record {
	rec := m.runs[name]
	if rec == nil {
		rec = newRecord(name, t.file)
		rec.hash, rec.line = t.hash, line
		m.runs[name] = rec
		m.order = append(m.order, rec)
		m.settings[rec] = map[string]*varying{}
	}
	return rec
}

// add adds what a table tells.
func (m *merged) add(t table) {
	if m.addWide(t) {
		return
	}
	names := make([]string, len(t.header))
	for i, column := range t.header {
		names[i] = m.meaning(column)
	}
	run, step := oneOf(names, runNames), oneOf(names, stepNames)
	state, seconds := oneOf(names, stateNames), oneOf(names, secondsNames)
	if slices.Contains(names, "value") && slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "params_") }) {
		m.problems = append(m.problems, Problem{t.file, 1, "column value: say what Optuna's objective is, such as --as value=eval_loss"})
	}
	seen := map[string]bool{}
	for i, row := range t.rows {
		name := m.nameOf(t, row, run, step, i)
		if name == "" {
			m.problems = append(m.problems, Problem{t.file, row.line, "the row names no run in column " + t.header[run]})
			continue
		}
		if step < 0 && seen[name] {
			m.reject(m.run(name, t, row.line), Problem{t.file, row.line, fmt.Sprintf("run %s has two rows, and there is no column step that tells them apart", name)})
			continue
		}
		seen[name] = true
		rec := m.run(name, t, row.line)
		for column, v := range row.cells {
			switch {
			case v == nil || column == run || column == step:
			case column == state:
				rec.state = textOf(v)
			case column == seconds:
				if x, ok := numberOf(v); ok {
					rec.seconds = x
				}
			case measureOf(names[column]) != "":
				m.measured(rec, t, row, column, step, measureOf(names[column]))
			case t.header[column] != "":
				m.set(rec, setting{names[column], v, t.file, row.line})
			}
		}
	}
}

// nameOf is the run of a row, "" where a column should say it and does not.
func (m *merged) nameOf(t table, row row, run, step, i int) string {
	switch {
	case run >= 0 && row.at(run) == nil:
		return ""
	case run >= 0:
		return textOf(row.at(run))
	case step >= 0:
		return strings.TrimSuffix(filepath.Base(t.file), filepath.Ext(t.file))
	default:
		return fmt.Sprintf("row %d", i+1)
	}
}

// oneOf is the column with the first of some names that there is, -1 without any.
func oneOf(columns, names []string) int {
	for _, name := range names {
		if i := slices.IndexFunc(columns, func(c string) bool { return sweep.PlainName(c) == name }); i >= 0 {
			return i
		}
	}
	return -1
}

// measured notes what a row measures.
func (m *merged) measured(rec *record, t table, row row, column, step int, q sweep.Quantity) {
	x, ok := numberOf(row.at(column))
	if !ok {
		m.reject(rec, Problem{t.file, row.line, fmt.Sprintf("%s is %s, which is no number", t.header[column], textOf(row.at(column)))})
		return
	}
	if step < 0 {
		rec.final[q] = x
		return
	}
	at, ok := numberOf(row.at(step))
	if !ok || at < 0 || at != float64(int(at)) {
		m.reject(rec, Problem{t.file, row.line, fmt.Sprintf("the step is %s, which is no whole number of at least 0", textOf(row.at(step)))})
		return
	}
	if len(rec.points) == 0 {
		rec.file, rec.hash, rec.line = t.file, t.hash, row.line
	}
	if rec.measure(q, int(at), x) {
		m.reject(rec, Problem{t.file, row.line, fmt.Sprintf("run %s has another %s at step %d further up; are two runs of one name?", rec.name, q, int(at))})
	}
}

// set notes a value that a run may have been trained with: one that stays the same.
func (m *merged) set(rec *record, s setting) {
	known := m.settings[rec][s.name]
	if known == nil {
		m.settings[rec][s.name] = &varying{setting: s}
		return
	}
	known.varies = known.varies || textOf(known.value) != textOf(s.value)
}

// addWide adds a table as W&B exports a chart: a column for each run and quantity,
// "a8-s0 - eval/loss", beside the steps. It reports whether the table is one.
func (m *merged) addWide(t table) bool {
	type wide struct {
		run string
		q   sweep.Quantity
	}
	columns := map[int]wide{}
	for i, name := range t.header {
		run, what, found := cutLast(name, " - ")
		if q := measureOf(m.meaning(what)); found && q != "" {
			columns[i] = wide{run, q}
		}
	}
	if len(columns) == 0 {
		return false
	}
	names := make([]string, len(t.header))
	for i, name := range t.header {
		names[i] = m.meaning(name)
		_, isOne := columns[i]
		if _, what, found := cutLast(name, " - "); !isOne && found {
			m.leave(what)
		}
	}
	step := oneOf(names, stepNames)
	if step < 0 {
		m.problems = append(m.problems, Problem{t.file, 1, fmt.Sprintf("there is no column of steps; --as %q=step says which one is", t.header[0])})
		return true
	}
	for _, row := range t.rows {
		for i := range t.header {
			if column, ok := columns[i]; ok && row.at(i) != nil {
				m.measured(m.run(column.run, t, row.line), t, row, i, step, column.q)
			}
		}
	}
	return true
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}

// finish gives the runs their settings: what stays the same in each.
func (m *merged) finish() {
	changing := map[string]bool{}
	for _, settings := range m.settings {
		for name, v := range settings {
			if v.varies {
				changing[name] = true
			}
		}
	}
	for _, rec := range m.order {
		for _, name := range slices.Sorted(maps.Keys(m.settings[rec])) {
			if changing[name] {
				m.leave(name)
				continue
			}
			rec.settings = append(rec.settings, m.settings[rec][name].setting)
		}
		m.records = append(m.records, rec)
	}
}
