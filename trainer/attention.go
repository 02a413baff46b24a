package trainer

import "sweep/trainer/kernel"

// attention is the body
//
//	o_proj(attend(rope(q_norm(q_proj(n))), rope(k_norm(k_proj(n))), v_proj(n)))
//
// causal, with grouped queries: heads/kv_heads query heads share a key and a
// value head. Not every model has the norms, nor every layer the rotary embedding, and
// some clip what the projections give.
type attention struct {
	kernel.Attending
	rope    *rotary // nil: none
	sources []projection
	o       *linear

	queries, keys, values heads

	kept cache // of the rows that later batches go on with

	// of the last forward
	n     []float32 // (M, width), the caller's
	mixed []float32 // (M, heads * dim)
}

// columns are some of the columns of a projection's output, and of its gradient.
type columns struct {
	y, dy  []float32
	stride int // from token to token
}

// heads are queries, keys or values. What is clipped or normalised is not part of a
// wider projection.
type heads struct {
	columns           // as attention takes them: clipped, normalised and turned
	count   int       // of heads
	bound   float32   // of the elements, either sign; 0: none
	norm    *norm     // nil: none
	raw     []float32 // clipped alone (M, stride); y where the two are the same
}

// cache keeps the keys and values of a row, turned, so that batches may go on with it.
// It is empty where batches hold whole rows.
type cache struct {
	keys, values []float32 // (positions, kv_heads * dim)
}

// add keeps those of length tokens from position past on, rows of width elements that lie
// stride apart.
func (c cache) add(past, length, width int, keys, values []float32, stride int) {
	for i := range length {
		at := (past + i) * width
		copy(c.keys[at:at+width], keys[i*stride:])
		copy(c.values[at:at+width], values[i*stride:])
	}
}

// forward sets y (M, width) to what attention adds, or adds it. Where the batch goes on
// with a row, it reads the keys and values of the tokens before.
func (a *attention) forward(p *pass, n, y []float32, add bool) {
	defer p.clock.to(p.clock.to(attended))
	a.n = n
	project(p, a.sources, n)
	for _, h := range a.all() {
		h.prepare(p)
	}
	qs, kvs, os := a.queries.stride, a.keys.stride, a.o.in
	a.turn(p, a.queries.y, a.keys.y, false)
	keys, values, stride := a.keys.y, a.values.y, kvs
	if a.kept.keys != nil {
		p.k.Wait()
		stride = a.KVHeads * a.Dim
		a.kept.add(p.past, p.tokens, stride, keys, values, kvs)
		keys, values = a.kept.keys, a.kept.values
	}
	p.rows(func(first, length int) {
		p.k.Attention(a.Attending, length, p.past, a.queries.y[first*qs:], qs, keys[first*stride:], values[first*stride:], stride,
			a.mixed[first*os:], os, p.attend)
	})
	a.o.forward(p, a.mixed, y, add)
}

// backward sets dn, unless it is nil, or adds it.
func (a *attention) backward(p *pass, dy, dn []float32, add bool) {
	defer p.clock.to(p.clock.to(attended))
	qs, kvs, os := a.queries.stride, a.keys.stride, a.o.in
	dmixed := p.hidden
	a.o.backward(p, a.mixed, dy, dmixed, false)
	p.rows(func(first, length int) {
		q, k := first*qs, first*kvs
		p.k.AttentionGrad(a.Attending, length, a.queries.y[q:], qs, a.keys.y[k:], a.values.y[k:], kvs,
			dmixed[first*os:], os, a.queries.dy[q:], a.keys.dy[k:], a.values.dy[k:], p.attend)
	})
	a.turn(p, a.queries.dy, a.keys.dy, true)
	for _, h := range a.all() {
		h.prepareBack(p)
	}
	projectBack(p, a.sources, a.n, dn, add)
}

// turn turns the queries and keys of every row, or turns them back.
func (a *attention) turn(p *pass, q, k []float32, back bool) {
	if a.rope == nil {
		return
	}
	p.rows(func(first, length int) {
		r := a.rope.of(p, first).From(p.past)
		p.k.Rope(r, length, a.queries.count, q[first*a.queries.stride:], a.queries.stride, back)
		p.k.Rope(r, length, a.keys.count, k[first*a.keys.stride:], a.keys.stride, back)
	})
}

func (a *attention) all() []*heads { return []*heads{&a.queries, &a.keys, &a.values} }

func (a *attention) linears() []*linear { return append(linearsOf(a.sources), a.o) }

func (a *attention) norms() []*norm {
	var list []*norm
	for _, h := range a.all() {
		if h.norm != nil {
			list = append(list, h.norm)
		}
	}
	return list
}

// separate reports whether y is not what the projection gives.
func (h *heads) separate() bool { return h.norm != nil || h.bound != 0 }

// prepare clips and normalises.
func (h *heads) prepare(p *pass) {
	n := p.tokens * h.stride
	if h.bound != 0 {
		p.k.Wait()
		clip(h.raw[:n], h.bound)
	}
	switch {
	case h.norm != nil:
		h.norm.forward(p, p.tokens, h.raw, h.y)
	case h.bound != 0:
		copy(h.y, h.raw[:n])
	}
}

// prepareBack turns the gradient of y into that of what the projection gives.
func (h *heads) prepareBack(p *pass) {
	n := p.tokens * h.stride
	if h.norm != nil {
		draw := p.hidden[:n]
		p.k.Clear(draw)
		h.norm.backward(p, p.tokens, h.raw, h.dy, draw)
		p.k.Copy(h.dy[:n], draw)
	}
	if h.bound != 0 {
		p.k.Wait()
		clipBack(h.raw[:n], h.dy, h.bound)
	}
}

// clip keeps the elements of x within bound, either sign.
func clip(x []float32, bound float32) {
	for i, v := range x {
		x[i] = max(-bound, min(bound, v))
	}
}

// clipBack turns the gradient of clipped elements into that of what they were: none where
// the bound has taken their place.
func clipBack(clipped, d []float32, bound float32) {
	for i, v := range clipped {
		if v == bound || v == -bound {
			d[i] = 0
		}
	}
}
