package statistics

import "math"

// A Scan is the log losses along an axis, such as the learning rate, of seeds
// that are paired: each seed has its own data order and draws at every x.
type Scan struct {
	X    []float64   // ascending and positive
	Loss [][]float64 // by seed and place in X: NaN where no run is done, +Inf where it diverged
}

// eligible reports whether the lowest loss may lie at a place: some seed is done
// there and none diverged. A setting that diverges for one seed in three is not
// the best, however low the other two.
func (s Scan) eligible(i int) bool {
	done := false
	for _, seed := range s.Loss {
		if math.IsInf(seed[i], 1) {
			return false
		}
		done = done || !math.IsNaN(seed[i])
	}
	return done
}

// diverged reports whether a seed diverged at a place.
func (s Scan) diverged(i int) bool {
	for _, seed := range s.Loss {
		if math.IsInf(seed[i], 1) {
			return true
		}
	}
	return false
}

// part is the scan from a place to another, both included.
func (s Scan) part(first, last int) Scan {
	p := Scan{X: s.X[first : last+1]}
	for _, seed := range s.Loss {
		p.Loss = append(p.Loss, seed[first:last+1])
	}
	return p
}

// levels fits loss = place + seed by least squares to what is finite, in turns,
// and returns the places' mean log losses, free of the seeds that some of them
// lack, and what the fit leaves of each loss.
func (s Scan) levels() (mean []float64, rest [][]float64) {
	mean = make([]float64, len(s.X))
	shift := make([]float64, len(s.Loss))
	for range 30 {
		for i := range mean {
			mean[i] = average(len(s.Loss), func(k int) float64 { return s.Loss[k][i] - shift[k] })
		}
		for k, seed := range s.Loss {
			if shift[k] = average(len(mean), func(i int) float64 { return seed[i] - mean[i] }); !finite(shift[k]) {
				shift[k] = 0
			}
		}
		if middle := average(len(shift), func(k int) float64 { return shift[k] }); middle != 0 {
			for k := range shift {
				shift[k] -= middle
			}
		}
	}
	for k, seed := range s.Loss {
		row := make([]float64, len(mean))
		for i := range row {
			row[i] = seed[i] - shift[k] - mean[i]
		}
		rest = append(rest, row)
	}
	return mean, rest
}

// average is the mean of what is finite, NaN for nothing.
func average(n int, of func(int) float64) float64 {
	sum, count := 0.0, 0.0
	for i := range n {
		if x := of(i); finite(x) {
			sum += x
			count++
		}
	}
	return sum / count
}

const (
	// borrowed is how many degrees of freedom a place's noise takes from that of
	// all places: few seeds tell little of their own.
	borrowed = 4
	// leastNoise keeps the noise of seeds that agree to the bit from being none.
	leastNoise = 1e-10
)

// noise is the variance of each place's mean by what the fit left, and the
// degrees of freedom behind it, 0 for one seed. Noise may grow along x, so that
// each place has its own, of which half of its neighbours' and a share of all is
// taken in.
func noise(rest [][]float64) (variance []float64, freedom float64) {
	n := len(rest[0])
	squares, counts, own := make([]float64, n), make([]float64, n), make([]float64, n)
	total := 0.0
	for i := range n {
		for _, row := range rest {
			if finite(row[i]) {
				squares[i] += row[i] * row[i]
				counts[i]++
			}
		}
		own[i] = max(counts[i]-1, 0) * float64(n-1) / float64(n)
		total += squares[i]
		freedom += counts[i]
	}
	freedom = max(freedom-float64(n+len(rest)-1), 0)
	variance = make([]float64, n)
	for i := range n {
		sum, weight := squares[i]+borrowed*total/max(freedom, 1), own[i]+borrowed
		for _, j := range []int{i - 1, i + 1} {
			if j >= 0 && j < n {
				sum += squares[j] / 2
				weight += own[j] / 2
			}
		}
		variance[i] = max(sum/weight, leastNoise) / max(counts[i], 1)
	}
	return variance, freedom
}
