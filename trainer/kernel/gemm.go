package kernel

/*
#include "kernels.h"

#cgo noescape gemm
#cgo nocallback gemm
static void gemm(const kernels *k, idx M, idx N, idx K, const float *a, idx am, idx ak, const float *b, idx bk, float *c, idx cm, int add) {
	k->gemm(M, N, K, a, am, ak, b, bk, c, cm, add);
}
*/
import "C"

// Gemm sets C [M, N] to A [M, K] times B [K, N], or adds the product to C,
// where A(m,k) = a[m*am + k*ak], B(k,n) = b[k*bk + n] and C(m,n) = c[m*cm + n].
// An element is one chain of fused multiply-adds over ascending k, restarted (and
// added to C) every 1024 steps.
func (k *Set) Gemm(M, N, K int, a []float32, am, ak int, b []float32, bk int, c []float32, cm int, add bool) {
	sizes("Gemm", M, N, K, am, ak, bk, cm)
	need("Gemm", "a", a, reach(M, am, K, ak))
	need("Gemm", "b", b, span(K, N, bk))
	need("Gemm", "c", c, span(M, N, cm))
	rowStride("Gemm", "c", M, N, cm)
	C.gemm(k.table, C.idx(M), C.idx(N), C.idx(K), floats(a), C.idx(am), C.idx(ak), floats(b), C.idx(bk), floats(c), C.idx(cm), flag(add))
}

// reach is one past the last element that i*is + j*js touches for i < m, j < n.
func reach(m, is, n, js int) int {
	if m == 0 || n == 0 {
		return 0
	}
	return (m-1)*is + (n-1)*js + 1
}
