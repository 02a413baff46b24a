package trainer

import "sweep/trainer/kernel"

// embedding looks up the tokens' rows: y = s E[tokens], E (vocab, width).
type embedding struct {
	width  int
	table  *kernel.Matrix // E
	weight *parameter     // where E trains
	tied   bool           // the head shares E and has set its gradient first
	scale  float32        // s; 1: none
	pad    int            // the padding token, whose row gets no gradient here; -1 for none
	y      []float32      // (M, width)
}

func (e *embedding) String() string { return "model.embed_tokens" }

func (e *embedding) parameters() []*parameter {
	if e.weight == nil {
		return nil
	}
	return []*parameter{e.weight}
}

// forward reads the tokens of the batch; its x is not used.
func (e *embedding) forward(p *pass, _ []float32) []float32 {
	defer p.clock.to(p.clock.to(embedded))
	p.k.Wait()
	for i, token := range p.batch.Tokens {
		p.k.Row(e.table, int(token), e.y[i*e.width:(i+1)*e.width])
	}
	if e.scale != 1 {
		p.k.Scale(e.y[:p.tokens*e.width], e.scale)
	}
	return e.y
}

// backward adds each token's gradient to its row, in the order of the batch. As
// in torch.nn.Embedding the padding token adds nothing to its row, which keeps the
// gradient from a tied head.
func (e *embedding) backward(p *pass) {
	defer p.clock.to(p.clock.to(embedded))
	if !e.tied {
		p.k.Clear(e.weight.grad)
	}
	if e.scale != 1 {
		p.k.Scale(p.grad[:p.tokens*e.width], e.scale)
	}
	for i, token := range p.batch.Tokens {
		if int(token) == e.pad {
			continue
		}
		row := e.weight.grad[int(token)*e.width : (int(token)+1)*e.width]
		p.k.Add(row, p.grad[i*e.width:(i+1)*e.width])
	}
}

func (e *embedding) refresh() {}
