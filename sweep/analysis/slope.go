package analysis

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// A Slope is d log(best x) / d log(by) over a range of By.
type Slope struct {
	From, To  Value
	N         int // optima it rests on
	Slope     float64
	Low, High float64 // 95 % interval, bootstrap over paired seeds; NaN for one seed
	Scatter   float64 // half width of the 95 % interval by the scatter of the optima about the line, 0 for fewer than four
}

// Wider is the interval by the seeds or by the scatter about the line, whichever
// is wider. Seeds alone know nothing of what the spacing of the grid does to an
// optimum, nor of a bend in the line.
func (s Slope) Wider() Estimate {
	e := Estimate{s.Slope, s.Low, s.High}
	if e.Bounded() {
		e.Low, e.High = min(e.Low, s.Slope-s.Scatter), max(e.High, s.Slope+s.Scatter)
	}
	return e
}

// stretch is the factor of By that a local slope spans: over less, the grid's
// spacing and the seeds decide it.
const stretch = 8

// LocalSlopes returns the slopes over the shortest runs of neighbouring values
// of By that span a factor of stretch, each from another value on, or over all
// where they span less. Runs overlap; each is fitted as Slope is.
func (s Slice) LocalSlopes() []Slope {
	var slopes []Slope
	for i := range s.ByLR {
		j := i + 1
		for j < len(s.ByLR) && s.ByLR[j].By.Number < stretch*s.ByLR[i].By.Number {
			j++
		}
		if j == len(s.ByLR) && i > 0 {
			break
		}
		if slope, ok := fit(s.ByLR[i:min(j+1, len(s.ByLR))]); ok {
			slopes = append(slopes, slope)
		}
	}
	return slopes
}

// Slope returns the least-squares slope through all optima that lie inside the
// grid. Bounds are left out: as values they would flatten it. ok is false if
// fewer than two optima are left or By is not a positive number.
func (s Slice) Slope() (slope Slope, ok bool) { return fit(s.ByLR) }

func fit(valleys []LossByLR) (slope Slope, ok bool) {
	var inside []LossByLR
	for _, v := range valleys {
		if v.By.Numeric && v.By.Number > 0 && v.Best.Place == Inside {
			inside = append(inside, v)
		}
	}
	n := len(inside)
	if n < 2 {
		return Slope{}, false
	}
	at := func(v LossByLR) float64 { return math.Log(v.Best.At) }
	slope = Slope{From: inside[0].By, To: inside[n-1].By, N: n, Slope: regress(inside, at)}
	draws := make([]float64, len(inside[0].Best.draws))
	for i := range draws {
		draws[i] = regress(inside, func(v LossByLR) float64 { return v.Best.draws[i] })
	}
	slope.Low, slope.High = interval(slope.Slope, draws, inside[0].Best.seeds)
	reach := math.Hypot(slope.High-slope.Slope, normal95*hiddenSlope(inside))
	slope.Low, slope.High = slope.Slope-reach, slope.Slope+reach
	slope.Scatter = scatter(inside)
	return slope, true
}

// scatter is the half width of the 95 % interval of a least-squares slope by the
// residuals, 0 for fewer than four optima: of three, two of which the line takes
// up, the one that is left tells next to nothing.
func scatter(valleys []LossByLR) float64 {
	n := len(valleys)
	if n < 4 {
		return 0
	}
	x, y := make([]float64, n), make([]float64, n)
	for i, v := range valleys {
		x[i], y[i] = math.Log(v.By.Number), math.Log(v.Best.At)
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

// hiddenSlope is the standard deviation of the slope through best lr that may
// lie, at a cliff, anywhere nearer to their cells than to the next.
func hiddenSlope(valleys []LossByLR) float64 {
	x := make([]float64, len(valleys))
	for i, v := range valleys {
		x[i] = math.Log(v.By.Number)
	}
	mean, squares, variance := stat.Mean(x, nil), 0.0, 0.0
	for i, v := range valleys {
		below, above := v.Best.hidden(v.Cells)
		lever := x[i] - mean
		squares += lever * lever
		variance += lever * lever * (below + above) * (below + above) / 12
	}
	return math.Sqrt(variance) / squares
}

func regress(valleys []LossByLR, at func(LossByLR) float64) float64 {
	x, y := make([]float64, len(valleys)), make([]float64, len(valleys))
	for i, v := range valleys {
		x[i], y[i] = math.Log(v.By.Number), at(v)
	}
	_, slope := stat.LinearRegression(x, y, nil, false)
	return slope
}
