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

func TestLayerNormAndItsGradientsAreThoseOfFloat64(t *testing.T) {
	const eps = 1e-3
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(20)
		for _, n := range []int{1, 5, 16, 37, 64} {
			const rows = 3
			x, w, dy, dx := d.floats(rows*n, 2), d.floats(n, 2), d.floats(rows*n, 1), d.floats(rows*n, 1)
			for i := range x {
				x[i] += 3
			}
			y, mean, inv, dw, before := kernel.Alloc(rows*n), kernel.Alloc(rows), kernel.Alloc(rows), kernel.Alloc(n), wide(dx)
			k.LayerNorm(rows, n, eps, x, w, y, mean, inv)
			k.LayerNormGrad(rows, n, x, w, mean, inv, dy, dx)
			k.LayerNormWeightGrad(rows, n, x, mean, inv, dy, dw)

			x64, w64, dy64 := wide(x), wide(w), wide(dy)
			agree(t, "y", y, layerNorm(rows, n, eps, x64, w64), 2e-6)
			loss := func() float64 { return dot(dy64, layerNorm(rows, n, eps, x64, w64)) }
			want := differences(x64, loss)
			for i := range want {
				want[i] += before[i]
			}
			agree(t, "dx", dx, want, 1e-5)
			agree(t, "dw", dw, differences(w64, loss), 1e-5)
		}
	})
}

func TestGatedUnitsAndTheirGradientsAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(3)
		for f := range activations {
			for _, s := range []struct{ rows, n, stride int }{{1, 1, 1}, {1, 16, 16}, {3, 25, 25}, {3, 21, 50}} {
				length := (s.rows-1)*s.stride + s.n
				gate, up, dh := d.floats(length, 8), d.floats(length, 2), d.floats(s.rows*s.n, 1)
				gate64, up64, dh64 := wide(gate), wide(up), wide(dh)
				h := kernel.Alloc(s.rows * s.n)
				k.Gate(f, s.rows, s.n, gate, up, s.stride, h)
				k.GateGrad(f, s.rows, s.n, gate, up, s.stride, dh)
				forward := func() []float64 { return gated(f, s.rows, s.n, gate64, up64, s.stride) }
				loss := func() float64 { return dot(dh64, forward()) }
				agree(t, "h", h, forward(), 1e-6)
				for _, c := range []struct {
					what   string
					got    []float32
					inputs []float64
				}{{"gate's gradient", gate, gate64}, {"up's gradient", up, up64}} {
					want := differences(c.inputs, loss)
					for i := range want {
						if i%s.stride >= s.n { // between rows
							want[i] = c.inputs[i]
						}
					}
					agree(t, c.what, c.got, want, 1e-5)
				}
			}
		}
	})
}

// The error of tanh is in ulps of the result, small results included.
func TestSoftCapIsWithinFewUlpsOfTanh(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(21)
		for _, scale := range []float32{1e-6, 0.01, 0.7, 3, 30} {
			x := d.floats(500, scale)
			y := slices.Clone(x)
			k.SoftCap(y, 1, 1)
			for i := range x {
				want := math.Tanh(float64(x[i]))
				if off := math.Abs(float64(y[i])-want) / math.Abs(want); off > 2.5*0x1p-24 && x[i] != 0 {
					t.Errorf("tanh(%v) is %v, want %v: %.2f ulp off", x[i], y[i], want, off*0x1p24)
				}
			}
		}
	})
}

func TestSoftCapHasTheLimitsOfTanhAndItsGradient(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		inf := float32(math.Inf(1))
		x := []float32{0, 1e30, -1e30, inf, -inf, 5, -3}
		x64 := wide(x[5:])
		y, d := slices.Clone(x), []float32{1, 1, 1, 1, 1, 1, 1}
		k.SoftCap(y, 2, 30)
		if want := []float32{0, 30, -30, 30, -30}; !slices.Equal(y[:5], want) {
			t.Errorf("capped at 30 are %v, want %v", y[:5], want)
		}
		k.SoftCapGrad(y, d, 2, 30)
		agree(t, "gradient", d[5:], differences(x64, func() float64 {
			return 30*math.Tanh(2*x64[0]/30) + 30*math.Tanh(2*x64[1]/30)
		}), 1e-5)
		if want := []float32{2, 0, 0, 0, 0}; !slices.Equal(d[:5], want) {
			t.Errorf("their gradients are %v, want %v", d[:5], want)
		}
	})
}

