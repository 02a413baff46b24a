package statistics

import (
	"math"
	"slices"
)

// twoSided is points to which curves are fitted that are level between two places
// and rise on either side as powers of the distance, each side its own.
type twoSided struct {
	x, y     []float64 // ascending in x
	variance []float64 // of each y about its curve
}

// rises are the powers by which a side may rise: from a straight line, which makes a
// corner at the bottom, to one that is nearly level at first, as before a cliff.
func rises() []float64 { return []float64{1, 1.5, 2, 3, 5} }

// levelWidth is how wide a level bottom is expected to be, in log x: the wider, the
// less likely.
const levelWidth = 1

// plausible says of every place, which ascend, how plausible it is as the lowest one:
// of all curves, weighted by how well they fit, the share that is level there. A
// straight bottom counts for as much at each of its places. The weights are those of
// Student's t, as the noise is known by so many degrees of freedom, 0 for not at all.
// They have no scale, and are 0 where no curve is lowest that rises on both sides.
func (t twoSided) plausible(places []float64, freedom float64) []float64 {
	y := slices.Clone(t.y)
	t.standardise(y)
	n := len(places)
	left, right := make([][]side, n), make([][]side, n)
	for i, at := range places {
		left[i], right[i] = t.sides(at, -1, y), t.sides(at, 1, y)
	}
	misfits := make([][]float64, 0, n*(n+1)/2)
	least := dot(y, y)
	for from := range places {
		for to := from; to < n; to++ {
			all := misfitsOf(left[from], right[to], dot(y, y))
			misfits = append(misfits, all)
			for _, misfit := range all {
				least = min(least, misfit)
			}
		}
	}
	// Where even the best curve fits worse than noise lets it, all are trusted less.
	const parameters = 4
	scale := max(1, least/max(float64(len(t.x)-parameters), 1))
	weights := make([]float64, n)
	for from := range places {
		for to := from; to < n; to++ {
			sum := 0.0
			for _, misfit := range misfits[0] {
				sum += studentWeight((misfit-least)/scale, freedom)
			}
			misfits = misfits[1:]
			sum *= math.Exp((places[from]-places[to])/levelWidth) / float64(to-from+1)
			for i := from; i <= to; i++ {
				weights[i] += sum
			}
		}
	}
	return weights
}

// studentWeight is how likely a misfit is beside one of 0.
func studentWeight(misfit, freedom float64) float64 {
	if freedom == 0 {
		return math.Exp(-misfit / 2)
	}
	return math.Exp(-(freedom + 1) / 2 * math.Log1p(misfit/freedom))
}

// A side is a curve that rises on one side of a place.
type side struct {
	column      []float64 // at the points, standardised
	norm, along float64   // its products with itself and with y
}

// sides are the curves that rise from a place in a direction, by each power; none
// where no point lies there.
func (t twoSided) sides(from, direction float64, y []float64) []side {
	if t.x[0] >= from && direction < 0 || t.x[len(t.x)-1] <= from && direction > 0 {
		return nil
	}
	var all []side
	for _, power := range rises() {
		column := make([]float64, len(t.x))
		for i, x := range t.x {
			column[i] = math.Pow(max(direction*(x-from), 0), power)
		}
		t.standardise(column)
		all = append(all, side{column, dot(column, column), dot(column, y)})
	}
	return all
}

// misfitsOf is the least sum of squares by each pair of sides, of those that fit best
// where both rise.
func misfitsOf(left, right []side, whole float64) []float64 {
	var misfits []float64
	for _, l := range left {
		for _, r := range right {
			both := dot(l.column, r.column)
			determinant := l.norm*r.norm - both*both
			a, b := l.along*r.norm-r.along*both, r.along*l.norm-l.along*both
			if determinant > 1e-10*l.norm*r.norm && a > 0 && b > 0 {
				misfits = append(misfits, max(whole-(a*l.along+b*r.along)/determinant, 0))
			}
		}
	}
	return misfits
}

// standardise takes the weighted mean off values, which is what the level does, and
// divides each by its noise.
func (t twoSided) standardise(values []float64) {
	sum, total := 0.0, 0.0
	for i, v := range t.variance {
		sum += values[i] / v
		total += 1 / v
	}
	for i, v := range t.variance {
		values[i] = (values[i] - sum/total) / math.Sqrt(v)
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
