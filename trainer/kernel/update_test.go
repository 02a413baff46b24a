package kernel_test

import (
	"fmt"
	"math"
	"testing"

	"sweep/trainer/kernel"
)

// pytorchAdam is the algorithm in the documentation of torch.optim.Adam and
// torch.optim.AdamW, on one weight.
func pytorchAdam(w, m, v, g float64, s kernel.AdamStep) (float64, float64, float64) {
	if s.Decoupled {
		w -= s.LR * s.Decay * w
	} else {
		g += s.Decay * w
	}
	m = s.Beta1*m + (1-s.Beta1)*g
	v = s.Beta2*v + (1-s.Beta2)*g*g
	mHat := m / (1 - math.Pow(s.Beta1, float64(s.Step)))
	vHat := v / (1 - math.Pow(s.Beta2, float64(s.Step)))
	return w - s.LR*mHat/(math.Sqrt(vHat)+s.Eps), m, v
}

func TestAdamStepsAsPyTorchDocumentsIt(t *testing.T) {
	const n, steps = 37, 5
	for _, s := range []kernel.AdamStep{
		{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8},
		{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 0.1, Decay: 0.1},
		{LR: 0.1, Beta1: 0.5, Beta2: 0.95, Eps: 1e-3, Decay: 0.1, Decoupled: true},
		{LR: 0.1, Beta1: 0, Beta2: 0.9, Eps: 1e-8, Decoupled: true},
	} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			eachLevel(t, func(t *testing.T, k *kernel.Set) {
				d := newDraws(8)
				w, m, v := d.floats(n, 1), make([]float32, n), make([]float32, n)
				w64, m64, v64 := wide(w), wide(m), wide(v)
				for step := range steps {
					s.Step = step + 1
					g := d.floats(n, 0.5)
					k.Adam(w, g, m, v, s)
					for i := range g {
						w64[i], m64[i], v64[i] = pytorchAdam(w64[i], m64[i], v64[i], float64(g[i]), s)
					}
				}
				agree(t, "weights", w, w64, 1e-6)
				agree(t, "first moments", m, m64, 1e-6)
				agree(t, "second moments", v, v64, 1e-6)
			})
		})
	}
}

func TestAdamWithoutEpsLeavesWeightsThatNeverHadAGradient(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		w := []float32{1, 2, 3}
		s := kernel.AdamStep{LR: 0.5, Beta1: 0.9, Beta2: 0.999, Step: 1, Decoupled: true}
		k.Adam(w, []float32{0, 4, 0}, make([]float32, 3), make([]float32, 3), s)
		if w[0] != 1 || math.Abs(float64(w[1])-1.5) > 1e-6 || w[2] != 3 {
			t.Errorf("weights are %v, want [1 1.5 3]", w)
		}
	})
}

// pytorchSGD is the algorithm in the documentation of torch.optim.SGD, on one
// weight.
func pytorchSGD(w, buf, g float64, s kernel.SGDStep) (float64, float64) {
	g += s.Decay * w
	if s.Momentum != 0 {
		if s.Step > 1 {
			buf = s.Momentum*buf + g
		} else {
			buf = g
		}
		if s.Nesterov {
			g += s.Momentum * buf
		} else {
			g = buf
		}
	}
	return w - s.LR*g, buf
}

func TestSGDStepsAsPyTorchDocumentsIt(t *testing.T) {
	const n, steps = 37, 5
	for _, s := range []kernel.SGDStep{{LR: 0.1}, {LR: 0.1, Decay: 0.2}, {LR: 0.1, Momentum: 0.9}, {LR: 0.1, Momentum: 0.5, Decay: 0.2}, {LR: 0.1, Momentum: 0.9, Decay: 0.1, Nesterov: true}} {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			eachLevel(t, func(t *testing.T, k *kernel.Set) {
				d := newDraws(9)
				w, w64, buf64 := d.floats(n, 1), make([]float64, n), make([]float64, n)
				copy(w64, wide(w))
				var buf []float32
				if s.Momentum != 0 {
					buf = d.floats(n, 1) // step 1 must not read it
				}
				for step := range steps {
					s.Step = step + 1
					g := d.floats(n, 0.5)
					k.SGD(w, g, buf, s)
					for i := range g {
						w64[i], buf64[i] = pytorchSGD(w64[i], buf64[i], float64(g[i]), s)
					}
				}
				agree(t, "weights", w, w64, 1e-6)
			})
		})
	}
}

func TestSumsAndScalesAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		for _, n := range []int{0, 1, 15, 16, 77} {
			d := newDraws(10)
			x, y := d.floats(n, 1), d.floats(n, 1)
			want, square := wide(y), 0.0
			for i := range x {
				want[i] = (want[i] + float64(x[i])) * 3
			}
			k.Add(y, x)
			k.Scale(y, 3)
			agree(t, "(y+x)*3", y, want, 2e-7)
			for _, f := range wide(y) {
				square += f * f
			}
			if got := k.SumSquares(y); math.Abs(got-square) > 1e-14*square {
				t.Errorf("SumSquares of %d is %v, want %v", n, got, square)
			}
		}
	})
}
