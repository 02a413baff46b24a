package trainer

// sublayer is a part of a decoder block that adds to the residual stream:
//
//	y = x + s post(f(n)), n = pre(x)
//
// f being the sum of its bodies. Families of models differ in which norms and
// factors there are.
type sublayer struct {
	pre    *norm   // nil: n is x
	bodies []body  // attention, the MLP or, where these are parallel, both
	post   *norm   // nil: none
	scale  float32 // s; 1: none

	// of the last forward
	x   []float32 // (M, width), the caller's
	n   []float32 // (M, width), where there is a norm before
	out []float32 // f(n) (M, width), where there is a norm after
}

// body computes what a sub-layer adds.
type body interface {
	// forward sets y (M, width) to f(n), or adds it. The body keeps n.
	forward(p *pass, n, y []float32, add bool)
	// backward sets dn, the gradient of n, or adds it, given dy. dn is nil where nothing
	// below trains.
	backward(p *pass, dy, dn []float32, add bool)
	linears() []*linear
	norms() []*norm
}

// forward sets y (M, width).
func (s *sublayer) forward(p *pass, x, y []float32) {
	s.x = x
	n, size := x, p.tokens*p.width
	if s.pre != nil {
		s.pre.forward(p, p.tokens, x, s.n)
		n = s.n
	}
	switch {
	case s.post != nil:
		s.run(p, n, s.out, false)
		s.post.forward(p, p.tokens, s.out, y)
	case s.scale != 1:
		s.run(p, n, y, false)
	default:
		p.k.Copy(y[:size], x[:size])
		s.run(p, n, y, true)
		return
	}
	if s.scale != 1 {
		p.k.Scale(y[:size], s.scale)
	}
	p.k.Add(y[:size], x[:size])
}

// run sets y to the sum of the bodies, or adds it.
func (s *sublayer) run(p *pass, n, y []float32, add bool) {
	for i, b := range s.bodies {
		b.forward(p, n, y, add || i > 0)
	}
}

// backward turns dy (M, width) in place into dx. Where nothing below the sub-layer
// trains, deep is false and dy stays as it is.
func (s *sublayer) backward(p *pass, dy []float32, deep bool) {
	added := s.addedBack(p, dy)
	var dn []float32
	if deep {
		dn = p.norm
	}
	for i, b := range s.bodies {
		b.backward(p, added, dn, i > 0)
	}
	switch size := p.tokens * p.width; {
	case !deep:
	case s.pre != nil:
		s.pre.backward(p, p.tokens, s.x, dn, dy)
	default:
		p.k.Add(dy[:size], dn[:size])
	}
}

// addedBack returns the gradient of the bodies' sum, given dy. It is dy itself where
// nothing comes between.
func (s *sublayer) addedBack(p *pass, dy []float32) []float32 {
	size := p.tokens * p.width
	scaled := dy
	if s.scale != 1 {
		scaled = p.norm[:size]
		p.k.Copy(scaled, dy[:size])
		p.k.Scale(scaled, s.scale)
	}
	switch {
	case s.post != nil:
		p.k.Clear(p.added[:size])
		s.post.backward(p, p.tokens, s.out, scaled, p.added)
		return p.added
	case s.scale != 1:
		p.k.Copy(p.added[:size], scaled)
		return p.added
	}
	return dy
}

// norms lists those of the residual stream, that before the bodies first.
func (s *sublayer) norms() []*norm {
	var list []*norm
	for _, n := range []*norm{s.pre, s.post} {
		if n != nil {
			list = append(list, n)
		}
	}
	return list
}
