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
func peak(k *kernel.Set, f kernel.Format) float64 {
	best := 0.0
	for range 10 {
		start := time.Now()
		flops := k.Peak(f, 1<<20)
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

// measure times run, which does flops floating-point operations in a format, and
// reports GFLOP/s and the ratio to the register-only peak of the same moment.
func measure(b *testing.B, k *kernel.Set, f kernel.Format, flops int, run func()) {
	top := peak(k, f)
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

// Frozen weights in every format: tiny's, SmolLM2's and TinyLlama's shapes, y = x W^T
// and dx = dy W.
func BenchmarkMul(b *testing.B) {
	for _, f := range kernel.Formats() {
		b.Run(f.String(), func(b *testing.B) {
			for _, s := range [][3]int{{512, 128, 128}, {512, 384, 128}, {512, 128, 384}, {256, 192, 576}, {256, 576, 576}, {256, 1536, 576}, {256, 576, 1536}, {256, 2048, 2048}, {256, 49152, 576}, {1, 1536, 576}} {
				benchmarkMul(b, f, s[0], s[1], s[2])
			}
		})
	}
}

// LoRA's x A^T at rank 8, 16.
func BenchmarkFactors(b *testing.B) {
	for _, s := range [][3]int{{512, 8, 128}, {256, 8, 576}, {256, 16, 576}, {256, 1, 576}} {
		benchmarkMul(b, kernel.Float32, s[0], s[1], s[2])
	}
}

// benchmarkMul multiplies M rows by a matrix of a format, either way round.
func benchmarkMul(b *testing.B, f kernel.Format, M, rows, columns int) {
	b.Run(fmt.Sprintf("%dx%dx%d", M, rows, columns), func(b *testing.B) {
		eachFast(b, func(b *testing.B, k *kernel.Set) {
			d := newDraws(1)
			w := matrixOf(f, d, d.floats(rows*columns, 1), rows, columns)
			x, y, scratch := d.floats(M*columns, 1), d.floats(M*rows, 1), kernel.Alloc(k.Scratch(f, M, rows, columns))
			b.Run("forward", func(b *testing.B) {
				measure(b, k, f, 2*M*rows*columns, func() { k.MulT(y, rows, x, columns, M, w, false, scratch) })
			})
			b.Run("backward", func(b *testing.B) {
				measure(b, k, f, 2*M*rows*columns, func() { k.Mul(x, columns, y, rows, M, w, false, scratch) })
			})
		})
	})
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
				measure(b, k, kernel.Float32, 2*s.M*s.N*s.K, func() { k.Gemm(s.M, s.N, s.K, x, s.am, s.ak, y, s.N, c, s.N, s.add) })
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
						measure(b, k, kernel.Float32, flops*5/2, func() {
							k.AttentionGrad(a, S, q, heads*dim, key, value, kvHeads*dim, q, heads*dim, dq, dk, dv, scratch)
						})
						return
					}
					measure(b, k, kernel.Float32, flops, func() {
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
