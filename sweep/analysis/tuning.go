package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sweep/sweep/statistics"
)

// A Balance is the part of a slice from which nothing is missing.
type Balance struct {
	By, Over []Value // ascending
	Seeds    []int   // that every cell has
	Capped   int     // runs taken at the loss before training, as they diverged or ended above it
}

// A Decomposition splits the variance of the log loss over a balanced grid of
// By, the rows, and Over, the columns.
type Decomposition struct {
	statistics.Shares
	Grid Balance
}

// Decompose splits the variance of the slice's log losses. Only values of Over
// that all valleys share count, and seeds that all cells have. A run that
// diverged, or ended above the loss before training, counts at that loss: the
// adapter would be thrown away. It fails if less than a 2 by 2 grid is left.
func (s Slice) Decompose() (Decomposition, error) {
	grid, table, err := s.balance()
	if err != nil {
		return Decomposition{}, err
	}
	return Decomposition{table.Shares(), grid}, nil
}

// Tuning tells what is left of the differences between the values of By once
// each has its own best x, beside what one x shared by all makes of them.
type Tuning struct {
	statistics.Tuning
	SharedX     Value   // the x that is best on average over By, in log loss
	SharedOrder []Value // By from the lowest loss to the highest at SharedX
	TunedOrder  []Value // the same, each at its own best x
	Rankings    []Ranking
}

// A Ranking sets the order of By's values at one x beside that at tuned x.
type Ranking struct {
	X         Value
	Agreement float64 // Kendall's tau-b
	Best      Value   // the By of lowest loss at X
}

// Tuning compares the values of By at shared and at tuned x over a balanced
// grid, as Decompose takes it; it fails where that does.
func (s Slice) Tuning() (Tuning, error) {
	grid, table, err := s.balance()
	if err != nil {
		return Tuning{}, err
	}
	t := Tuning{Tuning: table.Tuning(s.valleys())}
	t.SharedX = grid.Over[t.Shared]
	t.SharedOrder, t.TunedOrder = order(grid.By, t.Columns[t.Shared]), order(grid.By, t.Tuned)
	for j, x := range grid.Over {
		t.Rankings = append(t.Rankings, Ranking{X: x, Agreement: t.Agreement(j), Best: order(grid.By, t.Columns[j])[0]})
	}
	return t, nil
}

// order sorts values by what goes with them, ascending.
func order(values []Value, by []float64) []Value {
	places := make([]int, len(values))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(by[a], by[b]) })
	sorted := make([]Value, len(values))
	for i, place := range places {
		sorted[i] = values[place]
	}
	return sorted
}

// balance takes what all valleys have in common.
func (s Slice) balance() (Balance, statistics.Table, error) {
	var g Balance
	for _, v := range s.ByLR {
		g.By = append(g.By, v.By)
	}
	if len(s.ByLR) > 0 {
		for _, c := range s.ByLR[0].Cells {
			g.Over = append(g.Over, c.X)
		}
	}
	for _, v := range s.ByLR {
		g.Over = slices.DeleteFunc(g.Over, func(x Value) bool { return v.cell(x) == nil })
	}
	g.Seeds = s.ended()
	for _, v := range s.ByLR {
		for _, x := range g.Over {
			c := v.cell(x)
			g.Seeds = slices.DeleteFunc(g.Seeds, func(seed int) bool { return !c.ended(seed) })
		}
	}
	if len(g.By) < 2 || len(g.Over) < 2 || len(g.Seeds) == 0 {
		return g, statistics.Table{}, fmt.Errorf("decompose the losses: only %d by %d values and %d seeds are in every part of the grid; train what is missing",
			len(g.By), len(g.Over), len(g.Seeds))
	}
	return g, g.table(s), nil
}

// table holds the log losses, capped, and counts what was.
func (g *Balance) table(s Slice) statistics.Table {
	t := statistics.Table{Seeds: g.Seeds, Loss: make([][][]float64, len(s.ByLR))}
	for i, v := range s.ByLR {
		for _, x := range g.Over {
			c := v.cell(x)
			limit := c.start
			if limit == 0 {
				limit = s.worst()
			}
			losses := make([]float64, len(g.Seeds))
			for k, seed := range g.Seeds {
				loss, done := c.Of(seed)
				if !done || loss > limit {
					loss = limit
					g.Capped++
				}
				losses[k] = statistics.LogLoss(loss)
			}
			t.Loss[i] = append(t.Loss[i], losses)
		}
	}
	return t
}

// ended are the seeds of which a run ended anywhere in the slice, ascending.
func (s Slice) ended() []int {
	seeds := s.seeds()
	for _, v := range s.ByLR {
		for _, c := range v.Cells {
			seeds = append(seeds, c.diverged...)
		}
	}
	slices.Sort(seeds)
	return slices.Compact(seeds)
}

// worst is the largest loss of the slice.
func (s Slice) worst() float64 {
	worst := 0.0
	for _, v := range s.ByLR {
		for _, c := range v.Cells {
			for _, l := range c.Losses {
				worst = math.Max(worst, l.Loss)
			}
		}
	}
	return worst
}

func (v LossByLR) cell(x Value) *Cell {
	for i := range v.Cells {
		if v.Cells[i].X == x {
			return &v.Cells[i]
		}
	}
	return nil
}

func (c *Cell) ended(seed int) bool {
	_, done := c.Of(seed)
	return done || slices.Contains(c.diverged, seed)
}
