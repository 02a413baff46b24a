package kernel_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"sweep/trainer/kernel"
)

// peak measures the register-only speed of k in floating-point operations a
// second: the best of a few short loops.
func peak(k *kernel.Set) float64 {
	best := 0.0
	for range 10 {
		start := time.Now()
		flops := k.Peak(1 << 20)
		best = max(best, float64(flops)/time.Since(start).Seconds())
	}
	return best
}

// fastest runs b's loop and returns the seconds of its fastest turn, which on a
// busy machine says more than the mean.
func fastest(b *testing.B, run func()) float64 {
	best := math.Inf(1)
	for b.Loop() {
		start := time.Now()
		run()
		best = min(best, time.Since(start).Seconds())
	}
	return best
}

// measure times run, which does flops floating-point operations, and reports
// GFLOP/s and the ratio to the register-only peak of the same moment.
func measure(b *testing.B, k *kernel.Set, flops int, run func()) {
	top := peak(k)
	rate := float64(flops) / fastest(b, run)
	b.ReportMetric(rate/1e9, "GFLOP/s")
	b.ReportMetric(rate/top, "of-peak")
}

// eachFast benchmarks the levels that have vectors.
func eachFast(b *testing.B, run func(b *testing.B, k *kernel.Set)) {
	for _, k := range kernel.All()[1:] {
		b.Run(k.Name(), func(b *testing.B) { run(b, k) })
	}
}

// Frozen weights: tiny's and SmolLM2's shapes, and LoRA's x A^T at rank 8, 16.
func BenchmarkMul(b *testing.B) {
	for _, s := range [][3]int{{1, 1536, 576}, {1, 49152, 576}, {512, 128, 128}, {512, 128, 384}, {512, 384, 128}, {512, 256, 128}, {256, 576, 576}, {256, 1536, 576}, {256, 576, 1536}, {256, 49152, 576}, {256, 576, 49152}, {512, 8, 128}, {256, 8, 576}, {256, 16, 576}, {256, 1, 576}} {
		M, N, K := s[0], s[1], s[2]
		b.Run(fmt.Sprintf("%dx%dx%d", M, N, K), func(b *testing.B) {
			eachFast(b, func(b *testing.B, k *kernel.Set) {
				d := newDraws(1)
				a, c, scratch := d.floats(M*K, 1), kernel.Alloc(M*N), kernel.Alloc(kernel.Scratch(max(K, N), max(K, N)))
				w := d.floats(K*N, 1)
				for _, transposed := range []bool{false, true} {
					b.Run(fmt.Sprintf("transposed=%t", transposed), func(b *testing.B) {
						if transposed {
							m := kernel.Float32Matrix(w, N, K)
							measure(b, k, 2*M*N*K, func() { k.MulT(c, N, a, K, M, m, false, scratch) })
							return
						}
						m := kernel.Float32Matrix(w, K, N)
						measure(b, k, 2*M*N*K, func() { k.Mul(c, N, a, K, M, m, false, scratch) })
					})
				}
			})
		})
	}
}

// LoRA's products at rank 8 over 256 tokens of width 576: up, and the
// gradients of both factors.
func BenchmarkGemm(b *testing.B) {
	const tokens, width, r = 256, 576, 8
	for _, s := range []struct {
		name            string
		M, N, K, am, ak int
		add             bool
	}{
		{"up", tokens, width, r, r, 1, true},
		{"gradient", r, width, tokens, 1, r, false},
		{"gradient-r2", 2, width, tokens, 1, 2, false},
	} {
		b.Run(s.name, func(b *testing.B) {
			eachFast(b, func(b *testing.B, k *kernel.Set) {
				d := newDraws(1)
				x, y, c := d.floats(s.M*s.K, 1), d.floats(s.K*s.N, 1), kernel.Alloc(s.M*s.N)
				measure(b, k, 2*s.M*s.N*s.K, func() { k.Gemm(s.M, s.N, s.K, x, s.am, s.ak, y, s.N, c, s.N, s.add) })
			})
		})
	}
}

func BenchmarkAttention(b *testing.B) {
	for _, s := range [][4]int{{64, 4, 4, 32}, {128, 9, 3, 64}} {
		S, heads, kvHeads, dim := s[0], s[1], s[2], s[3]
		a := kernel.Attending{Heads: heads, KVHeads: kvHeads, Dim: dim, Scale: kernel.InverseRoot(dim)}
		for _, gradient := range []bool{false, true} {
			b.Run(fmt.Sprintf("S%d-h%d-d%d-gradient=%t", S, heads, dim, gradient), func(b *testing.B) {
				eachFast(b, func(b *testing.B, k *kernel.Set) {
					d := newDraws(1)
					q, key, value := d.floats(S*heads*dim, 1), d.floats(S*kvHeads*dim, 1), d.floats(S*kvHeads*dim, 1)
					out, scratch := kernel.Alloc(len(q)), kernel.Alloc(a.Scratch(S))
					dq, dk, dv := kernel.Alloc(len(q)), kernel.Alloc(len(key)), kernel.Alloc(len(key))
					flops := 2 * S * S * heads * dim // two products, half of each is seen
					if gradient {
						measure(b, k, flops*5/2, func() {
							k.AttentionGrad(a, S, q, heads*dim, key, value, kvHeads*dim, q, heads*dim, dq, dk, dv, scratch)
						})
						return
					}
					measure(b, k, flops, func() {
						k.Attention(a, S, 0, q, heads*dim, key, value, kvHeads*dim, out, heads*dim, scratch)
					})
				})
			})
		}
	}
}

// Row kernels, in nanoseconds an element.
func BenchmarkRows(b *testing.B) {
	const rows, n = 64, 1536
	d := newDraws(1)
	x, y, z, w := d.floats(rows*n, 1), d.floats(rows*n, 1), d.floats(rows*n, 1), d.floats(rows*n, 1)
	inv, losses, targets := make([]float32, rows), make([]float32, rows), make([]int32, rows)
	rotary := kernel.Rotary{Dim: 64, Turned: 64, Table: kernel.RopeTable(rows, make([]float64, 32), 1)}
	step := kernel.AdamStep{LR: 1e-9, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: 0.01, Step: 3, Decoupled: true}
	eachFast(b, func(b *testing.B, k *kernel.Set) {
		for _, row := range []struct {
			name string
			run  func()
		}{
			{"rmsnorm", func() { k.RMSNorm(rows, n, 1e-5, x, w, y, inv) }},
			{"rmsnorm-gradient", func() { k.RMSNormGrad(rows, n, x, w, inv, y, z) }},
			{"rmsnorm-weight-gradient", func() { k.RMSNormWeightGrad(rows, n, x, inv, y, z) }},
			{"swiglu", func() { k.Gate(kernel.SiLU, rows, n, x, y, n, z) }},
			{"swiglu-gradient", func() { k.GateGrad(kernel.SiLU, rows, n, y, z, n, x) }},
			{"rope", func() { k.Rope(rotary, rows, n/64, x, n, false) }},
			{"cross-entropy", func() { k.CrossEntropy(rows, n, x, targets, losses) }},
			{"cross-entropy-gradient", func() { k.CrossEntropyGrad(rows, n, z, targets, 1, losses) }},
			{"add", func() { k.Add(y, x) }},
			{"sum-squares", func() { k.SumSquares(x) }},
			{"adam", func() { k.Adam(w, x, y, z, step) }},
		} {
			b.Run(row.name, func(b *testing.B) {
				b.ReportMetric(fastest(b, row.run)*1e9/(rows*n), "ns/element")
			})
		}
	})
}