func TestBiasesAreAddedToEachRowAndGetTheSumOfTheGradients(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		const rows, n = 3, 21
		d := newDraws(22)
		y, bias, db := d.floats(rows*n, 1), d.floats(n, 1), d.floats(n, 1)
		want, sums := wide(y), make([]float64, n)
		for i := range y {
			sums[i%n] += float64(y[i])
			want[i] += float64(bias[i%n])
		}
		k.BiasGrad(rows, n, y, db)
		k.AddBias(rows, n, y, bias)
		agree(t, "sums", db, sums, 1e-6)
		agree(t, "y", y, want, 1e-6)
	})
}

func TestSwiGLUHasTheLimitsOfSilu(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		inf, nan := float32(math.Inf(1)), float32(math.NaN())
		gate := []float32{0, -200, 200, inf, nan, -inf}
		up, h := []float32{1, 1, 1, 1, 1, 1}, make([]float32, len(gate))
		k.Gate(kernel.SiLU, 1, len(gate), gate, up, len(gate), h)
		want := []float32{0, 0, 200, inf, nan, nan}
		for i := range want {
			if h[i] != want[i] && !(math.IsNaN(float64(h[i])) && math.IsNaN(float64(want[i]))) {
				t.Errorf("silu(%v) is %v, want %v", gate[i], h[i], want[i])
			}
		}
	})
}

func TestRopeTurnsPairsByPositionTimesFrequency(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		const tokens, heads, stride = 50, 3, 250
		for _, r := range []kernel.Rotary{
			{Dim: 2, Turned: 2},
			{Dim: 16, Turned: 16},
			{Dim: 38, Turned: 38},
			{Dim: 64, Turned: 64},
			{Dim: 24, Turned: 12},
			{Dim: 80, Turned: 32},
			{Dim: 16, Turned: 16, Adjacent: true},
			{Dim: 80, Turned: 70, Adjacent: true},
		} {
			t.Run(fmt.Sprint(r), func(t *testing.T) {
				frequencies := make([]float64, r.Turned/2)
				for i := range frequencies {
					frequencies[i] = math.Pow(10000, -2*float64(i)/float64(r.Turned))
				}
				x := newDraws(4).floats(tokens*stride, 1)
				want, before := wide(x), slices.Clone(x)
				for at := range tokens * heads * r.Turned / 2 {
					position, h, i := at/(heads*r.Turned/2), at/(r.Turned/2)%heads, at%(r.Turned/2)
					a := position*stride + h*r.Dim + i
					b := a + r.Turned/2
					if r.Adjacent {
						a += i
						b = a + 1
					}
					sin, cos := math.Sincos(float64(position) * frequencies[i])
					p, q := want[a], want[b]
					want[a], want[b] = p*cos-q*sin, q*cos+p*sin
				}
				r.Table = kernel.RopeTable(tokens, frequencies, 1)
				k.Rope(r, tokens, heads, x, stride, false)
				agree(t, "turned", x, want, 2e-7)
				k.Rope(r, tokens, heads, x, stride, true)
				agree(t, "turned back", x, wide(before), 5e-7)
			})
		}
	})
}

func TestAScaledRopeTableScalesWhatTurns(t *testing.T) {
	plain, scaled := kernel.RopeTable(9, []float64{1, 0.1}, 1), kernel.RopeTable(9, []float64{1, 0.1}, 1.25)
	for i := range plain {
		if scaled[i] != plain[i]*1.25 {
			t.Fatalf("element %d is %v, want 1.25 times %v", i, scaled[i], plain[i])
		}
	}
}

func TestAttentionAndItsGradientsAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(5)
		for _, s := range []struct {
			S int
			kernel.Attending
		}{
			{1, attending(1, 1, 4)},
			{5, attending(2, 2, 7)},
			{17, attending(2, 1, 8)},
			{33, attending(3, 1, 3)},
			{40, attending(4, 2, 5)},
			{21, kernel.Attending{Heads: 2, KVHeads: 1, Dim: 4, Scale: 0.8}},
			{21, kernel.Attending{Heads: 2, KVHeads: 1, Dim: 4, Scale: 0.8, Cap: 1.5}},
			{37, kernel.Attending{Heads: 1, KVHeads: 1, Dim: 4, Scale: 0.8, Window: 1}},
			{37, kernel.Attending{Heads: 2, KVHeads: 1, Dim: 4, Scale: 0.8, Window: 5}},
			{53, kernel.Attending{Heads: 2, KVHeads: 2, Dim: 3, Scale: 0.8, Cap: 2, Window: 17}},
			{20, kernel.Attending{Heads: 1, KVHeads: 1, Dim: 4, Scale: 0.8, Window: 20}},
		} {
			t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
				wq, wkv := s.Heads*s.Dim, s.KVHeads*s.Dim
				q, key, value, dout := d.floats(s.S*wq, 2), d.floats(s.S*wkv, 2), d.floats(s.S*wkv, 2), d.floats(s.S*wq, 1)
				out, dq, dk, dv := kernel.Alloc(len(q)), kernel.Alloc(len(q)), d.floats(len(key), 1), d.floats(len(key), 1)
				scratch := d.floats(s.Scratch(s.S), 1)
				k.Attention(s.Attending, s.S, 0, q, wq, key, value, wkv, out, wq, scratch)
				k.AttentionGrad(s.Attending, s.S, q, wq, key, value, wkv, dout, wq, dq, dk, dv, scratch)

				q64, key64, value64, dout64 := wide(q), wide(key), wide(value), wide(dout)
				forward := func() []float64 { return causalAttention(s.Attending, s.S, q64, key64, value64) }
				loss := func() float64 { return dot(dout64, forward()) }
				agree(t, "out", out, forward(), 2e-6)
				if s.Window != 1 { // of a single position the softmax is 1
					agree(t, "dq", dq, differences(q64, loss), 1e-5)
					agree(t, "dk", dk, differences(key64, loss), 1e-5)
				}
				agree(t, "dv", dv, differences(value64, loss), 1e-5)
			})
		}
	})
}

// The bits of a query do not depend on how many are computed with it.
func TestQueriesMayBeTakenOneAfterTheOther(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		for _, window := range []int{0, 7, 20} {
			const S, dim = 45, 8
			a := kernel.Attending{Heads: 2, KVHeads: 1, Dim: dim, Scale: 0.4, Cap: 3, Window: window}
			d := newDraws(23)
			q, key, value := d.floats(S*2*dim, 2), d.floats(S*dim, 2), d.floats(S*dim, 2)
			whole, single, scratch := make([]float32, len(q)), make([]float32, len(q)), make([]float32, a.Scratch(S))
			k.Attention(a, S, 0, q, 2*dim, key, value, dim, whole, 2*dim, scratch)
			for i := range S {
				k.Attention(a, 1, i, q[i*2*dim:], 2*dim, key[:(i+1)*dim], value[:(i+1)*dim], dim, single[i*2*dim:], 2*dim, scratch)
			}
			if !slices.Equal(single, whole) {
				t.Errorf("window %d: one after the other the outputs are others", window)
			}
		}
	})
}

func TestAttentionNeverSeesLaterTokens(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		const S, early, dim = 40, 21, 8
		a := attending(1, 1, dim)
		d := newDraws(6)
		q, key, value := d.floats(S*dim, 1), d.floats(S*dim, 1), d.floats(S*dim, 1)
		out, scratch := make([]float32, S*dim), make([]float32, a.Scratch(S))
		k.Attention(a, S, 0, q, dim, key, value, dim, out, dim, scratch)
		want := slices.Clone(out[:early*dim])
		for i := early * dim; i < S*dim; i++ {
			key[i], value[i] = d.floats(1, 1e30)[0], 1
		}
		k.Attention(a, S, 0, q, dim, key, value, dim, out, dim, scratch)
		if !slices.Equal(out[:early*dim], want) {
			t.Error("other later tokens changed the output of earlier ones")
		}
	})
}
