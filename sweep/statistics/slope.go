package statistics

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Slope is d log(best x) / d log(by) through the best x of several valleys.
type Slope struct {
	Estimate         // by the seeds
	N        int     // best x that it rests on
	Scatter  float64 // half width of the 95 % interval by the scatter of the optima about the line, 0 for fewer than four
}

// Wider is the interval by the seeds or by the scatter about the line, whichever
// is wider. Seeds alone know nothing of what the spacing of the grid does to an
// optimum, nor of a bend in the line.
func (s Slope) Wider() Estimate {
	e := s.Estimate
	if e.Bounded() {
		e.Low, e.High = min(e.Low, s.Value-s.Scatter), max(e.High, s.Value+s.Scatter)
	}
	return e
}

// NewSlope is the least-squares slope through two valleys or more, each at a
// positive by, whose best x lie inside their grids.
func NewSlope(by []float64, valleys []Valley) Slope {
	slope := Slope{N: len(valleys), Scatter: scatter(by, valleys)}
	slope.Value = regress(by, func(i int) float64 { return math.Log(valleys[i].Best.At) })
	draws := make([]float64, len(valleys[0].Best.draws))
	for i := range draws {
		draws[i] = regress(by, func(v int) float64 { return valleys[v].Best.draws[i] })
	}
	_, high := interval(slope.Value, draws, valleys[0].Best.seeds)
	reach := math.Hypot(high-slope.Value, normal95*hiddenSlope(by, valleys))
	slope.Low, slope.High = slope.Value-reach, slope.Value+reach
	return slope
}

// scatter is the half width of the 95 % interval of a least-squares slope by the
// residuals, 0 for fewer than four optima: of three, two of which the line takes
// up, the one that is left tells next to nothing.
func scatter(by []float64, valleys []Valley) float64 {
	n := len(valleys)
	if n < 4 {
		return 0
	}
	x, y := make([]float64, n), make([]float64, n)
	for i, v := range valleys {
		x[i], y[i] = math.Log(by[i]), math.Log(v.Best.At)
	}
	start, slope := stat.LinearRegression(x, y, nil, false)
	squares := 0.0
	for i := range x {
		away := y[i] - start - slope*x[i]
		squares += away * away
	}
	freedom := float64(n - 2)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile((1 + confidence) / 2)
	return t * math.Sqrt(squares/freedom/(stat.Variance(x, nil)*float64(n-1)))
}

// normal95 is the half width of a normal distribution's 95 % interval, in
// standard deviations.
const normal95 = 1.96

// hiddenSlope is the standard deviation of the slope through best x that may
// lie, at a cliff, anywhere nearer to their cells than to the next.
func hiddenSlope(by []float64, valleys []Valley) float64 {
	x := make([]float64, len(valleys))
	for i := range valleys {
		x[i] = math.Log(by[i])
	}
	mean, squares, variance := stat.Mean(x, nil), 0.0, 0.0
	for i, v := range valleys {
		below, above := v.Best.hidden(v.cells)
		lever := x[i] - mean
		squares += lever * lever
		variance += lever * lever * (below + above) * (below + above) / 12
	}
	return math.Sqrt(variance) / squares
}

func regress(by []float64, at func(int) float64) float64 {
	x, y := make([]float64, len(by)), make([]float64, len(by))
	for i := range by {
		x[i], y[i] = math.Log(by[i]), at(i)
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	return slope
}
