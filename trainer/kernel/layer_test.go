package kernel_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"sweep/trainer/kernel"
)

func TestRMSNormAndItsGradientsAreThoseOfFloat64(t *testing.T) {
	const eps = 1e-3
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(2)
		for _, n := range []int{1, 5, 16, 37, 64} {
			const rows = 3
			x, w, dy, dx := d.floats(rows*n, 2), d.floats(n, 2), d.floats(rows*n, 1), d.floats(rows*n, 1)
			y, inv, dw, before := kernel.Alloc(rows*n), kernel.Alloc(rows), kernel.Alloc(n), wide(dx)
			k.RMSNorm(rows, n, eps, x, w, y, inv)
			k.RMSNormGrad(rows, n, x, w, inv, dy, dx)
			k.RMSNormWeightGrad(rows, n, x, inv, dy, dw)

			x64, w64, dy64 := wide(x), wide(w), wide(dy)
			agree(t, "y", y, rmsNorm(rows, n, eps, x64, w64), 1e-6)
			loss := func() float64 { return dot(dy64, rmsNorm(rows, n, eps, x64, w64)) }
			want := differences(x64, loss)
			for i := range want {
				want[i] += before[i]
			}
			agree(t, "dx", dx, want, 1e-5)
			agree(t, "dw", dw, differences(w64, loss), 1e-5)
		}
	})
}

func TestSwiGLUAndItsGradientsAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(3)
		for _, n := range []int{1, 16, 75} {
			gate, up, dh := d.floats(n, 8), d.floats(n, 2), d.floats(n, 1)
			gate64, up64, dh64 := wide(gate), wide(up), wide(dh)
			h := kernel.Alloc(n)
			k.SwiGLU(n, gate, up, h)
			k.SwiGLUGrad(n, gate, up, dh)
			loss := func() float64 { return dot(dh64, swiGLU(gate64, up64)) }
			agree(t, "h", h, swiGLU(gate64, up64), 1e-6)
			agree(t, "gate's gradient", gate, differences(gate64, loss), 1e-5)
			agree(t, "up's gradient", up, differences(up64, loss), 1e-5)
		}
	})
}

func TestSwiGLUHasTheLimitsOfSilu(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		inf, nan := float32(math.Inf(1)), float32(math.NaN())
		gate := []float32{0, -200, 200, inf, nan, -inf}
		up, h := []float32{1, 1, 1, 1, 1, 1}, make([]float32, len(gate))
		k.SwiGLU(len(gate), gate, up, h)
		want := []float32{0, 0, 200, inf, nan, nan}
		for i := range want {
			if h[i] != want[i] && !(math.IsNaN(float64(h[i])) && math.IsNaN(float64(want[i]))) {
				t.Errorf("silu(%v) is %v, want %v", gate[i], h[i], want[i])
			}
		}
	})
}

func TestRopeTurnsPairsOfHalvesByPositionTimesFrequency(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		const tokens, heads, stride = 50, 3, 200
		for _, dim := range []int{2, 16, 38, 64} {
			frequencies := make([]float64, dim/2)
			for i := range frequencies {
				frequencies[i] = math.Pow(10000, -2*float64(i)/float64(dim))
			}
			x := newDraws(4).floats(tokens*stride, 1)
			want, before := wide(x), slices.Clone(x)
			for at := range tokens * heads * dim / 2 {
				position, h, i := at/(heads*dim/2), at/(dim/2)%heads, at%(dim/2)
				a := position*stride + h*dim + i
				sin, cos := math.Sincos(float64(position) * frequencies[i])
				p, q := want[a], want[a+dim/2]
				want[a], want[a+dim/2] = p*cos-q*sin, q*cos+p*sin
			}
			table := kernel.RopeTable(tokens, frequencies)
			k.Rope(tokens, heads, dim, x, stride, table, false)
			agree(t, fmt.Sprintf("%d wide", dim), x, want, 2e-7)
			k.Rope(tokens, heads, dim, x, stride, table, true)
			agree(t, "turned back", x, wide(before), 5e-7)
		}
	})
}

func TestAttentionAndItsGradientsAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(5)
		for _, s := range []struct{ S, heads, kvHeads, dim int }{{1, 1, 1, 4}, {5, 2, 2, 7}, {17, 2, 1, 8}, {33, 3, 1, 3}, {40, 4, 2, 5}} {
			t.Run(fmt.Sprint(s), func(t *testing.T) {
				wq, wkv := s.heads*s.dim, s.kvHeads*s.dim
				q, key, value, dout := d.floats(s.S*wq, 2), d.floats(s.S*wkv, 2), d.floats(s.S*wkv, 2), d.floats(s.S*wq, 1)
				out, dq, dk, dv := kernel.Alloc(len(q)), kernel.Alloc(len(q)), d.floats(len(key), 1), d.floats(len(key), 1)
				scratch := d.floats(kernel.AttentionScratch(s.S, s.heads, s.kvHeads, s.dim), 1)
				k.Attention(s.S, s.heads, s.kvHeads, s.dim, q, wq, key, value, wkv, out, wq, scratch)
				k.AttentionGrad(s.S, s.heads, s.kvHeads, s.dim, q, wq, key, value, wkv, dout, wq, dq, dk, dv, scratch)

				q64, key64, value64, dout64 := wide(q), wide(key), wide(value), wide(dout)
				forward := func() []float64 { return causalAttention(s.S, s.heads, s.kvHeads, s.dim, q64, key64, value64) }
				loss := func() float64 { return dot(dout64, forward()) }
				agree(t, "out", out, forward(), 2e-6)
				agree(t, "dq", dq, differences(q64, loss), 1e-5)
				agree(t, "dk", dk, differences(key64, loss), 1e-5)
				agree(t, "dv", dv, differences(value64, loss), 1e-5)
			})
		}
	})
}

func TestAttentionNeverSeesLaterTokens(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		const S, early, dim = 40, 21, 8
		d := newDraws(6)
		q, key, value := d.floats(S*dim, 1), d.floats(S*dim, 1), d.floats(S*dim, 1)
		out, scratch := make([]float32, S*dim), make([]float32, kernel.AttentionScratch(S, 1, 1, dim))
		k.Attention(S, 1, 1, dim, q, dim, key, value, dim, out, dim, scratch)
		want := slices.Clone(out[:early*dim])
		for i := early * dim; i < S*dim; i++ {
			key[i], value[i] = d.floats(1, 1e30)[0], 1
		}
		k.Attention(S, 1, 1, dim, q, dim, key, value, dim, out, dim, scratch)
		if !slices.Equal(out[:early*dim], want) {
			t.Error("other later tokens changed the output of earlier ones")
		}
	})
}
