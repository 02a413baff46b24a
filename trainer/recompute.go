package trainer

// activations is the memory for what a block computes of each token on the way forward and
// needs again on the way back. Where a run recomputes, all blocks have the same: on the way
// back each computes it again, from its input, which it keeps (Chen et al., Training Deep
// Nets with Sublinear Memory Cost, arXiv 1604.06174, section 4.2). As it is the same
// arithmetic on the same numbers, no bit moves.
type activations struct {
	of    map[int][][]float32 // by their length, in the order in which blocks take them
	taken map[int]int         // of each length, by the block that is laid out
	owner *block              // whose they are now
}

// activation returns n numbers of a block for each token that a batch may have.
func (p *pass) activation(n int) []float32 {
	if p.shared == nil {
		return p.perToken(n)
	}
	i := p.shared.taken[n]
	p.shared.taken[n]++
	if i == len(p.shared.of[n]) {
		p.shared.of[n] = append(p.shared.of[n], p.perToken(n))
	}
	return p.shared.of[n][i]
}

// layOutBlock has the activations that are taken from now on be those of a next block.
func (p *pass) layOutBlock() {
	if p.shared != nil {
		clear(p.shared.taken)
	}
}

// recomputed has the activations be those of a block: it computes them again where another
// has been there since.
func (p *pass) recomputed(b *block) {
	if p.shared != nil && p.shared.owner != b {
		b.forward(p, b.layers[0].x)
	}
}
