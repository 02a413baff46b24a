package analysis

import (
	"slices"

	"sweep/sweep"
)

// Edges is how often the best learning rate is the lowest or the highest that
// was tried, where a lower loss may lie beyond.
type Edges struct {
	Low, High int
	Of        int      // settings with a best learning rate
	Add       Addition // what to try
}

// LREdges looks at the best learning rate of each value of by, in each slice of
// the results. One beside which a run has not finished is on no edge yet. There
// are none where lr does not vary or nothing has finished.
func LREdges(results []sweep.Result, by string) Edges {
	edges := Edges{Add: Addition{Axis: "lr"}}
	c, err := Compare(results, by)
	if err != nil || c.Over != "lr" {
		return edges
	}
	for _, s := range c.Slices {
		for _, v := range s.ByLR {
			if v.Best.Place != NoOptimum {
				edges.Of++
			}
			if !v.Best.Bound() || v.missingBeside() != "" {
				continue
			}
			if v.Best.Place == AtLow {
				edges.Low++
			} else {
				edges.High++
			}
			for _, x := range beyond(v) {
				if !slices.Contains(edges.Add.Values, x) {
					edges.Add.Values = append(edges.Add.Values, x)
				}
			}
		}
	}
	return edges
}
