package serve

import (
	"math"
	"math/rand/v2"
	"testing"
)

// BenchmarkBand works out the band of 1,000 curves of 1,000 steps, beside reading their
// numbers once.
func BenchmarkBand(b *testing.B) {
	const runs, steps = 1000, 1000
	all := make([]*curve, runs)
	places := make([]int, runs)
	for i := range all {
		s := &series{}
		for step := range steps {
			s.steps, s.values = append(s.steps, int32(step+1)), append(s.values, rand.Float32())
		}
		all[i], places[i] = &curve{series: map[string]*series{trainLoss: s}}, i
	}
	b.Run("sum", func(b *testing.B) {
		for b.Loop() {
			sum := float32(0)
			for _, c := range all {
				for _, v := range c.series[trainLoss].values {
					sum += v
				}
			}
			if math.IsNaN(float64(sum)) {
				b.Fatal("NaN")
			}
		}
	})
	b.Run("band", func(b *testing.B) {
		for b.Loop() {
			newBand(members{places: places}, all, trainLoss, func(int) float64 { return 1 })
		}
	})
}
