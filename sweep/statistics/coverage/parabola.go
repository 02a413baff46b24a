package main

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// fitted is a parabola through the lowest cell and its neighbours, to three cells or as
// many as span a factor of four, on the lower side. It is the usual way to find a
// best learning rate, and stands here to be compared.
type fitted struct {
	at          float64 // log x
	inside      bool
	below, high float64 // half the way to the next cells, where the parabola has no vertex
}

// lowestOf fits it to the log of the mean losses, with seeds weighted.
func lowestOf(x []float64, loss [][]float64, weights []float64) fitted {
	y := make([]float64, len(x))
	best := 0
	for i := range x {
		sum, total := 0.0, 0.0
		for k, w := range weights {
			sum += w * math.Exp(loss[k][i])
			total += w
		}
		if y[i] = math.Log(sum / total); math.IsInf(loss[0][i], 1) {
			y[i] = math.Inf(1)
		}
		if y[i] < y[best] {
			best = i
		}
	}
	p := fitted{at: x[best]}
	if best == 0 || best == len(x)-1 || math.IsInf(y[best+1], 1) {
		return p
	}
	p.inside = true
	first, end := best, best+1
	for end-first < 3 || x[end-1] < math.Log(4)+x[first] {
		left, right := first > 0, end < len(x) && !math.IsInf(y[end], 1)
		if left && (!right || y[first-1] <= y[end]) {
			first--
		} else if right {
			end++
		} else {
			break
		}
	}
	if vertex, ok := vertexOf(x[first:end], y[first:end]); ok {
		p.at = vertex
	} else {
		p.below, p.high = (x[best]-x[best-1])/2, (x[best+1]-x[best])/2
	}
	return p
}

// vertexOf is where the least-squares parabola has its minimum, if between points.
func vertexOf(x, y []float64) (at float64, ok bool) {
	center := stat.Mean(x, nil)
	var s [5]float64 // sums of powers
	var t [3]float64 // and of those times y
	for i := range x {
		power := 1.0
		for k := range s {
			s[k] += power
			if k < 3 {
				t[k] += power * y[i]
			}
			power *= x[i] - center
		}
	}
	// Cramer's rule, with s[1] = 0
	bend := t[2]*s[0]*s[2] - t[0]*s[2]*s[2] - s[3]*s[0]*t[1]
	slope := s[0]*s[4]*t[1] - s[3]*(s[0]*t[2]-s[2]*t[0]) - s[2]*s[2]*t[1]
	at = center - slope/(2*bend)
	determinant := s[0]*s[2]*s[4] - s[0]*s[3]*s[3] - s[2]*s[2]*s[2]
	return at, bend/determinant > 0 && x[0] <= at && at <= x[len(x)-1]
}

// draws fits it again to resamples of the seeds, the same for all valleys.
func draws(x []float64, valleys [][][]float64) [][]float64 {
	const resamples = 1000
	seeds := len(valleys[0])
	random := rand.New(rand.NewPCG(1, uint64(seeds)))
	weights := make([]float64, seeds)
	all := make([][]float64, len(valleys))
	for range resamples {
		clear(weights)
		for range seeds {
			weights[random.IntN(seeds)]++
		}
		for g, loss := range valleys {
			all[g] = append(all[g], lowestOf(x, loss, weights).at)
		}
	}
	return all
}

// bootstrapT is how far the 95 % interval reaches, by Student's t with the
// bootstrap's standard error.
func bootstrapT(draws []float64, seeds int) float64 {
	n := float64(seeds)
	return quantile(n-1) * stat.StdDev(draws, nil) * math.Sqrt(n/(n-1))
}

func quantile(freedom float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(0.975)
}

func ones(n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = 1
	}
	return all
}

func byParabola(x []float64, loss [][]float64) interval {
	p := lowestOf(x, loss, ones(len(loss)))
	if !p.inside {
		return interval{}
	}
	reach := bootstrapT(draws(x, [][][]float64{loss})[0], len(loss))
	return interval{p.at, max(p.at-math.Hypot(reach, p.below), x[0]), min(p.at+math.Hypot(reach, p.high), x[len(x)-1]), true}
}

// lawByParabolas is least squares through the vertices, with the wider of the
// intervals by the seeds and by the scatter about the line.
func lawByParabolas(by, x []float64, valleys [][][]float64) interval {
	var z, at, hidden []float64
	var inside [][][]float64
	for g, loss := range valleys {
		if p := lowestOf(x, loss, ones(len(loss))); p.inside {
			z, at, hidden = append(z, math.Log(by[g])), append(at, p.at), append(hidden, p.below+p.high)
			inside = append(inside, loss)
		}
	}
	n := len(z)
	if n < 2 {
		return interval{}
	}
	start, slope := stat.LinearRegression(z, at, nil, false)
	again := draws(x, inside)
	slopes := make([]float64, len(again[0]))
	here := make([]float64, n)
	for b := range slopes {
		for g := range here {
			here[g] = again[g][b]
		}
		_, slopes[b] = stat.LinearRegression(z, here, nil, false)
	}
	mean, lever, variance, residual := stat.Mean(z, nil), 0.0, 0.0, 0.0
	for g := range z {
		d := z[g] - mean
		lever += d * d
		variance += d * d * hidden[g] * hidden[g] / 12
		away := at[g] - start - slope*z[g]
		residual += away * away
	}
	reach := math.Hypot(bootstrapT(slopes, len(valleys[0])), 1.96*math.Sqrt(variance)/lever)
	if n > 3 {
		reach = max(reach, quantile(float64(n-2))*math.Sqrt(residual/float64(n-2)/lever))
	}
	return interval{slope, slope - reach, slope + reach, true}
}
