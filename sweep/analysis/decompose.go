package analysis

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// A Decomposition splits the variance of the log loss over a balanced grid of
// By, Over and seeds. The four shares are exact and add up to 1.
type Decomposition struct {
	By          float64 // between the means of By's values
	Over        float64 // between the means of Over's values
	Interaction float64 // between cells beyond that: the best of one depends on the other
	Seed        float64 // within cells
	Grid        Balance
}

// Balance tells what a decomposition rests on.
type Balance struct {
	By, Over []Value // ascending
	Seeds    []int   // that every cell has
	Capped   int     // runs taken at the loss before training, as they diverged or ended above it
}

// A balanced grid holds the log loss of every (by, over, seed).
type balanced struct {
	Balance
	loss [][][]float64
}

// Decompose splits the variance of the slice's log losses. Only values of Over
// that all valleys share count, and seeds that all cells have. A run that
// diverged, or ended above the loss before training, counts at that loss: the
// adapter would be thrown away. It fails if less than a 2 by 2 grid is left.
func (s Slice) Decompose() (Decomposition, error) {
	g, err := s.balance()
	if err != nil {
		return Decomposition{}, err
	}
	return g.decompose(), nil
}

func (g balanced) decompose() Decomposition {
	m, n := len(g.By), len(g.Over)
	cells, rows, columns := make([][]float64, m), make([]float64, m), make([]float64, n)
	within, total := 0.0, 0.0
	for i := range m {
		cells[i] = make([]float64, n)
		for j := range n {
			cells[i][j] = stat.Mean(g.loss[i][j], nil)
			rows[i] += cells[i][j] / float64(n)
			columns[j] += cells[i][j] / float64(m)
			within += squares(g.loss[i][j], cells[i][j])
		}
	}
	grand := stat.Mean(rows, nil)
	interaction := 0.0
	for i := range m {
		for j := range n {
			d := cells[i][j] - rows[i] - columns[j] + grand
			interaction += d * d
			total += squares(g.loss[i][j], grand)
		}
	}
	k := float64(len(g.Seeds))
	d := Decomposition{Grid: g.Balance}
	if total > 0 {
		d.By = k * float64(n) * squares(rows, grand) / total
		d.Over = k * float64(m) * squares(columns, grand) / total
		d.Interaction = k * interaction / total
		d.Seed = within / total
	}
	return d
}

// squares is the sum of squared deviations from a number.
func squares(xs []float64, from float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += (x - from) * (x - from)
	}
	return sum
}

// balance takes what all valleys have in common.
func (s Slice) balance() (balanced, error) {
	var g balanced
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
		return balanced{}, fmt.Errorf("decompose the losses: only %d by %d values and %d seeds are in every part of the grid; train what is missing",
			len(g.By), len(g.Over), len(g.Seeds))
	}
	return g.fill(s), nil
}

// fill puts in the losses, capped.
func (g balanced) fill(s Slice) balanced {
	g.loss = make([][][]float64, len(s.ByLR))
	for i, v := range s.ByLR {
		for _, x := range g.Over {
			c := v.cell(x)
			limit := c.start
			if limit == 0 {
				limit = s.worst()
			}
			losses := make([]float64, len(g.Seeds))
			for k, seed := range g.Seeds {
				loss, done := c.lossOf(seed)
				if !done || loss > limit {
					loss = limit
					g.Capped++
				}
				losses[k] = logLoss(loss)
			}
			g.loss[i] = append(g.loss[i], losses)
		}
	}
	return g
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

func (c *Cell) lossOf(seed int) (loss float64, done bool) {
	for _, l := range c.Losses {
		if l.Seed == seed {
			return l.Loss, true
		}
	}
	return 0, false
}

func (c *Cell) ended(seed int) bool {
	_, done := c.lossOf(seed)
	return done || slices.Contains(c.diverged, seed)
}
