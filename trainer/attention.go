package trainer

import "sweep/trainer/kernel"

// attention is the first half of a decoder block:
//
//	y = x + o_proj(attend(rope(q_proj(n)), rope(k_proj(n)), v_proj(n))), n = norm(x)
//
// causal, with grouped queries: heads/kv_heads query heads share a key and a
// value head.
type attention struct {
	kernel.Attending
	rope       kernel.Rotary
	norm       *norm
	q, k, v, o *linear

	// of the last forward
	x       []float32 // (M, width), the caller's
	n       []float32 // (M, width)
	queries []float32 // (M, heads * dim), rotated
	keys    []float32 // (M, kv_heads * dim), rotated
	values  []float32 // (M, kv_heads * dim)
	mixed   []float32 // (M, heads * dim)
}

// forward sets y (M, width).
func (a *attention) forward(p *pass, x, y []float32) {
	a.x = x
	a.norm.forward(p.k, p.tokens, x, a.n)
	a.q.forward(p, a.n, a.queries, false)
	a.k.forward(p, a.n, a.keys, false)
	a.v.forward(p, a.n, a.values, false)
	qs, kvs := a.Heads*a.Dim, a.KVHeads*a.Dim
	p.rows(func(first, length int) {
		q, k, v := a.queries[first*qs:], a.keys[first*kvs:], a.values[first*kvs:]
		p.k.Rope(a.rope, length, a.Heads, q, qs, false)
		p.k.Rope(a.rope, length, a.KVHeads, k, kvs, false)
		p.k.Attention(a.Attending, length, 0, q, qs, k, v, kvs, a.mixed[first*qs:], qs, p.attend)
	})
	copy(y[:p.tokens*a.o.out], x)
	a.o.forward(p, a.mixed, y, true)
}

// backward turns dy (M, width) in place into dx. Where nothing below the block
// trains, deep is false and dy stays as it is.
func (a *attention) backward(p *pass, dy []float32, deep bool) {
	qs, kvs := a.Heads*a.Dim, a.KVHeads*a.Dim
	dmixed := p.hidden
	a.o.backward(p, a.mixed, dy, dmixed, false)
	p.rows(func(first, length int) {
		q, k := first*qs, first*kvs
		p.k.AttentionGrad(a.Attending, length, a.queries[q:], qs, a.keys[k:], a.values[k:], kvs,
			dmixed[q:], qs, p.dq[q:], p.dk[k:], p.dv[k:], p.attend)
		p.k.Rope(a.rope, length, a.Heads, p.dq[q:], qs, true)
		p.k.Rope(a.rope, length, a.KVHeads, p.dk[k:], kvs, true)
	})
	var dn []float32
	if deep {
		dn = p.norm
	}
	a.q.backward(p, a.n, p.dq, dn, false)
	a.k.backward(p, a.n, p.dk, dn, true)
	a.v.backward(p, a.n, p.dv, dn, true)
	if deep {
		a.norm.backward(p.k, p.tokens, a.x, dn, dy)
	}
}
