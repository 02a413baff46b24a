package kernel

// #include "kernels.h"
import "C"

import (
	"fmt"
	"math"
)

// RopeTable returns the cosines and sines of position * frequency for the
// positions 0, 1, ...: [positions][2*len(frequencies)], cosines before sines.
// Frequencies are in radians a position. Each value is the float32 nearest the
// true one but for ties closer than 1e-16, times scale, and the same on every
// machine.
func RopeTable(positions int, frequencies []float64, scale float32) []float32 {
	half := len(frequencies)
	table := Alloc(positions * 2 * half)
	for t := range positions {
		row := table[t*2*half:]
		for i, f := range frequencies {
			angle := float64(t) * f
			row[i], row[half+i] = float32(Cos(angle))*scale, float32(Sin(angle))*scale
		}
	}
	return table
}

// Rotary is a rotary position embedding (arXiv 2104.09864).
type Rotary struct {
	Dim      int       // elements of a head
	Turned   int       // so many of which turn, the first ones; an even number
	Adjacent bool      // elements 2i and 2i+1 turn together, not i and i + Turned/2 as in Hugging Face's Llama
	Table    []float32 // RopeTable's, of Turned/2 frequencies
}

// From is the embedding of the positions from one on.
func (r Rotary) From(position int) Rotary {
	r.Table = r.Table[position*r.Turned:]
	return r
}

// Rope turns, in place, each of the heads heads in each row of x by its position:
// row t, xs after the one before, by row t of the table. inverse turns back, which
// is also the gradient.
func (k *Set) Rope(r Rotary, tokens, heads int, x []float32, xs int, inverse bool) {
	sizes("Rope", tokens, heads, r.Dim, r.Turned, xs)
	if r.Turned%2 != 0 || r.Turned > r.Dim {
		panic(fmt.Sprintf("kernel: Rope: %d elements of heads of %d cannot turn in pairs", r.Turned, r.Dim))
	}
	need("Rope", "x", x, span(tokens, heads*r.Dim, xs))
	need("Rope", "table", r.Table, tokens*r.Turned)
	rowStride("Rope", "x", tokens, heads*r.Dim, xs)
	direction := float32(1)
	if inverse {
		direction = -1
	}
	k.do(C.call{
		kernel: C.ROPE, variant: flag(r.Adjacent), size: lengths(tokens, heads, r.Dim, r.Turned, xs),
		real: reals(direction), at: places(at(x), at(r.Table)),
	})
}

// Attending is how queries attend to keys. Heads is a multiple of KVHeads.
type Attending struct {
	Heads, KVHeads int
	Dim            int     // elements of a head
	Scale          float32 // of query times key; positive
	Cap            float32 // if not 0, such a product x becomes Cap tanh(x/Cap) (arXiv 2408.00118, section 2)
	Window         int     // positions that a query sees, its own included; 0: all before
}

// InverseRoot is 1/sqrt(x), the usual scale of attention.
func InverseRoot(x int) float32 { return 1 / float32(math.Sqrt(float64(x))) }

// Scratch returns how many floats of scratch Attention and AttentionGrad need for
// keys of so many positions, whatever the numbers of query and key-value heads, which are
// taken one at a time. Alloc aligns them, which makes it faster.
func (a Attending) Scratch(positions int) int {
	rows := 2 * (a.Dim + C.QUERIES)
	if a.Cap != 0 {
		rows += C.QUERIES
	}
	return (positions + 15) / 16 * 16 * rows
}

func (a Attending) c() C.attending {
	return C.attending{
		heads: C.idx(a.Heads), kv_heads: C.idx(a.KVHeads), dim: C.idx(a.Dim),
		scale: C.float(a.Scale), cap: C.float(a.Cap), window: C.idx(a.Window),
	}
}

// Attention is causal grouped-query attention over one sequence: for the S tokens
// from position past on, out_t = sum over u of softmax_u(Scale q_t . key_u) value_u, u
// being the positions up to the token's own, the last Window of them if there is one.
// Rows of q, qs apart, and of out, os apart, hold Heads heads of Dim; rows of key
// and value, kvs apart, of the past+S positions, hold KVHeads, of which query head h reads
// the one numbered h / (Heads/KVHeads). Queries are taken 16 at a time; softmax sums
// as RMSNorm does and products as Mul does. So tokens may be taken one after the other:
// without a window of a thousand positions or more the bits are those of all at once.
func (k *Set) Attention(a Attending, S, past int, q []float32, qs int, key, value []float32, kvs int, out []float32, os int, scratch []float32) {
	const op = "Attention"
	sizes(op, past)
	a.check(op, S, qs, kvs, os)
	need(op, "q", q, span(S, a.Heads*a.Dim, qs))
	need(op, "key", key, span(past+S, a.KVHeads*a.Dim, kvs))
	need(op, "value", value, span(past+S, a.KVHeads*a.Dim, kvs))
	need(op, "out", out, span(S, a.Heads*a.Dim, os))
	need(op, "scratch", scratch, a.Scratch(past+S))
	rowStride(op, "key and value", past+S, a.KVHeads*a.Dim, kvs)
	if S == 0 {
		return
	}
	k.do(C.call{
		kernel: C.ATTENTION, how: a.c(), scratch: C.idx(a.Scratch(past + S)), size: lengths(S, past, qs, kvs, os),
		at: places(at(q), at(key), at(value), at(out), at(scratch)),
	})
}

// AttentionGrad sets dq (rows qs apart), dk and dv (rows kvs apart) to the
// gradients of the inputs of Attention without a past, given dout, that of its output. A key or
// value head sums over its query heads in ascending order, and for each over
// queries, 16 at a time. dq, dk and dv may share an array, as q, key and value
// may.
func (k *Set) AttentionGrad(a Attending, S int, q []float32, qs int, key, value []float32, kvs int, dout []float32, os int, dq, dk, dv, scratch []float32) {
	const op = "AttentionGrad"
	a.check(op, S, qs, kvs, os)
	need(op, "q", q, span(S, a.Heads*a.Dim, qs))
	need(op, "key", key, span(S, a.KVHeads*a.Dim, kvs))
	need(op, "value", value, span(S, a.KVHeads*a.Dim, kvs))
	need(op, "dout", dout, span(S, a.Heads*a.Dim, os))
	need(op, "dq", dq, span(S, a.Heads*a.Dim, qs))
	need(op, "dk", dk, span(S, a.KVHeads*a.Dim, kvs))
	need(op, "dv", dv, span(S, a.KVHeads*a.Dim, kvs))
	need(op, "scratch", scratch, a.Scratch(S))
	if S == 0 {
		return
	}
	k.do(C.call{
		kernel: C.ATTENTION_GRAD, how: a.c(), scratch: C.idx(a.Scratch(S)), size: lengths(S, qs, kvs, os),
		at: places(at(q), at(key), at(value), at(dout), at(dq), at(dk), at(dv), at(scratch)),
	})
}

// check panics unless Heads is a multiple of KVHeads and the rows fit their
// strides.
func (a Attending) check(op string, S, qs, kvs, os int) {
	sizes(op, S, a.Heads, a.KVHeads, a.Dim, a.Window, qs, kvs, os)
	if a.KVHeads == 0 || a.Heads%a.KVHeads != 0 {
		panic(fmt.Sprintf("kernel: %s: %d query heads cannot share %d key-value heads evenly", op, a.Heads, a.KVHeads))
	}
	rowStride(op, "q", S, a.Heads*a.Dim, qs)
	rowStride(op, "key and value", S, a.KVHeads*a.Dim, kvs)
	rowStride(op, "out", S, a.Heads*a.Dim, os)
}
