package sweep

import (
	"fmt"
	"slices"
)

// rule sets one parameter of a cell from others of the same cell: by a formula
// of [derive], or, having none, by inheritance.
type rule struct {
	parameter Parameter
	reads     []string // names of parameters
	text      string   // of the formula
	formula   *formula
}

func (d derivation) rule() rule {
	r := rule{parameter: d.parameter, text: d.text, formula: d.formula}
	for _, q := range d.formula.reads {
		r.reads = append(r.reads, q.Name)
	}
	return r
}

// apply sets the parameter in p. A fault, as a clause about it, says why the
// formula's value is none that it takes.
func (r rule) apply(p *Params) (fault string) {
	if r.formula == nil {
		r.parameter.Set(p, r.parameter.defaultIn(p))
		return ""
	}
	x, fault := r.formula.evaluate(p)
	if fault != "" {
		return fault
	}
	v, fault := r.parameter.convert(x)
	if fault != "" {
		return fmt.Sprintf("comes to %s, which %s", formatNumber(x), fault)
	}
	r.parameter.Set(p, v)
	return ""
}

// inOrder sorts rules so that each comes after those that set what it reads. A
// circle, such as r, alpha, r, is returned where there is one.
func inOrder(rules []rule) (sorted []rule, circle []string) {
	var path []string // of rules that wait for the one looked at
	done := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.parameter.Name == name })
		if i < 0 || done[name] || circle != nil {
			return
		}
		if at := slices.Index(path, name); at >= 0 {
			circle = append(slices.Clone(path[at:]), name)
			return
		}
		path = append(path, name)
		for _, read := range rules[i].reads {
			visit(read)
		}
		path = path[:len(path)-1]
		done[name] = true
		sorted = append(sorted, rules[i])
	}
	for _, r := range rules {
		visit(r.parameter.Name)
	}
	return sorted, circle
}
