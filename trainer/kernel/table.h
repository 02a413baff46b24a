// table.h: every kernel compiled for one level, and the table that names them.
// A level defines LEVEL_..., TABLE and TABLE_NAME and includes this file.
#include "kernels.h"
#include "vector.h"
#include "gemm.h"
#include "matrix.h"
#include "rounded.h"
#include "blocks.h"
#include "quantise.h"
#include "norm.h"
#include "gate.h"
#include "rope.h"
#include "softmax.h"
#include "softcap.h"
#include "attention.h"
#include "loss.h"
#include "update.h"

const kernels TABLE = {
	.name = TABLE_NAME,
	.mul = {
		[FLOAT32] = mul_float32, [BFLOAT16] = mul_bfloat16,
		[Q8_0] = mul_q8_0, [Q4_0] = mul_q4_0, [Q4_1] = mul_q4_1, [Q5_0] = mul_q5_0, [Q5_1] = mul_q5_1, [Q4_K] = mul_q4_k, [Q5_K] = mul_q5_k, [Q6_K] = mul_q6_k, [NF4] = mul_nf4,
	},
	.row = {
		[FLOAT32] = row_float32, [BFLOAT16] = row_bfloat16,
		[Q8_0] = row_q8_0, [Q4_0] = row_q4_0, [Q4_1] = row_q4_1, [Q5_0] = row_q5_0, [Q5_1] = row_q5_1, [Q4_K] = row_q4_k, [Q5_K] = row_q5_k, [Q6_K] = row_q6_k, [NF4] = row_nf4,
	},
	.encode = {
		[FLOAT32] = encode_float32, [BFLOAT16] = encode_bfloat16, [Q8_0] = encode_q8_0, [Q4_0] = encode_q4_0, [NF4] = encode_nf4,
	},
	.gemm = gemm,
	.rmsnorm = rmsnorm,
	.rmsnorm_grad = rmsnorm_grad,
	.rmsnorm_weight_grad = rmsnorm_weight_grad,
	.layernorm = layernorm,
	.layernorm_grad = layernorm_grad,
	.layernorm_weight_grad = layernorm_weight_grad,
	.gate = {[SILU] = swiglu, [GELU_TANH] = geglu},
	.gate_grad = {[SILU] = swiglu_grad, [GELU_TANH] = geglu_grad},
	.rope = rope,
	.rope_adjacent = rope_adjacent,
	.attention = attention,
	.attention_grad = attention_grad,
	.cross_entropy = cross_entropy,
	.cross_entropy_grad = cross_entropy_grad,
	.soft_cap = soft_cap,
	.soft_cap_grad = soft_cap_grad,
	.add = add_rows,
	.add_bias = add_bias,
	.bias_grad = bias_grad,
	.scale = scale_all,
	.sum_squares = sum_squares,
	.adam = adam,
	.sgd = sgd,
	.peak = {peak_fma, peak_pairs},
	.per_pair = PER_PAIR,
	.wide = WIDE,
};
