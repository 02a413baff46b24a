package kernel

// #include "kernels.h"
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
	k.do(C.call{kernel: C.GEMM, size: lengths(M, N, K, am, ak, bk, cm, int(flag(add))), at: places(at(a), at(b), at(c))})
}

// reach is one past the last element that i*is + j*js touches for i < m, j < n.
func reach(m, is, n, js int) int {
	if m == 0 || n == 0 {
		return 0
	}
	return (m-1)*is + (n-1)*js + 1
}
