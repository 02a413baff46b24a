package grid

import (
	"fmt"
	"slices"

	"sweep/sweep"
)

// undecidable warns of predictions that the grid cannot decide, whatever its runs come
// to.
func (d design) undecidable(predictions []prediction) (warnings []Warning) {
	for _, p := range predictions {
		var cells []designed
		for _, c := range d.cells {
			if at, err := p.side(sweep.Run{Name: c.name, Arm: c.arm, Params: *c.params}); err == nil && at != outside {
				cells = append(cells, c)
			}
		}
		warn := func(why, remedy string) {
			warnings = append(warnings, Warning{fmt.Sprintf("the prediction %q cannot be decided: %s", sweep.OneLine(p.Says), why), remedy})
		}
		q, _ := sweep.LookupPredictedQuantity(p.Quantity)
		if q.Form == sweep.CountOfBits {
			if len(cells) < 2 {
				warn("it is about one cell, which has no other to equal", "widen its condition")
			}
			continue
		}
		if n := d.countValues(cells, "lr"); q.AtBestLR && n < leastRates {
			warn(fmt.Sprintf("lr has %d of the %d values that a best one takes", n, leastRates), "give lr an axis there")
		}
		if p.Along != "" && d.countValues(cells, p.Along) < 2 {
			warn(p.Along+" has one value", "give "+p.Along+" an axis there")
		}
		if d.countValues(cells, "seed") < 2 {
			warn("one seed gives no interval", "add the axis seed = [0, 1, 2]")
		}
	}
	return warnings
}

// countValues is how many values of a parameter cells have.
func (d design) countValues(cells []designed, name string) int {
	i := slices.IndexFunc(d.parameters, func(q sweep.Parameter) bool { return q.Name == name })
	if i < 0 {
		return 0
	}
	q := d.parameters[i]
	seen := map[string]bool{}
	for _, c := range cells {
		seen[q.Canonical(q.Value(*c.params))] = true
	}
	return len(seen)
}
