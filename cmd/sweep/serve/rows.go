package serve

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// columnPart is a column of the table.
type columnPart struct {
	Name    string `json:"name"`
	Doc     string `json:"doc"`
	Numeric bool   `json:"numeric"`
	Axis    bool   `json:"axis"` // the grid varies it
}

// usual are the columns that a table has beside the axes.
func usual() (before, after []string) {
	return []string{"run", "state"}, []string{"trained", "last_loss", "loss", "eval_loss", "match", "tokens_per_second", "seconds", "attempt", "copy_of", "tags", "note", "error"}
}

// tableColumns are the columns of runs: what varies, and what came of them. A row has the
// run's key before them.
func tableColumns(s *snapshot) []sweep.Column {
	before, after := usual()
	var axes []string
	for _, axis := range s.axes() {
		axes = append(axes, axis.Name)
	}
	own := sweep.OwnColumns(s.results)
	all := sweep.Columns(own...)
	var columns []sweep.Column
	for _, name := range slices.Concat(before, axes, after) {
		i := slices.IndexFunc(all, func(c sweep.Column) bool { return c.Name == name })
		if i >= 0 && !slices.ContainsFunc(columns, func(c sweep.Column) bool { return c.Name == name }) {
			columns = append(columns, all[i])
		}
	}
	for _, c := range own {
		if !slices.ContainsFunc(columns, func(have sweep.Column) bool { return have.Name == c.Name }) {
			columns = append(columns, c)
		}
	}
	return columns
}

// columnParts describe columns.
func columnParts(s *snapshot, columns []sweep.Column) []columnPart {
	parts := make([]columnPart, len(columns))
	for i, c := range columns {
		parts[i] = columnPart{Name: c.Name, Doc: c.Doc, Axis: s.hasAxis(c.Name)}
		if len(s.results) > 0 {
			switch c.Value(s.results[0]).(type) {
			case int, float64:
				parts[i].Numeric = true
			}
		}
	}
	return parts
}

// row is what a run has in each column, its key first. A nil stands for what is not there.
func row(r *sweep.Result, columns []sweep.Column) []any {
	cells := make([]any, 0, len(columns)+1)
	cells = append(cells, r.Key)
	for _, c := range columns {
		if !c.Known(*r) {
			cells = append(cells, nil)
			continue
		}
		switch v := c.Value(*r).(type) {
		case float64:
			cells = append(cells, number(v))
		case string:
			cells = append(cells, shown(v))
		default:
			cells = append(cells, v)
		}
	}
	return cells
}

// shown is a text from the store as a page may show it: what would turn it around, or
// hide some of it, is escaped.
func shown(text string) string { return sweep.Visible(strings.ToValidUTF8(text, "\uFFFD")) }

// allShown is texts as a page may show them.
func allShown(texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = shown(text)
	}
	return all
}

// show puts together what pages have of runs, of which some have changed.
func (w *watch) show(s *snapshot, changed []int) {
	columns := tableColumns(s)
	named := func(a, b sweep.Column) bool { return a.Name == b.Name }
	if !slices.EqualFunc(columns, w.columns, named) {
		changed = changed[:0]
		for i := range s.results {
			changed = append(changed, i)
		}
	}
	w.columns = columns
	w.parts.begin()
	w.parts.put("columns", columnParts(s, columns))
	for _, i := range changed {
		w.parts.put(runPart(i), row(&s.results[i], columns))
	}
	w.parts.keepFirst("run/", len(s.results))
	w.parts.put("progress", progressOf(s))
	w.parts.put("sweep", newSweepPart(s))
}

// runPart is the name of the part that is a run's row.
func runPart(place int) string { return "run/" + strconv.Itoa(place) }

// sweepPart is what a sweep asks.
type sweepPart struct {
	Name     string     `json:"name"`
	Question string     `json:"question"`
	Saved    int64      `json:"saved"` // Unix seconds
	Note     string     `json:"note"`
	Tags     []string   `json:"tags"`
	Imported string     `json:"imported"`
	Train    string     `json:"train"`
	Next     string     `json:"next"`
	Report   string     `json:"report"`
	Axes     []axisPart `json:"axes"`
	Arms     []string   `json:"arms"`    // where there are several, in order: what curves can be sorted by, too
	Metrics  []string   `json:"metrics"` // that runs can be compared by
	Steps    int        `json:"steps"`   // of the longest run
}

// axisPart is a parameter that varies.
type axisPart struct {
	Name    string   `json:"name"`
	Values  []string `json:"values"`
	Numeric bool     `json:"numeric"`
}

func newAxisPart(axis analysis.Axis) axisPart {
	p := axisPart{Name: axis.Name, Numeric: axis.Numeric()}
	for _, v := range axis.Values {
		p.Values = append(p.Values, shown(v.Text))
	}
	return p
}

func newSweepPart(s *snapshot) sweepPart {
	p := sweepPart{
		Name: shown(s.saved.Name), Question: shown(s.saved.Question), Saved: s.saved.Saved.Unix(), Note: shown(s.note.Text), Tags: allShown(s.note.Tags),
		Imported: shown(s.grid.Imported), Train: shown(s.grid.Train), Next: shown(s.grid.Next), Report: shown(s.grid.Report), Axes: []axisPart{}, Arms: allShown(s.arms()), Metrics: metricsOf(s.results),
	}
	for _, axis := range s.axes() {
		p.Axes = append(p.Axes, newAxisPart(axis))
	}
	for i := range s.results {
		p.Steps = max(p.Steps, s.results[i].Params.Steps, s.results[i].Steps)
	}
	return p
}

// metricsOf are what runs can be compared by: the loss, and what else some of them have.
func metricsOf(results []sweep.Result) []string {
	metrics := []string{"loss"}
	var measures []string
	judged := false
	for i := range results {
		judged = judged || results[i].Match.Known()
		for _, m := range results[i].Measures {
			if !math.IsNaN(m.Value) {
				measures = append(measures, m.Name)
			}
		}
	}
	if judged {
		metrics = append(metrics, string(sweep.MetricMatch))
	}
	slices.Sort(measures)
	return append(metrics, slices.Compact(measures)...)
}
