package kernel

/*
#include "kernels.h"

#cgo noescape rope
#cgo nocallback rope
static void rope(const kernels *k, idx tokens, idx heads, idx dim, float *x, idx xs, const float *table, float direction) {
	k->rope(tokens, heads, dim, x, xs, table, direction);
}
#cgo noescape attention
#cgo nocallback attention
static void attention(const kernels *k, idx S, idx heads, idx kv_heads, idx dim, const float *q, idx qs,
		const float *key, const float *value, idx kvs, float *out, idx os, float *scratch) {
	k->attention(S, heads, kv_heads, dim, q, qs, key, value, kvs, out, os, scratch);
}
#cgo noescape attention_grad
#cgo nocallback attention_grad
static void attention_grad(const kernels *k, idx S, idx heads, idx kv_heads, idx dim, const float *q, idx qs,
		const float *key, const float *value, idx kvs, const float *dout, idx os,
		float *dq, float *dk, float *dv, float *scratch) {
	k->attention_grad(S, heads, kv_heads, dim, q, qs, key, value, kvs, dout, os, dq, dk, dv, scratch);
}
*/
import "C"

import "fmt"

// RopeTable returns the cosines and sines of position * frequency for the
// positions 0, 1, ...: [positions][2*len(frequencies)], cosines before sines.
// Frequencies are in radians a position. Each value is the float32 nearest the
// true one but for ties closer than 1e-16, and the same on every machine.
func RopeTable(positions int, frequencies []float64) []float32 {
	half := len(frequencies)
	table := Alloc(positions * 2 * half)
	for t := range positions {
		row := table[t*2*half:]
		for i, f := range frequencies {
			angle := float64(t) * f
			row[i], row[half+i] = float32(Cos(angle)), float32(Sin(angle))
		}
	}
	return table
}

// Rope turns, in place, each of the heads heads of dim elements in each row of
// x by its position (arXiv 2104.09864): row t, xs after the one before, by row
// t of table, which is RopeTable's. Element i of a head's first half turns
// with element i of its second, as in Hugging Face's Llama. inverse turns
// back, which is also the gradient.
func (k *Set) Rope(tokens, heads, dim int, x []float32, xs int, table []float32, inverse bool) {
	sizes("Rope", tokens, heads, dim, xs)
	if dim%2 != 0 {
		panic(fmt.Sprintf("kernel: Rope: heads of %d elements have no halves", dim))
	}
	need("Rope", "x", x, span(tokens, heads*dim, xs))
	need("Rope", "table", table, tokens*dim)
	rowStride("Rope", "x", tokens, heads*dim, xs)
	direction := C.float(1)
	if inverse {
		direction = -1
	}
	C.rope(k.table, C.idx(tokens), C.idx(heads), C.idx(dim), floats(x), C.idx(xs), floats(table), direction)
}

// AttentionScratch returns how many floats of scratch Attention and
// AttentionGrad need for one sequence of S tokens, whatever the numbers of
// query and key-value heads, which are taken one at a time. Alloc aligns them,
// which makes it faster.
func AttentionScratch(S, _, _, dim int) int {
	return (S + 15) / 16 * 16 * 2 * (dim + C.QUERIES)
}

// Attention is causal grouped-query attention over one sequence of S tokens:
// out_t = sum over u <= t of softmax_u(q_t . key_u / sqrt(dim)) value_u. Rows
// of q, qs apart, and of out, os apart, hold heads heads of dim; rows of key
// and value, kvs apart, hold kvHeads, of which query head h reads the one
// numbered h / (heads/kvHeads). Queries are taken 16 at a time; softmax sums
// as RMSNorm does and products as Mul does.
func (k *Set) Attention(S, heads, kvHeads, dim int, q []float32, qs int, key, value []float32, kvs int, out []float32, os int, scratch []float32) {
	const op = "Attention"
	checkHeads(op, S, heads, kvHeads, dim, qs, kvs, os)
	need(op, "q", q, span(S, heads*dim, qs))
	need(op, "key", key, span(S, kvHeads*dim, kvs))
	need(op, "value", value, span(S, kvHeads*dim, kvs))
	need(op, "out", out, span(S, heads*dim, os))
	need(op, "scratch", scratch, AttentionScratch(S, heads, kvHeads, dim))
	if S == 0 {
		return
	}
	C.attention(k.table, C.idx(S), C.idx(heads), C.idx(kvHeads), C.idx(dim), floats(q), C.idx(qs),
		floats(key), floats(value), C.idx(kvs), floats(out), C.idx(os), floats(scratch))
}

// AttentionGrad sets dq (rows qs apart), dk and dv (rows kvs apart) to the
// gradients of Attention's inputs, given dout, that of its output. A key or
// value head sums over its query heads in ascending order, and for each over
// queries, 16 at a time. dq, dk and dv may share an array, as q, key and value
// may.
func (k *Set) AttentionGrad(S, heads, kvHeads, dim int, q []float32, qs int, key, value []float32, kvs int, dout []float32, os int, dq, dk, dv, scratch []float32) {
	const op = "AttentionGrad"
	checkHeads(op, S, heads, kvHeads, dim, qs, kvs, os)
	need(op, "q", q, span(S, heads*dim, qs))
	need(op, "key", key, span(S, kvHeads*dim, kvs))
	need(op, "value", value, span(S, kvHeads*dim, kvs))
	need(op, "dout", dout, span(S, heads*dim, os))
	need(op, "dq", dq, span(S, heads*dim, qs))
	need(op, "dk", dk, span(S, kvHeads*dim, kvs))
	need(op, "dv", dv, span(S, kvHeads*dim, kvs))
	need(op, "scratch", scratch, AttentionScratch(S, heads, kvHeads, dim))
	if S == 0 {
		return
	}
	C.attention_grad(k.table, C.idx(S), C.idx(heads), C.idx(kvHeads), C.idx(dim), floats(q), C.idx(qs),
		floats(key), floats(value), C.idx(kvs), floats(dout), C.idx(os), floats(dq), floats(dk), floats(dv), floats(scratch))
}

// checkHeads panics unless heads is a multiple of kvHeads and the rows fit
// their strides.
func checkHeads(op string, S, heads, kvHeads, dim, qs, kvs, os int) {
	sizes(op, S, heads, kvHeads, dim, qs, kvs, os)
	if kvHeads == 0 || heads%kvHeads != 0 {
		panic(fmt.Sprintf("kernel: %s: %d query heads cannot share %d key-value heads evenly", op, heads, kvHeads))
	}
	rowStride(op, "q", S, heads*dim, qs)
	rowStride(op, "key and value", S, kvHeads*dim, kvs)
	rowStride(op, "out", S, heads*dim, os)
}
