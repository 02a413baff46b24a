package statistics

import "gonum.org/v1/gonum/stat"

// A Table holds the log loss of every row, column and seed of a grid from which
// nothing is missing.
type Table struct {
	Seeds []int
	Loss  [][][]float64 // by row, column and place in Seeds
}

// Shares split the variance of the log loss over a table. The four are exact
// and add up to 1.
type Shares struct {
	Rows        float64 // between the means of rows
	Columns     float64 // between the means of columns
	Interaction float64 // between cells beyond that: the best column depends on the row
	Seed        float64 // within cells
}

// Shares splits the variance of the log losses.
func (t Table) Shares() Shares {
	m, n := len(t.Loss), len(t.Loss[0])
	cells, rows, columns := make([][]float64, m), make([]float64, m), make([]float64, n)
	within, total := 0.0, 0.0
	for i := range m {
		cells[i] = make([]float64, n)
		for j := range n {
			cells[i][j] = stat.Mean(t.Loss[i][j], nil)
			rows[i] += cells[i][j] / float64(n)
			columns[j] += cells[i][j] / float64(m)
			within += squares(t.Loss[i][j], cells[i][j])
		}
	}
	grand := stat.Mean(rows, nil)
	interaction := 0.0
	for i := range m {
		for j := range n {
			d := cells[i][j] - rows[i] - columns[j] + grand
			interaction += d * d
			total += squares(t.Loss[i][j], grand)
		}
	}
	if total == 0 {
		return Shares{}
	}
	k := float64(len(t.Seeds))
	return Shares{
		Rows:        k * float64(n) * squares(rows, grand) / total,
		Columns:     k * float64(m) * squares(columns, grand) / total,
		Interaction: k * interaction / total,
		Seed:        within / total,
	}
}

// squares is the sum of squared deviations from a number.
func squares(xs []float64, from float64) float64 {
	sum := 0.0
	for _, x := range xs {
		sum += (x - from) * (x - from)
	}
	return sum
}
