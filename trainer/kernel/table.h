// table.h: every kernel compiled for one level, and the table that names them.
// A level defines LEVEL_..., TABLE and TABLE_NAME and includes this file.
#include "kernels.h"
#include "vector.h"
#include "gemm.h"
#include "norm.h"
#include "gate.h"
#include "rope.h"
#include "softmax.h"
#include "attention.h"
#include "loss.h"
#include "update.h"

const kernels TABLE = {
	.name = TABLE_NAME,
	.pack = {[FLOAT32] = pack_float32},
	.mul = {[FLOAT32] = mul_float32},
	.gemm = gemm,
	.rmsnorm = rmsnorm,
	.rmsnorm_grad = rmsnorm_grad,
	.rmsnorm_weight_grad = rmsnorm_weight_grad,
	.swiglu = swiglu,
	.swiglu_grad = swiglu_grad,
	.rope = rope,
	.attention = attention,
	.attention_grad = attention_grad,
	.cross_entropy = cross_entropy,
	.cross_entropy_grad = cross_entropy_grad,
	.add = add_rows,
	.scale = scale_all,
	.sum_squares = sum_squares,
	.adam = adam,
	.sgd = sgd,
	.peak = peak,
};
