package kernel

// #include "kernels.h"
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
	k.do(C.call{kernel: C.RMSNORM, size: lengths(rows, n), real: reals(eps), at: places(at(x), at(weight), at(y), at(inv))})
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
	k.do(C.call{kernel: C.RMSNORM_GRAD, size: lengths(rows, n), at: places(at(x), at(weight), at(inv), at(dy), at(dx))})
}

// RMSNormWeightGrad sets dw [n] to the gradient of RMSNorm's weight, the sum
// of dy * x * inv over rows in ascending order.
func (k *Set) RMSNormWeightGrad(rows, n int, x, inv, dy, dw []float32) {
	sizes("RMSNormWeightGrad", rows, n)
	need("RMSNormWeightGrad", "x", x, rows*n)
	need("RMSNormWeightGrad", "inv", inv, rows)
	need("RMSNormWeightGrad", "dy", dy, rows*n)
	need("RMSNormWeightGrad", "dw", dw, n)
	k.do(C.call{kernel: C.RMSNORM_WEIGHT_GRAD, size: lengths(rows, n), at: places(at(x), at(inv), at(dy), at(dw))})
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
	k.do(C.call{kernel: C.LAYERNORM, size: lengths(rows, n), real: reals(eps), at: places(at(x), at(weight), at(y), at(mean), at(inv))})
}

// LayerNormGrad adds to dx the gradient of LayerNorm's x, given dy, that of its y;
// x and dx are [rows][n], mean and inv are what LayerNorm left.
func (k *Set) LayerNormGrad(rows, n int, x, weight, mean, inv, dy, dx []float32) {
	const op = "LayerNormGrad"
	checkLayerNorm(op, rows, n, x, mean, inv)
	need(op, "weight", weight, n)
	need(op, "dy", dy, rows*n)
	need(op, "dx", dx, rows*n)
	k.do(C.call{kernel: C.LAYERNORM_GRAD, size: lengths(rows, n), at: places(at(x), at(weight), at(mean), at(inv), at(dy), at(dx))})
}

// LayerNormWeightGrad sets dw [n] to the gradient of LayerNorm's weight, the sum
// of dy * (x - mean) * inv over rows in ascending order.
func (k *Set) LayerNormWeightGrad(rows, n int, x, mean, inv, dy, dw []float32) {
	const op = "LayerNormWeightGrad"
	checkLayerNorm(op, rows, n, x, mean, inv)
	need(op, "dy", dy, rows*n)
	need(op, "dw", dw, n)
	k.do(C.call{kernel: C.LAYERNORM_WEIGHT_GRAD, size: lengths(rows, n), at: places(at(x), at(mean), at(inv), at(dy), at(dw))})
}

func checkLayerNorm(op string, rows, n int, x, mean, inv []float32) {
	sizes(op, rows, n)
	need(op, "x", x, rows*n)
	need(op, "mean", mean, rows)
	need(op, "inv", inv, rows)
}
