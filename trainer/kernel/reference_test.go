package kernel_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"sweep/trainer/kernel"
)

// draws makes test inputs.
type draws struct{ source *rand.PCG }

func newDraws(seed uint64) draws { return draws{rand.NewPCG(seed, 1)} }

// below returns an integer in [0, n).
func (d draws) below(n int) int { return int(d.source.Uint64() >> 33 % uint64(n)) }

// floats returns n numbers in [-scale, scale).
func (d draws) floats(n int, scale float32) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = scale * float32(int64(d.source.Uint64())>>40) * 0x1p-23
	}
	return x
}

// wide is x in float64.
func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = float64(x[i])
	}
	return y
}

// agree fails t unless got is want to within tolerance of want's largest
// magnitude.
func agree(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	largest := 0.0
	for _, x := range want {
		largest = max(largest, math.Abs(x))
	}
	for i := range want {
		if !(math.Abs(float64(got[i])-want[i]) <= tolerance*largest) {
			t.Fatalf("%s: element %d is %v, want %v (within %g of %g)", what, i, got[i], want[i], tolerance, largest)
		}
	}
}

// eachLevel runs a test for every level this CPU has.
func eachLevel(t *testing.T, test func(t *testing.T, k *kernel.Set)) {
	for _, k := range kernel.All() {
		t.Run(k.Name(), func(t *testing.T) { test(t, k) })
	}
}
