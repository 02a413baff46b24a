package serve

import (
	"math"
	"sort"
)

// span is a part of an axis, and how many columns of pixels show it.
type span struct {
	from, to float64
	columns  int
	log      bool // the axis is logarithmic
}

// column is the column of pixels that x falls into; -1 and columns lie outside.
func (s span) column(x float64) int {
	from, to := s.from, s.to
	if s.log {
		x, from, to = math.Log(max(x, 1e-9)), math.Log(max(from, 1e-9)), math.Log(max(to, 1e-9))
	}
	if !(to > from) {
		return 0
	}
	at := (x - from) / (to - from) * float64(s.columns)
	return int(min(max(math.Floor(at), -1), float64(s.columns)))
}

// end is about where a column of pixels ends.
func (s span) end(column int) float64 {
	share := float64(column+1) / float64(s.columns)
	switch {
	case !(s.to > s.from) || column >= s.columns:
		return math.Inf(1)
	case s.log:
		from, to := max(s.from, 1e-9), max(s.to, 1e-9)
		return from * math.Pow(to/from, share)
	default:
		return s.from + share*(s.to-s.from)
	}
}

// extremes thins a line out so that it looks the same: of each column of pixels it keeps the
// lowest and the highest point, in their order, and beside the span the nearest on either
// side. A point that is no finite number is kept where it is the first of its kind after
// those that are, as the line breaks there. Columns before that of from are left out.
func (s span) extremes(x func(i int) float64, y []float32, from float64) (places []int) {
	first, last := s.rest(x, len(y), from)
	low, high, column, end := -1, -1, math.MinInt, math.Inf(-1)
	flush := func() {
		switch {
		case low < 0:
		case low == high:
			places = append(places, low)
		default:
			places = append(places, min(low, high), max(low, high))
		}
		low, high = -1, -1
	}
	for i := first; i < last; i++ {
		if !finite(y[i]) {
			flush()
			if len(places) == 0 || finite(y[places[len(places)-1]]) {
				places = append(places, i)
			}
			column, end = math.MinInt, math.Inf(-1)
			continue
		}
		if v := x(i); v >= end {
			if at := s.column(v); at != column {
				flush()
				column = at
			}
			end = s.end(column)
		}
		if low < 0 || y[i] < y[low] {
			low = i
		}
		if high < 0 || y[i] > y[high] {
			high = i
		}
	}
	flush()
	return places
}

// within is the range of points in the span, with one more on either side.
func (s span) within(x func(i int) float64, n int) (first, last int) {
	first = sort.Search(n, func(i int) bool { return x(i) >= s.from })
	last = max(first, sort.Search(n, func(i int) bool { return x(i) > s.to }))
	return max(first-1, 0), min(last+1, n)
}

// rest is the range of points in the span from the column of an x on.
func (s span) rest(x func(i int) float64, n int, from float64) (first, last int) {
	first, last = s.within(x, n)
	if from <= 0 {
		return first, last
	}
	for column := s.column(from); first < last && s.column(x(first)) < column; first++ {
	}
	return first, last
}

func finite(x float32) bool { return x-x == 0 }
