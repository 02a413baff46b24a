package grid

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

// Imported is runs that were trained elsewhere, as a sweep.
type Imported struct {
	Name, Question string
	From           string // where they were read, for people
	Runs           []sweep.Params
	Stated         []string // the names of parameters that are known of every run
}

// Describe returns the grid that has a cell for each run, and the names of these cells
// in the order of the runs. What varies are the axes of a product, where the runs are
// all of one, or else one [[zip]]. The grid has the key `imported`, which keeps it from
// being trained. Two runs with equal parameters are an error.
func (m Imported) Describe() (spec *Spec, names []string, err error) {
	file := m.Name + ".toml"
	spec, err = DecodeSpec(strings.NewReader(m.text()), file)
	if err != nil {
		return nil, nil, fmt.Errorf("write a grid of the imported runs: %w", err)
	}
	encoder := sweep.NewEncoder(sweep.Parameters())
	cells := map[string]string{}
	for name, p := range spec.Cells() {
		cells[string(encoder.Literal(&p))] = name
	}
	for i := range m.Runs {
		name, ok := cells[string(encoder.Literal(&m.Runs[i]))]
		if !ok {
			return nil, nil, fmt.Errorf("%s: no cell of the grid of the imported runs is run %d of %d", file, i+1, len(m.Runs))
		}
		if slices.Contains(names, name) {
			return nil, nil, fmt.Errorf("%s: two imported runs are cell %s", file, name)
		}
		names = append(names, name)
	}
	return spec, names, nil
}

// text writes the grid.
func (m Imported) text() string {
	var fixed, varied []sweep.Parameter
	for _, q := range sweep.Parameters() {
		switch {
		case !slices.Contains(m.Stated, q.Name), q.Decides != "":
		case len(m.values(q)) == 1:
			fixed = append(fixed, q)
		default:
			varied = append(varied, q)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "name     = %s\n", tomlText(m.Name))
	if m.Question != "" {
		fmt.Fprintf(&b, "question = %s\n", tomlText(m.Question))
	}
	fmt.Fprintf(&b, "imported = %s\n\n[fixed]\n", tomlText(m.From))
	for _, q := range fixed {
		writeLine(&b, q, tomlText(q.Value(m.Runs[0])))
	}
	if len(varied) == 0 {
		return b.String()
	}
	if m.isProduct(varied) {
		b.WriteString("\n[grid]\n")
		for _, q := range varied {
			writeLine(&b, q, tomlText(m.values(q)))
		}
		return b.String()
	}
	b.WriteString("\n[[zip]]\n")
	for _, q := range varied {
		column := make([]any, len(m.Runs))
		for i, p := range m.Runs {
			column[i] = listed(q.Value(p))
		}
		writeLine(&b, q, tomlText(column))
	}
	return b.String()
}

func writeLine(b *strings.Builder, q sweep.Parameter, value string) {
	fmt.Fprintf(b, "%-8s = %s\n", q.Name, value)
}

// values are those that the runs have of a parameter, each once, numbers ascending.
func (m Imported) values(q sweep.Parameter) []any {
	seen := map[string]bool{}
	var values []any
	for i := range m.Runs {
		v := q.Value(m.Runs[i])
		if id := q.Canonical(v); !seen[id] {
			seen[id] = true
			values = append(values, listed(v))
		}
	}
	if q.IsNumeric() {
		slices.SortFunc(values, func(a, b any) int {
			x, _ := sweep.Number(a)
			y, _ := sweep.Number(b)
			return cmp.Compare(x, y)
		})
	}
	return values
}

// listed returns a value of a parameter as TOML decodes it.
func listed(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case map[string]float64:
		all := map[string]any{}
		for key, x := range v {
			all[key] = x
		}
		return all
	case []string:
		if pattern, ok := sweep.TargetPattern(v); ok {
			return pattern
		}
		all := make([]any, len(v))
		for i, s := range v {
			all[i] = s
		}
		return all
	default:
		return v
	}
}

// isProduct reports whether the runs are all combinations of the values that vary.
func (m Imported) isProduct(varied []sweep.Parameter) bool {
	combinations := 1
	for _, q := range varied {
		if combinations *= len(m.values(q)); combinations > len(m.Runs) {
			return false
		}
	}
	return combinations == len(m.Runs)
}

// errImported refuses to train the grid of runs that were trained elsewhere.
var errImported = errors.New("its runs were trained elsewhere and imported, so they cannot be trained here; " +
	"a grid of another name with `include` of this one can")

// Trainable returns an error where the grid is that of runs that were trained elsewhere.
func (s *Spec) Trainable() error {
	if s.Imported == "" {
		return nil
	}
	return fmt.Errorf("%s, imported from %s: %w", s.File, s.Imported, errImported)
}
