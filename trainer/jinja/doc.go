// Package jinja renders chat templates as Hugging Face transformers does: in the
// language of jinja2 3.1 with trim_blocks and lstrip_blocks, the loopcontrols
// extension, transformers' {% generation %}, and its raise_exception, strftime_now
// and tojson.
//
//	t, err := jinja.Parse(source)
//	out, err := t.Render(variables, date) // out.Text, out.Generated
//
// A template is a foreign program. It reads nothing but its variables, changes
// nothing, and is stopped at a number of steps, a number of bytes and a depth (see
// budget.go). What jinja2 has and this package lacks is refused by name, in Parse
// where that is possible. What raises an exception in jinja2 is an error here, never
// a text.
//
// Values are nil, bool, int, float64, string, *List and *Dict, which keeps the order
// of its keys, as a dict of Python does; see ParseJSON.
//
// A filter is an entry of filters.go, a test of tests.go, a method of a string or a
// dict of methods.go, and a statement a parser in statements.go with its node in
// nodes.go.
package jinja
