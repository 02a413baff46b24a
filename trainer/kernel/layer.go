package kernel

/*
#include "kernels.h"

#cgo noescape rmsnorm
#cgo nocallback rmsnorm
static void rmsnorm(const kernels *k, idx rows, idx n, float eps, const float *x, const float *w, float *y, float *inv) {
	k->rmsnorm(rows, n, eps, x, w, y, inv);
}
#cgo noescape rmsnorm_grad
#cgo nocallback rmsnorm_grad
static void rmsnorm_grad(const kernels *k, idx rows, idx n, const float *x, const float *w, const float *inv, const float *dy, float *dx) {
	k->rmsnorm_grad(rows, n, x, w, inv, dy, dx);
}
#cgo noescape rmsnorm_weight_grad
#cgo nocallback rmsnorm_weight_grad
static void rmsnorm_weight_grad(const kernels *k, idx rows, idx n, const float *x, const float *inv, const float *dy, float *dw) {
	k->rmsnorm_weight_grad(rows, n, x, inv, dy, dw);
}
#cgo noescape swiglu
#cgo nocallback swiglu
static void swiglu(const kernels *k, idx n, const float *gate, const float *up, float *h) { k->swiglu(n, gate, up, h); }
#cgo noescape swiglu_grad
#cgo nocallback swiglu_grad
static void swiglu_grad(const kernels *k, idx n, float *gate, float *up, const float *dh) { k->swiglu_grad(n, gate, up, dh); }
*/
import "C"

// RMSNorm normalises each of rows rows of n: inv[m] = 1/sqrt(mean(x^2) + eps)
// and y = x * inv * weight (arXiv 1910.07467, section 4). x, y are [rows][n],
// weight [n], inv [rows]; y may be x. The squares are summed in 16 lanes,
// which are then folded 8, 4, 2 and 1 apart.
func (k *Set) RMSNorm(rows, n int, eps float32, x, weight, y, inv []float32) {
	sizes("RMSNorm", rows, n)
	need("RMSNorm", "x", x, rows*n)
	need("RMSNorm", "weight", weight, n)
	need("RMSNorm", "y", y, rows*n)
	need("RMSNorm", "inv", inv, rows)
	C.rmsnorm(k.table, C.idx(rows), C.idx(n), C.float(eps), floats(x), floats(weight), floats(y), floats(inv))
}

// RMSNormGrad adds to dx the gradient of RMSNorm's x, given dy, that of its y;
// x and dx are [rows][n] and inv is what RMSNorm left.
func (k *Set) RMSNormGrad(rows, n int, x, weight, inv, dy, dx []float32) {
	sizes("RMSNormGrad", rows, n)
	need("RMSNormGrad", "x", x, rows*n)
	need("RMSNormGrad", "weight", weight, n)
	need("RMSNormGrad", "inv", inv, rows)
	need("RMSNormGrad", "dy", dy, rows*n)
	need("RMSNormGrad", "dx", dx, rows*n)
	C.rmsnorm_grad(k.table, C.idx(rows), C.idx(n), floats(x), floats(weight), floats(inv), floats(dy), floats(dx))
}

// RMSNormWeightGrad sets dw [n] to the gradient of RMSNorm's weight, the sum
// of dy * x * inv over rows in ascending order.
func (k *Set) RMSNormWeightGrad(rows, n int, x, inv, dy, dw []float32) {
	sizes("RMSNormWeightGrad", rows, n)
	need("RMSNormWeightGrad", "x", x, rows*n)
	need("RMSNormWeightGrad", "inv", inv, rows)
	need("RMSNormWeightGrad", "dy", dy, rows*n)
	need("RMSNormWeightGrad", "dw", dw, n)
	C.rmsnorm_weight_grad(k.table, C.idx(rows), C.idx(n), floats(x), floats(inv), floats(dy), floats(dw))
}

// SwiGLU sets h to silu(gate) * up for n elements, silu(x) = x / (1 + e^-x)
// (arXiv 2002.05202). h may be gate or up.
func (k *Set) SwiGLU(n int, gate, up, h []float32) {
	sizes("SwiGLU", n)
	need("SwiGLU", "gate", gate, n)
	need("SwiGLU", "up", up, n)
	need("SwiGLU", "h", h, n)
	C.swiglu(k.table, C.idx(n), floats(gate), floats(up), floats(h))
}

// SwiGLUGrad replaces gate and up, the inputs of SwiGLU, by their gradients,
// given dh, that of h.
func (k *Set) SwiGLUGrad(n int, gate, up, dh []float32) {
	sizes("SwiGLUGrad", n)
	need("SwiGLUGrad", "gate", gate, n)
	need("SwiGLUGrad", "up", up, n)
	need("SwiGLUGrad", "dh", dh, n)
	C.swiglu_grad(k.table, C.idx(n), floats(gate), floats(up), floats(dh))
}
