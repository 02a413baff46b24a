package serve

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNumbersAreSortedHoweverTheyLie(t *testing.T) {
	t.Parallel()
	infinite := float32(math.Inf(1))
	var a ascending
	for name, number := range map[string]func() float32{
		"even":            rand.Float32,
		"all the same":    func() float32 { return 2 },
		"few":             func() float32 { return float32(rand.IntN(3)) - 1 },
		"of either sign":  func() float32 { return float32(rand.NormFloat64()) },
		"of any size":     func() float32 { return float32(math.Exp(40 * rand.NormFloat64())) },
		"close, but few":  func() float32 { return min(1.5+rand.Float32()/1000, 1e30*(rand.Float32()-0.01)) },
		"close together":  func() float32 { return math.Float32frombits(0x3f800000 + rand.Uint32N(40)) },
		"with infinities": func() float32 { return []float32{infinite, -infinite, 1.5 + rand.Float32(), 1e-40}[rand.IntN(4)] },
	} {
		for _, n := range []int{0, 1, crowd, crowd + 1, 100, 3000} {
			values := make([]float32, n)
			for i := range values {
				values[i] = number()
			}
			want := slices.Clone(values)
			slices.Sort(want)
			if a.sort(values); !slices.Equal(values, want) {
				t.Errorf("%d numbers, %s: sorted wrongly", n, name)
			}
		}
	}
}
