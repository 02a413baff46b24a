package sweep

import "slices"

// Complete returns the results with the Params of cells that were never begun
// filled in, so that they can be grouped with the others: a store knows such
// cells by name alone. Paths are written as in the cells that were begun, since
// the grid may since have been read from another folder. What is Unused in a run
// is as this grid has it, since the run may have been trained for another cell. A
// name that the grid does not have is left as it is.
func (s *Spec) Complete(results []Result) []Result {
	cells := map[string]Params{}
	for name, p := range s.Cells() {
		cells[name] = p
	}
	paths := pathParameters()
	begun := map[string]string{} // a path as the grid is read here, to the same in results
	for _, r := range results {
		cell, ok := cells[r.Name]
		for _, path := range paths {
			if ok && r.Params.Model != "" {
				begun[path.Value(cell).(string)] = path.Value(r.Params).(string)
			}
		}
	}
	completed := slices.Clone(results)
	encoding := newEncoding(Parameters())
	for i, r := range results {
		switch cell, ok := cells[r.Name]; {
		case !ok:
		case r.Params.Model == "":
			completed[i].Params = rewritePaths(cell, paths, begun)
		default:
			completed[i].Params = encoding.asIn(r.Params, cell)
		}
	}
	return completed
}

// asIn returns the settings of a cell, if its run is that of p: the two may differ
// in what is unused. Paths are p's.
func (e encoding) asIn(p, cell Params) Params {
	differs := false
	for _, q := range e.all {
		if q.Kind == Path {
			q.Set(&cell, q.value(&p))
		} else {
			differs = differs || !equals(q.field(&cell), q.value(&p))
		}
	}
	if differs && string(e.text(&cell)) == string(e.text(&p)) {
		return cell
	}
	return p
}

func rewritePaths(p Params, paths []Parameter, to map[string]string) Params {
	for _, path := range paths {
		if known, ok := to[path.Value(p).(string)]; ok {
			path.Set(&p, known)
		}
	}
	return p
}

func pathParameters() []Parameter {
	return slices.DeleteFunc(Parameters(), func(q Parameter) bool { return q.Kind != Path })
}
