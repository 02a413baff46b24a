package kernel

/*
#include "kernels.h"

#cgo noescape pack
#cgo nocallback pack
static void pack(const kernels *k, int format, idx K, idx N, const float *src, idx ks, idx ns, float *panels) {
	k->pack[format](K, N, src, ks, ns, panels);
}
#cgo noescape mul
#cgo nocallback mul
static void mul(const kernels *k, int format, idx M, idx N, idx K, const float *a, idx am, const float *panels, float *c, idx cm, int add) {
	k->mul[format](M, N, K, a, am, panels, c, cm, add);
}
#cgo noescape gemm
#cgo nocallback gemm
static void gemm(const kernels *k, idx M, idx N, idx K, const float *a, idx am, idx ak, const float *b, idx bk, float *c, idx cm, int add) {
	k->gemm(M, N, K, a, am, ak, b, bk, c, cm, add);
}
*/
import "C"

// Panels is a matrix B [K, N] laid out for multiplying by: 16 columns at a
// time, [ceil(N/16)][K][16], the last panel filled up with zeros, its elements
// in one Format. It may be shared by any number of goroutines as long as none
// repacks it.
type Panels struct {
	format Format
	k, n   int
	data   []float32 // the memory, whatever the format
}

// NewPanels returns a matrix [K, N] of zeros.
func NewPanels(f Format, K, N int) *Panels {
	sizes("NewPanels", K, N)
	return &Panels{format: f, k: K, n: N, data: Alloc(f.words(K, N))}
}

// K returns the number of rows of B.
func (p *Panels) K() int { return p.k }

// N returns the number of columns of B.
func (p *Panels) N() int { return p.n }

// Bytes returns the memory that p's elements take.
func (p *Panels) Bytes() int { return p.format.Bytes(p.k, p.n) }

// Pack copies B(k,n) = src[k*ks + n*ns] into panels of format f, rounding where
// it is narrower.
func (k *Set) Pack(f Format, src []float32, K, N, ks, ns int) *Panels {
	sizes("Pack", K, N, ks, ns)
	p := NewPanels(f, K, N)
	k.Repack(p, src, ks, ns)
	return p
}

// Repack overwrites p with another matrix of its shape, read as Pack reads it.
func (k *Set) Repack(p *Panels, src []float32, ks, ns int) {
	sizes("Pack", ks, ns)
	need("Pack", "src", src, reach(p.k, ks, p.n, ns))
	C.pack(k.table, C.int(p.format), C.idx(p.k), C.idx(p.n), floats(src), C.idx(ks), C.idx(ns), floats(p.data))
}

// reach is one past the last element that i*is + j*js touches for i < m, j < n.
func reach(m, is, n, js int) int {
	if m == 0 || n == 0 {
		return 0
	}
	return (m-1)*is + (n-1)*js + 1
}

// Mul sets C [M, N] to A [M, K] times p, or adds the product to C. The rows of
// a are as apart, those of c cs. An element is one chain of fused
// multiply-adds over ascending k, restarted (and added to C) every 1024 steps.
func (k *Set) Mul(c []float32, cs int, a []float32, as, M int, p *Panels, add bool) {
	sizes("Mul", M, as, cs)
	need("Mul", "a", a, span(M, p.k, as))
	need("Mul", "c", c, span(M, p.n, cs))
	rowStride("Mul", "c", M, p.n, cs)
	C.mul(k.table, C.int(p.format), C.idx(M), C.idx(p.n), C.idx(p.k), floats(a), C.idx(as), floats(p.data), floats(c), C.idx(cs), flag(add))
}

// Gemm sets C [M, N] to A [M, K] times B [K, N], or adds the product to C,
// where A(m,k) = a[m*am + k*ak], B(k,n) = b[k*bk + n] and C(m,n) = c[m*cm + n].
// Its sums are those of Mul, bit for bit.
func (k *Set) Gemm(M, N, K int, a []float32, am, ak int, b []float32, bk int, c []float32, cm int, add bool) {
	sizes("Gemm", M, N, K, am, ak, bk, cm)
	need("Gemm", "a", a, reach(M, am, K, ak))
	need("Gemm", "b", b, span(K, N, bk))
	need("Gemm", "c", c, span(M, N, cm))
	rowStride("Gemm", "c", M, N, cm)
	C.gemm(k.table, C.idx(M), C.idx(N), C.idx(K), floats(a), C.idx(am), C.idx(ak), floats(b), C.idx(bk), floats(c), C.idx(cm), flag(add))
}
