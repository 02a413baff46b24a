package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A TunedPoint is the best x found at one place.
type TunedPoint struct {
	By    []float64 // the place: positive values of what is varied
	At    float64   // the best x, positive
	Error float64   // standard error of log At, NaN if unknown: then the largest of the others' counts
}

// Powers is how the best x moves with several things at once, as a power of each:
// log At is a constant plus, for each, its power times log By. Fitted by least
// squares, each point counting the same.
type Powers struct {
	N       int     // points that they rest on
	Scatter float64 // standard deviation of log At about the law, 0 where less than two points are to spare

	freedom float64 // points to spare
	powers  []float64
	noise   *mat.SymDense // covariance by the points' errors; nil where none is known
	spread  *mat.SymDense // covariance by the scatter; nil where less than two points are to spare
	unknown []*mat.VecDense
}

// NewPowers fits the powers to points that all have as many values of By. Those with
// a value that is not positive are left out.
func NewPowers(points []TunedPoint) Powers {
	points = slices.DeleteFunc(slices.Clone(points), func(p TunedPoint) bool { return !(min(p.At, slices.Min(p.By)) > 0) })
	p := Powers{N: len(points)}
	if p.N == 0 {
		return p
	}
	width := len(points[0].By)
	x, y := mat.NewDense(p.N, width, nil), mat.NewVecDense(p.N, nil)
	for i, point := range points {
		for j, by := range point.By {
			x.Set(i, j, math.Log(by))
		}
		y.SetVec(i, math.Log(point.At))
	}
	for j := range width {
		center(x.ColView(j).(*mat.VecDense))
	}
	center(y)
	inverse, rank := p.invert(x)
	weights := mat.NewDense(width, p.N, nil) // of each point's log At in each power
	weights.Mul(inverse, x.T())
	found := mat.NewVecDense(width, nil)
	found.MulVec(weights, y)
	p.powers = found.RawVector().Data
	p.noise = noiseOf(weights, points)
	if p.freedom = float64(p.N - rank - 1); p.freedom >= 2 {
		rest := mat.NewVecDense(p.N, nil)
		rest.MulVec(x, found)
		rest.SubVec(y, rest)
		p.Scatter = mat.Norm(rest, 2) / math.Sqrt(p.freedom)
		p.spread = mat.NewSymDense(width, nil)
		p.spread.ScaleSym(p.Scatter*p.Scatter, inverse)
	}
	return p
}

func center(v *mat.VecDense) {
	mean := mat.Sum(v) / float64(v.Len())
	for i := range v.Len() {
		v.SetVec(i, v.AtVec(i)-mean)
	}
}

// invert returns the inverse of x'x along the directions in which the points lie
// apart, and how many these are; the others are unknown.
func (p *Powers) invert(x *mat.Dense) (inverse *mat.SymDense, rank int) {
	_, width := x.Dims()
	var square mat.SymDense
	square.SymOuterK(1, x.T())
	var eigen mat.EigenSym
	eigen.Factorize(&square, true)
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	inverse = mat.NewSymDense(width, nil)
	const rounding = 1e-9
	for j, value := range values {
		v := mat.VecDenseCopyOf(vectors.ColView(j))
		if value <= rounding*float64(p.N) {
			p.unknown = append(p.unknown, v)
			continue
		}
		rank++
		inverse.SymRankOne(inverse, 1/value, v)
	}
	return inverse, rank
}

// noiseOf is the covariance of weighted sums of the points' errors.
func noiseOf(weights *mat.Dense, points []TunedPoint) *mat.SymDense {
	width, n := weights.Dims()
	largest := math.Inf(-1)
	for _, point := range points {
		if !math.IsNaN(point.Error) {
			largest = max(largest, point.Error)
		}
	}
	if math.IsInf(largest, -1) {
		return nil
	}
	scaled := mat.NewDense(width, n, nil)
	for i, point := range points {
		wrong := point.Error
		if math.IsNaN(wrong) {
			wrong = largest
		}
		for j := range width {
			scaled.Set(j, i, weights.At(j, i)*wrong)
		}
	}
	var noise mat.SymDense
	noise.SymOuterK(1, scaled)
	return &noise
}

// Along is by how much log At changes where the logs of By change by a step, with
// its 95 % interval: by the points' errors or by their scatter about the law,
// whichever is wider, since errors know nothing of a bend and a scatter nothing of
// what all points are off by. There is no interval where no error is known. It is
// unknown where the points do not lie apart that way.
func (p Powers) Along(step []float64) Estimate {
	if len(p.powers) != len(step) {
		return Unknown()
	}
	d := mat.NewVecDense(len(step), step)
	for _, v := range p.unknown {
		if math.Abs(mat.Dot(v, d)) > 1e-6*mat.Norm(d, 2) {
			return Unknown()
		}
	}
	e := Exactly(mat.Dot(mat.NewVecDense(len(step), p.powers), d))
	if p.noise == nil {
		return e
	}
	reach := normal95 * math.Sqrt(mat.Inner(d, p.noise, d))
	if p.spread != nil {
		reach = max(reach, p.Reach(math.Sqrt(mat.Inner(d, p.spread, d))))
	}
	e.Low, e.High = e.Value-reach, e.Value+reach
	return e
}

// Spare reports whether there are points enough for the scatter to show a bend.
func (p Powers) Spare() bool { return p.spread != nil }

// Reach is how far the 95 % interval reaches to either side for a standard deviation
// that the scatter tells.
func (p Powers) Reach(deviation float64) float64 {
	if p.spread == nil {
		return 0
	}
	return deviation * studentQuantile(confidence, p.freedom)
}

// normal95 is the half width of a normal distribution's 95 % interval, in standard
// deviations.
const normal95 = 1.96

// StandardError is that of log x whose 95 % interval is from low to high.
func StandardError(low, high float64) float64 { return math.Log(high/low) / 2 / normal95 }
