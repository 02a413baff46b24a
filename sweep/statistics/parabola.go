package statistics

import "math"

// quadratic is the least-squares parabola of log loss in log x through three
// cells or more, on polynomials that are orthogonal over them (Forsythe,
// J. SIAM 5, 1957): 1, u and u^2 - skew u - spread with u = log x - center.
// Through three cells it passes exactly.
type quadratic struct {
	cells                []Cell
	center, skew, spread float64
	norms                [3]float64 // sums of squares of the polynomials
}

func newQuadratic(cells []Cell) quadratic {
	q := quadratic{cells: cells}
	n := float64(len(cells))
	for _, c := range cells {
		q.center += math.Log(c.X) / n
	}
	var squares, cubes float64
	for _, c := range cells {
		u := math.Log(c.X) - q.center
		squares += u * u
		cubes += u * u * u
	}
	q.skew, q.spread = cubes/squares, squares/n
	for _, c := range cells {
		for k, p := range q.basis(c.X) {
			q.norms[k] += p * p
		}
	}
	return q
}

// basis is the polynomials at x.
func (q quadratic) basis(x float64) [3]float64 {
	u := math.Log(x) - q.center
	return [3]float64{1, u, u*u - q.skew*u - q.spread}
}

// weights is what each cell's log loss counts at x.
func (q quadratic) weights(x float64) []float64 {
	at := q.basis(x)
	weights := make([]float64, len(q.cells))
	for i, c := range q.cells {
		for k, p := range q.basis(c.X) {
			weights[i] += at[k] * p / q.norms[k]
		}
	}
	return weights
}

// loss is the parabola's at x, for one mean loss a cell.
func (q quadratic) loss(means []float64, x float64) float64 {
	sum := 0.0
	for i, w := range q.weights(x) {
		sum += w * LogLoss(means[i])
	}
	return math.Exp(sum)
}

// vertex returns where the parabola has its minimum, and the loss there; NaN if
// it has none between the first cell and the last.
func (q quadratic) vertex(means []float64) (at, loss float64) {
	var slope, curvature float64 // coefficients of the second and third polynomial
	for i, c := range q.cells {
		basis := q.basis(c.X)
		slope += basis[1] * LogLoss(means[i]) / q.norms[1]
		curvature += basis[2] * LogLoss(means[i]) / q.norms[2]
	}
	at = math.Exp(q.center + (q.skew-slope/curvature)/2)
	if !(curvature > 0) || at < q.cells[0].X || at > q.cells[len(q.cells)-1].X {
		return math.NaN(), math.NaN()
	}
	return at, q.loss(means, at)
}
