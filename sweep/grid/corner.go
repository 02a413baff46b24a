package grid

import (
	"sweep/sweep"
)

// Corners returns the part of the plan to try first: the cells at the ends of all
// axes, where runs are most likely to diverge and take the most memory and time. The
// ends of an axis of numbers are the least and the greatest, of a [[zip]] the first and
// the last point, of words all points, since these have no order, and of seeds the
// first. If all corners of an arm are excluded, its first and last cell are returned.
func (p *Plan) Corners() *Plan {
	encoder := sweep.NewEncoder(sweep.Parameters())
	at := map[string]bool{} // settings
	for i := range p.Spec.Arms {
		for _, params := range p.Spec.Arms[i].corners() {
			at[string(encoder.Text(&params))] = true
		}
	}
	corners := &Plan{Spec: p.Spec}
	keys := map[string]bool{}
	for _, run := range p.Runs {
		if at[string(encoder.Text(&run.Params))] {
			keys[run.Key] = true
			corners.Runs = append(corners.Runs, run)
		}
	}
	for _, c := range p.Cells {
		if keys[c.Key] {
			corners.Cells = append(corners.Cells, c)
		}
	}
	return corners
}

func (a *Arm) corners() (corners []sweep.Params) {
	ends := make([][]bool, len(a.Axes))
	for k, axis := range a.Axes {
		ends[k] = axis.ends()
	}
	var first, last *sweep.Params
	for i := range int(a.size()) {
		c, _, _ := a.cell(i)
		if c.dropped {
			continue
		}
		if last = &c.params; first == nil {
			first = last
		}
		corner := true
		for k, point := range c.at {
			corner = corner && (point < 0 || ends[k][point])
		}
		if corner {
			corners = append(corners, c.params)
		}
	}
	if corners == nil && first != nil {
		corners = []sweep.Params{*first, *last}
	}
	return corners
}

// ends reports for each point of the axis whether it is at an end.
func (a Axis) ends() []bool {
	ends := make([]bool, len(a.Points))
	q := a.Parameters[0]
	switch {
	case len(a.Parameters) > 1:
		ends[0], ends[len(ends)-1] = true, true
	case q.Has(sweep.RoleSeed):
		ends[0] = true
	case !q.IsNumeric():
		for i := range ends {
			ends[i] = true
		}
	default:
		least, greatest := 0, 0
		for i := range a.Points {
			if a.number(i) < a.number(least) {
				least = i
			}
			if a.number(i) > a.number(greatest) {
				greatest = i
			}
		}
		ends[least], ends[greatest] = true, true
	}
	return ends
}

// number returns the i-th point of an axis of one numeric parameter.
func (a Axis) number(i int) float64 {
	if n, whole := a.Points[i][0].(int); whole {
		return float64(n)
	}
	return a.Points[i][0].(float64)
}
