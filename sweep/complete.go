package sweep

import (
	"iter"
	"slices"
)

// Complete returns the results with the Params of cells that were never begun
// filled in, so that they can be grouped with the others: a store knows such
// cells by name alone. Paths are written as in the cells that were begun, since
// the grid may since have been read from another folder. What is Unused in a run
// is as this grid has it, since the run may have been trained for another cell. A
// name that the grid does not have is left as it is.
func (s *Spec) Complete(results []Result) []Result {
	find := s.finder()
	paths := pathParameters()
	begun := map[string]string{} // a path as the grid is read here, to the same in results
	var never []int              // places of the cells that were never begun
	completed := slices.Clone(results)
	encoding := newEncoding(Parameters())
	for i := range completed {
		p := &completed[i].Params
		cell, ok := find(completed[i].Name)
		switch {
		case !ok:
		case p.Model == "":
			*p = cell
			never = append(never, i)
		default:
			for k := range paths {
				begun[*paths[k].path(&cell)] = *paths[k].path(p)
			}
			encoding.adopt(p, &cell)
		}
	}
	for _, i := range never {
		for k := range paths {
			path := paths[k].path(&completed[i].Params)
			if known, ok := begun[*path]; ok {
				*path = known
			}
		}
	}
	return completed
}

// CompleteCell is Complete for one cell that was never begun, of the cells that
// were begun the last of the plan first: it reads no more of them than it needs.
func (s *Spec) CompleteCell(never Result, begun iter.Seq2[Result, error]) (Result, error) {
	find := s.finder()
	cell, ok := find(never.Name)
	if !ok {
		return never, nil
	}
	paths := pathParameters()
	missing := map[string]bool{} // paths of the cell that no other of those read has
	for k := range paths {
		missing[*paths[k].path(&cell)] = true
	}
	results := []Result{never}
	for r, err := range begun {
		if err != nil {
			return never, err
		}
		at, ok := find(r.Name)
		tells := false
		for k := range paths {
			if path := *paths[k].path(&at); ok && missing[path] {
				tells = true
				delete(missing, path)
			}
		}
		if tells {
			results = append(results, r)
		}
		if len(missing) == 0 {
			break
		}
	}
	slices.Reverse(results) // into the order of the plan, but for the cell itself
	return s.Complete(results)[len(results)-1], nil
}

// adopt makes p the settings of a cell, if its run is that of p: the two may differ
// in what is unused. Paths stay p's.
func (e encoding) adopt(p, cell *Params) {
	differs := false
	for i := range e.all {
		q := &e.all[i] // which is large, and this is done for every run
		differs = differs || q.Kind != Path && !equals(q.field(cell), q.value(p))
	}
	if !differs {
		return
	}
	here := *cell
	for i := range e.all {
		if q := &e.all[i]; q.Kind == Path {
			*q.path(&here) = *q.path(p)
		}
	}
	if string(e.text(&here)) == string(e.text(p)) {
		*p = here
	}
}

func pathParameters() []Parameter {
	return slices.DeleteFunc(Parameters(), func(q Parameter) bool { return q.Kind != Path })
}

// path points to the value of a parameter that is a Path.
func (q *Parameter) path(p *Params) *string { return q.field(p).(*string) }
