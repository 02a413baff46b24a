package statistics

import (
	"math"
	"slices"
)

// convex is points to which convex curves are fitted.
type convex struct {
	x, y     []float64 // ascending in x
	variance []float64 // of the noise of each y
}

// misfit is the least weighted sum of squares of a curve that is convex and
// lowest at a place. Such a curve is a constant and, on either side, hinges that
// rise away from the place, none with a negative weight.
func (c convex) misfit(lowest float64) float64 {
	columns := [][]float64{c.hinge(lowest, 1), c.hinge(lowest, -1)}
	for _, x := range c.x {
		switch {
		case x > lowest:
			columns = append(columns, c.hinge(x, 1))
		case x < lowest:
			columns = append(columns, c.hinge(x, -1))
		}
	}
	columns = slices.DeleteFunc(columns, func(column []float64) bool { return slices.Max(column) == 0 })
	for _, column := range columns {
		c.standardise(column)
	}
	y := slices.Clone(c.y)
	c.standardise(y)
	return leastSquares(columns, y)
}

// hinge is 0 up to a knot and rises beyond it on one side.
func (c convex) hinge(knot, side float64) []float64 {
	column := make([]float64, len(c.x))
	for i, x := range c.x {
		column[i] = max(side*(x-knot), 0)
	}
	return column
}

// standardise takes the weighted mean off values, which is what the constant
// does, and divides each by its noise.
func (c convex) standardise(values []float64) {
	sum, total := 0.0, 0.0
	for i, v := range c.variance {
		sum += values[i] / v
		total += 1 / v
	}
	for i, v := range c.variance {
		values[i] = (values[i] - sum/total) / math.Sqrt(v)
	}
}

// leastSquares is the least sum of squares of y less the columns, each times a
// number that is not negative (Lawson and Hanson, Solving Least Squares Problems,
// 1974, chapter 23).
func leastSquares(columns [][]float64, y []float64) float64 {
	n := len(columns)
	products, onto := make([]float64, n*n), make([]float64, n)
	for i, column := range columns {
		onto[i] = dot(column, y)
		for j := range i + 1 {
			products[i*n+j] = dot(column, columns[j])
			products[j*n+i] = products[i*n+j]
		}
	}
	whole := dot(y, y)
	f := factors{n: n, products: products, onto: onto, at: make([]float64, n)}
	for range 4 * n {
		next := f.mostHelpful(1e-9 * math.Sqrt(whole))
		if next < 0 {
			break
		}
		f.used = append(f.used, next)
		f.settle()
	}
	return max(whole-dot(f.at, onto), 0)
}

// factors are the numbers by which columns are multiplied.
type factors struct {
	n        int
	products []float64 // of every two columns
	onto     []float64 // of every column and y
	at       []float64
	used     []int // columns whose factor may be positive
}

// mostHelpful is the unused column that would lessen the misfit fastest, -1 if
// none would by more than a limit.
func (f *factors) mostHelpful(limit float64) int {
	best := -1
	for j := range f.n {
		if slices.Contains(f.used, j) {
			continue
		}
		gain := f.onto[j] - dot(f.products[j*f.n:(j+1)*f.n], f.at)
		if gain /= math.Sqrt(f.products[j*f.n+j]); gain > limit {
			best, limit = j, gain
		}
	}
	return best
}

// settle moves the used factors to the least misfit, and drops those that would
// become negative on the way.
func (f *factors) settle() {
	for len(f.used) > 0 {
		aim := f.solve()
		step, blocking := 1.0, -1
		for i, j := range f.used {
			if aim[i] <= 0 {
				s := 0.0
				if f.at[j] > 0 {
					s = f.at[j] / (f.at[j] - aim[i])
				}
				if s < step || blocking < 0 {
					step, blocking = s, i
				}
			}
		}
		for i, j := range f.used {
			f.at[j] += step * (aim[i] - f.at[j])
		}
		if blocking < 0 {
			return
		}
		f.at[f.used[blocking]] = 0
		f.used = slices.Delete(f.used, blocking, blocking+1)
	}
}

// solve is the least misfit of the used columns alone, by Cholesky's method.
func (f *factors) solve() []float64 {
	m := len(f.used)
	lower, z := make([]float64, m*m), make([]float64, m)
	for i, a := range f.used {
		row := lower[i*m : i*m+i+1]
		for j, b := range f.used[:i] {
			other := lower[j*m : j*m+j+1]
			row[j] = (f.products[a*f.n+b] - dot(row[:j], other[:j])) / other[j]
		}
		diagonal := f.products[a*f.n+a]
		row[i] = math.Sqrt(max(diagonal-dot(row[:i], row[:i]), 1e-10*diagonal))
		z[i] = (f.onto[a] - dot(row[:i], z[:i])) / row[i]
	}
	for i := m - 1; i >= 0; i-- {
		for j := i + 1; j < m; j++ {
			z[i] -= lower[j*m+i] * z[j]
		}
		z[i] /= lower[i*m+i]
	}
	return z
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
