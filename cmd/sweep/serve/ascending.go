package serve

import (
	"math"
	"math/bits"
	"slices"
)

// ascending sorts lists of numbers of which none is NaN, which is most of the work for the bands
// of many runs. Numbers are dealt out to places, about two for each of them, by leading bits that
// have their order, and are then sorted within places.
type ascending struct {
	ranks  []uint32
	ends   []int32    // of places
	crowds *ascending // sorts what lies in one of them
}

// crowd is how many numbers in one place are sorted as if they were a list of their own.
const crowd = 16

// sort sorts values. It takes a time in proportion to their number, however they lie: where many
// are in one place, they are dealt out again.
func (a *ascending) sort(values []float32) {
	n := len(values)
	if n <= crowd {
		slices.Sort(values)
		return
	}
	a.ranks = slices.Grow(a.ranks[:0], n)[:n]
	low, high := uint32(math.MaxUint32), uint32(0)
	for i, v := range values {
		r := rank(v)
		a.ranks[i] = r
		low, high = min(low, r), max(high, r)
	}
	shift := max(0, bits.Len32(high-low)-bits.Len32(uint32(n))-1)
	count := int((high-low)>>shift) + 1
	a.ends = slices.Grow(a.ends[:0], count)[:count]
	clear(a.ends)
	for _, r := range a.ranks {
		a.ends[(r-low)>>shift]++
	}
	first := int32(0) // of its place, until numbers are in it
	for i, size := range a.ends {
		a.ends[i] = first
		first += size
	}
	for _, r := range a.ranks {
		end := &a.ends[(r-low)>>shift]
		values[*end] = ofRank(r)
		*end++
	}
	first = 0
	for _, end := range a.ends {
		if end-first > crowd && shift > 0 {
			if a.crowds == nil {
				a.crowds = &ascending{}
			}
			a.crowds.sort(values[first:end])
		}
		first = end
	}
	for i := 1; i < n; i++ { // most are where they belong, the others near it
		v, k := values[i], i
		for ; k > 0 && values[k-1] > v; k-- {
			values[k] = values[k-1]
		}
		values[k] = v
	}
}

// rank is an integer whose order is that of numbers.
func rank(v float32) uint32 {
	b := math.Float32bits(v)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// ofRank is the number that has a rank.
func ofRank(r uint32) float32 {
	if r>>31 == 0 {
		return math.Float32frombits(^r)
	}
	return math.Float32frombits(r ^ 1<<31)
}
