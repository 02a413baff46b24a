package sweep

import "fmt"

// exclusion drops the cells that an [[exclude]] names, or a [[require]] does
// not.
type exclusion struct {
	at       place
	where    *Filter
	required bool // of a [[require]]
}

func (r exclusion) sets() string    { return "" }
func (r exclusion) reads() []string { return r.where.names() }

func (r exclusion) problem() Problem {
	p := r.at.problem()
	p.Given = tomlText(r.where.text)
	return p
}

func (r exclusion) apply(c *cell) string {
	holds, fault := r.where.holds(c.params)
	c.dropped = holds != r.required
	return fault
}

// decodeExclusions returns the [[exclude]] and the [[require]] in s.
func (d *decoder) decodeExclusions(s section) (exclusions []exclusion) {
	for _, header := range []string{"exclude", "require"} {
		for _, table := range d.subtables(s, header) {
			for _, name := range table.names() {
				if name != "where" {
					d.noteUnknown(table, name, "where")
				}
			}
			if where, ok := d.condition(table); ok {
				exclusions = append(exclusions, exclusion{place{d.file, table.key("where")}, where, header == "require"})
			}
		}
	}
	return exclusions
}

// condition compiles what stands under where in a table.
func (d *decoder) condition(table section) (where *Filter, ok bool) {
	const allowed = `a condition in quotes, such as "` + conditionExample + `"`
	key, raw := table.key("where"), table.values["where"]
	if raw == nil {
		d.note(Problem{Key: key, Line: d.lines[table.path], Fault: "is missing", Allowed: allowed})
		return nil, false
	}
	text, ok := raw.(string)
	if !ok {
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: "is no condition", Allowed: allowed})
		return nil, false
	}
	where, at, fault := newFilter(text, parameterColumns())
	if fault != "" {
		if at > 0 {
			fault = fmt.Sprintf("column %d: %s", at, fault)
		}
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: "is no condition: " + fault, Allowed: allowed})
		return nil, false
	}
	return where, true
}
