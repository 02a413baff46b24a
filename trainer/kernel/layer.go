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
#cgo noescape layernorm
#cgo nocallback layernorm
static void layernorm(const kernels *k, idx rows, idx n, float eps, const float *x, const float *w, float *y, float *mean, float *inv) {
	k->layernorm(rows, n, eps, x, w, y, mean, inv);
}
#cgo noescape layernorm_grad
#cgo nocallback layernorm_grad
static void layernorm_grad(const kernels *k, idx rows, idx n, const float *x, const float *w, const float *mean, const float *inv, const float *dy, float *dx) {
	k->layernorm_grad(rows, n, x, w, mean, inv, dy, dx);
}
#cgo noescape layernorm_weight_grad
#cgo nocallback layernorm_weight_grad
static void layernorm_weight_grad(const kernels *k, idx rows, idx n, const float *x, const float *mean, const float *inv, const float *dy, float *dw) {
	k->layernorm_weight_grad(rows, n, x, mean, inv, dy, dw);
}
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

// LayerNorm centres and normalises each of rows rows of n: mean[m] = mean(x), inv[m] =
// 1/sqrt(mean((x - mean)^2) + eps) and y = (x - mean) * inv * weight (arXiv 1607.06450,
// without its bias). x, y are [rows][n], weight [n], mean and inv [rows]; y may be x. Sums
// are those of RMSNorm.
func (k *Set) LayerNorm(rows, n int, eps float32, x, weight, y, mean, inv []float32) {
	const op = "LayerNorm"
	checkLayerNorm(op, rows, n, x, mean, inv)
	need(op, "weight", weight, n)
	need(op, "y", y, rows*n)
	C.layernorm(k.table, C.idx(rows), C.idx(n), C.float(eps), floats(x), floats(weight), floats(y), floats(mean), floats(inv))
}

// LayerNormGrad adds to dx the gradient of LayerNorm's x, given dy, that of its y;
// x and dx are [rows][n], mean and inv are what LayerNorm left.
func (k *Set) LayerNormGrad(rows, n int, x, weight, mean, inv, dy, dx []float32) {
	const op = "LayerNormGrad"
	checkLayerNorm(op, rows, n, x, mean, inv)
	need(op, "weight", weight, n)
	need(op, "dy", dy, rows*n)
	need(op, "dx", dx, rows*n)
	C.layernorm_grad(k.table, C.idx(rows), C.idx(n), floats(x), floats(weight), floats(mean), floats(inv), floats(dy), floats(dx))
}

// LayerNormWeightGrad sets dw [n] to the gradient of LayerNorm's weight, the sum
// of dy * (x - mean) * inv over rows in ascending order.
func (k *Set) LayerNormWeightGrad(rows, n int, x, mean, inv, dy, dw []float32) {
	const op = "LayerNormWeightGrad"
	checkLayerNorm(op, rows, n, x, mean, inv)
	need(op, "dy", dy, rows*n)
	need(op, "dw", dw, n)
	C.layernorm_weight_grad(k.table, C.idx(rows), C.idx(n), floats(x), floats(mean), floats(inv), floats(dy), floats(dw))
}

func checkLayerNorm(op string, rows, n int, x, mean, inv []float32) {
	sizes(op, rows, n)
	need(op, "x", x, rows*n)
	need(op, "mean", mean, rows)
	need(op, "inv", inv, rows)
}
