package grid

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
)

// counts holds how many rows there are to train on, or sequences of packed rows, by
// the settings that decide it.
type counts map[string]int

// countedBy writes the settings that decide how many rows there are.
func countedBy(p *sweep.Params) string {
	var b strings.Builder
	for _, q := range sweep.ParametersWith(sweep.RoleRows) {
		b.WriteString(q.Canonical(q.Value(*p)) + "\n")
	}
	return b.String()
}

// counting gives steps what epochs comes to. Where the rows are not counted yet, steps is
// unknown.
type counting struct{ rows counts }

func (r counting) sets() string { return "steps" }

func (r counting) reads() []string {
	return append([]string{"epochs", "batch", "accumulate"}, parameterNames(sweep.ParametersWith(sweep.RoleRows))...)
}

func (r counting) problem() Problem { return Problem{Key: "epochs"} }

func (r counting) apply(c *cell) error {
	p := &c.params
	if p.Epochs == 0 {
		return nil
	}
	rows, known := r.rows[countedBy(p)]
	if !known {
		c.unknown = append(c.unknown, "steps")
		return nil
	}
	return setWhole(p, "steps", math.Ceil(p.Epochs*float64(rows)/float64(p.StepRows())))
}

// sharing gives warmup what warmup_ratio comes to, rounded up as transformers does.
type sharing struct{}

func (r sharing) sets() string     { return "warmup" }
func (r sharing) reads() []string  { return []string{"warmup_ratio", "steps"} }
func (r sharing) problem() Problem { return Problem{Key: "warmup_ratio"} }

func (r sharing) apply(c *cell) error {
	if c.params.WarmupRatio == 0 {
		return nil
	}
	return setWhole(&c.params, "warmup", math.Ceil(c.params.WarmupRatio*float64(c.params.Steps)))
}

// setWhole gives a parameter a number that was worked out.
func setWhole(p *sweep.Params, name string, x float64) error {
	q, err := sweep.LookupParameter(name)
	if err != nil {
		return err
	}
	v, err := q.Convert(x)
	if err != nil {
		return fmt.Errorf("makes %s %s, which %w; allowed: %s", name, sweep.FormatValue(x), err, q.Allowed())
	}
	q.Set(p, v)
	return nil
}

// deciding returns the rule by which a parameter decides another, nil if it decides
// none.
func deciding(q sweep.Parameter, rows counts) rule {
	switch q.Decides {
	case "steps":
		return counting{rows}
	case "warmup":
		return sharing{}
	default:
		return nil
	}
}

// otherThan returns the parameter that is set in place of the one of that name, "" if
// there is none.
func otherThan(name string) string {
	for _, q := range sweep.Parameters() {
		switch {
		case q.Decides == "":
		case q.Name == name:
			return q.Decides
		case q.Decides == name:
			return q.Name
		}
	}
	return ""
}

// refuseBoth notes the parameters that are set beside one that decides them.
func (d *decoder) refuseBoth(set settings) {
	keys := set.keys()
	for _, q := range d.parameters {
		at, sets := keys[q.Name]
		if _, both := keys[q.Decides]; q.Decides == "" || !sets || !both {
			continue
		}
		p := at.problem()
		p.Fault = fmt.Sprintf("stands beside %s, which it decides; keep one of the two", q.Decides)
		d.noteOnce(p)
	}
}

// uncounted returns a cell for each setting of the rows that are not counted yet, though
// the steps of runs depend on it. Cells of rules that fail are left out: what is wrong
// with them was noted, or is once the rows are counted.
func (s *Spec) uncounted() (cells []sweep.Params) {
	seen := map[string]bool{}
	names := append([]string{"epochs"}, parameterNames(sweep.ParametersWith(sweep.RoleRows))...)
	for k := range s.Arms {
		if !s.Arms[k].countsRows() {
			continue
		}
		slice := s.Arms[k].slice(names...)
		for i := 0; float64(i) < min(slice.size(), maxCells); i++ {
			c, _, err := slice.cell(i)
			if c.dropped || err != nil || c.params.Epochs == 0 {
				continue
			}
			id := countedBy(&c.params)
			if _, known := s.counts[id]; !known && !seen[id] {
				seen[id] = true
				cells = append(cells, c.params)
			}
		}
	}
	return cells
}

