package grid

import (
	"iter"
	"maps"
	"slices"

	"sweep/sweep"
)

// Complete returns the results with Params for the cells that were never begun, so
// that they can be grouped with the others: see Completion.
func (s *Spec) Complete(results []sweep.Result) []sweep.Result {
	c := s.Completion(func(yield func(sweep.Result, error) bool) {
		for i := len(results) - 1; i >= 0; i-- {
			if results[i].Params.Model != "" && !yield(results[i], nil) {
				return
			}
		}
	})
	completed := slices.Clone(results)
	for i := range completed {
		_ = c.Complete(&completed[i]) // begun has no errors
	}
	return completed
}

// Completion fills in the Params of cells that were never begun. A store has only the
// names of these.
type Completion struct {
	find    func(name string) (sweep.Params, bool)
	begun   iter.Seq2[sweep.Result, error]
	encoder sweep.Encoder
	paths   []sweep.Parameter
	written map[string]string // how begun writes paths, by how the grid does as it is read now
}

// Completion returns the Completion for the grid's cells. Begun yields the cells that
// were begun, the last first. It may be read several times, and not always to its end.
func (s *Spec) Completion(begun iter.Seq2[sweep.Result, error]) *Completion {
	return &Completion{s.finder(), begun, sweep.NewEncoder(sweep.Parameters()), pathParameters(), map[string]string{}}
}

// Complete gives a cell that was never begun its Params. Its paths are written as in
// the last cell that was begun and has them, since the grid may now be read from
// another folder. In a cell that was begun, parameters that are Unused get the values
// that this grid has, since the run may have been trained for another grid. A cell
// whose name is not in the grid stays as it is. The error is that of begun.
func (c *Completion) Complete(r *sweep.Result) error {
	cell, ok := c.find(r.Name)
	switch {
	case !ok:
	case r.Params.Model != "":
		c.encoder.Adopt(&r.Params, &cell)
		adoptCommits(&r.Params, &cell)
	default:
		if err := c.read(&cell); err != nil {
			return err
		}
		for k := range c.paths {
			path := c.paths[k].PathIn(&cell)
			*path = c.written[*path]
		}
		r.Params = cell
	}
	return nil
}

// read finds out how the cells that were begun write the paths of a cell. A path that
// none of them has is written as it is in the cell.
func (c *Completion) read(cell *sweep.Params) error {
	missing := map[string]string{}
	for k := range c.paths {
		path := *c.paths[k].PathIn(cell)
		if _, known := c.written[path]; !known {
			missing[path] = path
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found := map[string]bool{}
	for r, err := range c.begun {
		if err != nil {
			return err
		}
		at, ok := c.find(r.Name)
		var here []string
		for k := range c.paths {
			path := *c.paths[k].PathIn(&at)
			if _, wanted := missing[path]; ok && wanted && !found[path] {
				missing[path] = *c.paths[k].PathIn(&r.Params)
				here = append(here, path)
			}
		}
		for _, path := range here {
			found[path] = true
		}
		if len(found) == len(missing) {
			break
		}
	}
	maps.Copy(c.written, missing)
	return nil
}

func pathParameters() []sweep.Parameter {
	return slices.DeleteFunc(sweep.Parameters(), func(q sweep.Parameter) bool { return q.Kind != sweep.KindPath })
}
