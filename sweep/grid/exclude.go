package grid

import (
	"sweep/sweep"
	"sweep/sweep/filter"
)

// exclusion drops the cells for which the condition of an [[exclude]] is true, or that
// of a [[require]] is false.
type exclusion struct {
	at       place
	where    *filter.Filter
	required bool // whether it is a [[require]]
}

func (r exclusion) sets() string    { return "" }
func (r exclusion) reads() []string { return r.where.Reads() }

func (r exclusion) problem() Problem {
	p := r.at.problem()
	p.Given = tomlText(r.where.String())
	return p
}

func (r exclusion) apply(c *cell) error {
	holds, err := r.where.Holds(c.params)
	c.dropped = holds != r.required
	return err
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

// condition compiles the condition in a table, which has the key where.
func (d *decoder) condition(table section) (where *filter.Filter, ok bool) {
	return d.compiled(table, filter.NewCondition)
}

// compiled is condition for conditions of any kind.
func (d *decoder) compiled(table section, compile func(string, ...sweep.Parameter) (*filter.Filter, error)) (where *filter.Filter, ok bool) {
	const allowed = `a condition in quotes, such as "` + filter.ConditionExample + `"`
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
	where, err := compile(text, d.library.customs()...)
	if err != nil {
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: "is no condition: " + err.Error(), Allowed: allowed})
		return nil, false
	}
	return where, true
}