// countsRows reports whether the arm has steps that epochs decides: a command reads rows
// that nobody counts.
func (a *Arm) countsRows() bool {
	_, set := a.keys["epochs"]
	return set && a.Fixed.Command == nil
}

// withCounts returns the grid with how many rows its runs train on, where epochs decides
// their steps; the inspector counts them. Source then ends with these numbers, each as
// [[counted]], so that it means the same when the rows have changed.
func (s *Spec) withCounts(inspector sweep.Inspector) (*Spec, error) {
	reader, ok := inspector.(sweep.RowReader)
	if !ok {
		return nil, fmt.Errorf("%s: epochs: nobody counts the rows here; set steps", s.File)
	}
	var errs []error
	text := s.Source
	for _, p := range s.uncounted() {
		rows, err := reader.Rows(p)
		errs = append(errs, err)
		if err == nil {
			text += "\n" + s.countedTable(p, rows.Units())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return DecodeSpec(strings.NewReader(text), s.File)
}

// compareCounts refuses a [[counted]] that differs from the rows.
func (s *Spec) compareCounts(inspector sweep.Inspector) error {
	reader, ok := inspector.(sweep.RowReader)
	if !ok {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(s.counts)) {
		p := s.counted[id]
		if rows, err := reader.Rows(p); err == nil && rows.Units() != s.counts[id] {
			return fmt.Errorf("%s: [[counted]] says that there are %d rows to train on of %s, and there are %d; take the table out", s.File, s.counts[id], p.Data, rows.Units())
		}
	}
	return nil
}

// countedTable returns the [[counted]] of the rows of a run.
func (s *Spec) countedTable(p sweep.Params, rows int) string {
	var b strings.Builder
	b.WriteString("# How many rows there are to train on, as they were read.\n[[counted]]\n")
	for _, q := range sweep.ParametersWith(sweep.RoleRows) {
		v := q.Value(p)
		if path, ok := v.(string); ok && q.Kind == sweep.KindPath {
			v = s.named(path)
		}
		writeLine(&b, q, tomlText(v))
	}
	fmt.Fprintf(&b, "units = %d\n", rows)
	return b.String()
}

// named is a path as the grid file has it.
func (s *Spec) named(path string) string {
	if path == "" || strings.HasPrefix(path, "builtin:") || filepath.IsAbs(path) || sweep.IsHubName(path) {
		return path
	}
	return (&library{folder: filepath.Dir(s.File)}).name(path)
}

// decodeCounted reads the [[counted]] tables of a grid.
func (d *decoder) decodeCounted(root section) {
	known := sweep.ParametersWith(sweep.RoleRows)
	for _, table := range d.subtables(root, "counted") {
		p, units := sweep.Defaults(), 0
		for _, name := range table.names() {
			key, raw := table.key(name), table.values[name]
			i := slices.IndexFunc(known, func(q sweep.Parameter) bool { return q.Name == name })
			n, whole := raw.(int64)
			switch {
			case name == "units" && whole && n > 0:
				units = int(n)
			case i < 0:
				d.noteUnknown(table, name, append([]string{"units"}, parameterNames(known)...)...)
			default:
				v, err := known[i].Convert(raw)
				if err != nil {
					d.note(valueProblem(known[i], key, raw, err))
					continue
				}
				known[i].Set(&p, d.resolve(known[i], v))
			}
		}
		if units == 0 {
			d.note(Problem{Key: table.key("units"), Fault: "is missing", Allowed: "how many rows there are"})
			continue
		}
		id := countedBy(&p)
		d.library.counts[id], d.library.counted[id] = units, p
	}
}
