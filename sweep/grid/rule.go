package grid

import (
	"fmt"
	"slices"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// rule sets a parameter of a cell, or drops the cell, by other parameters of it.
type rule interface {
	sets() string        // the parameter that it sets, "" if it only drops cells
	reads() []string     // names of parameters
	apply(c *cell) error // the error is a clause about the rule
	problem() Problem    // what to report if it fails, without the Fault
}

// inheritance gives a parameter the value of the one that it inherits.
type inheritance struct{ parameter sweep.Parameter }

func (r inheritance) sets() string     { return r.parameter.Name }
func (r inheritance) reads() []string  { return []string{r.parameter.Inherits} }
func (r inheritance) problem() Problem { return Problem{Key: r.parameter.Name} }

func (r inheritance) apply(c *cell) error {
	r.parameter.Set(&c.params, r.parameter.DefaultIn(&c.params))
	return nil
}

// adoption gives a parameter the value that the starting adapter was trained with. In
// cells without an adapter it keeps its default.
type adoption struct {
	parameter sweep.Parameter
	adapters  adapters
}

func (r adoption) sets() string     { return r.parameter.Name }
func (r adoption) reads() []string  { return []string{"adapter"} }
func (r adoption) problem() Problem { return Problem{Key: r.parameter.Name} }

func (r adoption) apply(c *cell) error {
	if own, known := r.adapters.settings(c.params.Adapter); known {
		r.parameter.Set(&c.params, r.parameter.Value(own))
	}
	return nil
}

// derivation is a formula of [derive].
type derivation struct {
	at        place
	parameter sweep.Parameter
	text      string
	formula   *filter.Formula
}

func (r derivation) sets() string { return r.parameter.Name }

func (r derivation) reads() []string { return r.formula.Reads() }

func (r derivation) problem() Problem {
	p := r.at.problem()
	p.Given, p.Allowed = tomlText(r.text), r.parameter.Allowed()
	return p
}

func (r derivation) apply(c *cell) error {
	x, err := r.formula.Evaluate(&c.params)
	if err != nil {
		return err
	}
	v, err := r.parameter.Convert(x)
	if err != nil {
		return fmt.Errorf("comes to %s, which %w", sweep.FormatValue(x), err)
	}
	r.parameter.Set(&c.params, v)
	return nil
}

// inOrder sorts rules so that each comes after those that set what it reads. Rules that
// drop cells come as early as possible, so that nothing is computed for cells that are
// dropped. If rules depend on one another in a circle, such as r, alpha, r, it returns
// that.
func inOrder(rules []rule) (sorted []rule, circle []string) {
	var path []string // of parameters that wait for the one looked at
	done := make([]bool, len(rules))
	var visit func(i int)
	visit = func(i int) {
		if done[i] || circle != nil {
			return
		}
		name := rules[i].sets()
		if at := slices.Index(path, name); at >= 0 {
			circle = append(slices.Clone(path[at:]), name)
			return
		}
		path = append(path, name)
		for k, other := range rules {
			if other.sets() != "" && slices.Contains(rules[i].reads(), other.sets()) {
				visit(k)
			}
		}
		path = path[:len(path)-1]
		done[i] = true
		sorted = append(sorted, rules[i])
	}
	for _, drops := range []bool{true, false} {
		for i, r := range rules {
			if (r.sets() == "") == drops {
				visit(i)
			}
		}
	}
	return sorted, circle
}
