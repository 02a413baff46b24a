package serve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sweep/sweep/statistics"
)

// TestABandIsWorkedOutOverAllThatHaveAStep holds bands, which are worked out in pieces, to what
// is told step by step of runs that lack some, and are NaN or infinite at some.
func TestABandIsWorkedOutOverAllThatHaveAStep(t *testing.T) {
	t.Parallel()
	for _, runs := range []int{1, 2, 40, 300} {
		of, places := make([]*curve, runs), make([]int, runs)
		at := map[int32][]float32{}
		for i := range of {
			s := &series{}
			for step := int32(0); step < 200; step++ {
				if rand.IntN(3) == 0 && step > 0 {
					continue
				}
				v := []float32{float32(rand.NormFloat64()), 2, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e30}[max(0, rand.IntN(60)-54)]
				s.steps, s.values = append(s.steps, step), append(s.values, v)
				at[step] = append(at[step], v)
			}
			of[i], places[i] = &curve{series: map[string]*series{trainLoss: s}}, i
		}
		b := newBand(members{places: places}, of, trainLoss, func(int) float64 { return 2 })
		if len(b.x) != len(at) {
			t.Fatalf("%d runs have %d steps, and a band at %d", runs, len(at), len(b.x))
		}
		for k, x := range b.x {
			values := at[int32(x/2)]
			for i, v := range values {
				if v != v {
					values[i] = float32(math.Inf(1))
				}
			}
			slices.Sort(values)
			var known []float64
			for _, v := range values {
				if !math.IsInf(float64(v), 1) {
					known = append(known, float64(v))
				}
			}
			mean, low, high := statistics.MeanInterval(known)
			n := len(values)
			want := []float32{values[0], values[n-1], (values[(n-1)/2] + values[n/2]) / 2, float32(mean), float32(low), float32(high), float32(n)}
			got := []float32{b.least[k], b.most[k], b.median[k], b.mean[k], b.low[k], b.high[k], b.n[k]}
			if !slices.EqualFunc(got, want, func(a, b float32) bool { return a == b || a != a && b != b }) {
				t.Fatalf("%d runs, step %g: the band is %v, want %v", runs, x/2, got, want)
			}
		}
	}
}
