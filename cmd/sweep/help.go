package main

import (
	"fmt"
	"strings"

	"sweep/sweep"
)

type helpCommand struct {
	Topic string `arg:"" enum:"params" help:"What to explain: params."`
}

// Run explains every parameter, each as it would stand in [fixed].
func (helpCommand) Run(out streams) error {
	var b strings.Builder
	b.WriteString(wrap("Each parameter stands in [fixed], or is an axis of [grid] with a list of values. "+
		"In place of a list of numbers: { pow2 = [1, 256] }, { log = [1e-4, 1e-1], points = 7 }, "+
		"{ linear = [0, 1], points = 5 } or { range = [0, 10], step = 2 }. Shown here are the defaults.", 79, "") + "\n")
	for _, q := range sweep.Parameters() {
		fmt.Fprintf(&b, "\n%s = %s\n", q.Name, defaultOf(q))
		fmt.Fprintln(&b, wrap("    "+q.Doc, 79, "    "))
		allowed := q.Allowed()
		if q.Unit != "" {
			allowed += "; unit: " + q.Unit
		}
		fmt.Fprintln(&b, wrap("    Allowed: "+allowed, 79, "    "))
	}
	_, err := fmt.Fprint(out.stdout, b.String())
	return err
}

// defaultOf is the value of a parameter, or the name of the one it inherits it
// from.
func defaultOf(q sweep.Parameter) string {
	if q.Inherits != "" {
		return q.Inherits
	}
	return inTOML(q.Default)
}

func inTOML(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		return `["` + strings.Join(v, `", "`) + `"]`
	default:
		return sweep.FormatValue(v)
	}
}
