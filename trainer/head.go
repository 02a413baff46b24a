package trainer

import (
	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
)

// headRows is how many rows of logits are held at a time.
const headRows = 256

// head is the end of the network: the last norm, the projection to logits, their
// factor and soft cap where a model has them, and the mean cross-entropy over the batch's counted tokens. Rows that count for
// nothing are left out before the projection. In training the gradient of the
// logits is formed with the loss, so that no more than headRows rows of them
// exist at once.
type head struct {
	width, vocab int
	norm         *norm
	proj         *linear // W (vocab, width)
	tied         bool    // W belongs to the embedding
	scale, limit float32 // of the logits; 1 and 0: none

	losses []float32 // of each counted token
	first  []bool    // whether its logit is the highest, of each counted token of the last evaluation; nil where nobody asks
	at     []int32   // position in the batch of each counted token
	target []int32   // (C), C counted tokens
	x      []float32 // (C, width)
	n      []float32 // (C, width)
	dn     []float32 // (C, width)
	dx     []float32 // (C, width)
	logits []float32 // (headRows, vocab)
	capped []float32 // (vocab), with a cap
}

func newHead(p *pass, c architecture.Config) *head {
	width, vocab := c.Width, c.Vocab
	h := &head{
		width: width, vocab: vocab, tied: c.Tied, scale: factor(c.LogitScale), limit: float32(c.LogitCap),
		losses: room[float32](p.memory, p.capacity), at: room[int32](p.memory, p.capacity)[:0], target: room[int32](p.memory, p.capacity)[:0],
		x: p.perToken(width), n: p.perToken(width), dn: p.perToken(width), dx: p.perToken(width),
		logits: p.memory.floats(min(headRows, p.capacity) * vocab),
	}
	if h.limit != 0 {
		h.capped = p.memory.floats(vocab)
	}
	if p.match {
		h.first = room[bool](p.memory, p.capacity)
	}
	return h
}

func (h *head) String() string { return "lm_head" }

func (h *head) parameters() []*parameter {
	list := h.norm.weight.parameters()
	if !h.tied {
		list = append(list, h.proj.parameters()...)
	}
	return list
}

// forward sets losses; it returns nothing.
func (h *head) forward(p *pass, x []float32) []float32 {
	defer p.clock.to(p.clock.to(headed))
	h.gather(p, x)
	c := len(h.at)
	h.norm.forward(p, c, h.x, h.n)
	for first := 0; first < c; first += headRows {
		h.rows(p, first, min(headRows, c-first))
	}
	return nil
}

// sum is the loss of all counted tokens of the last forward, in nats.
func (h *head) sum() (nats float64) {
	for _, l := range h.losses[:len(h.at)] {
		nats += float64(l)
	}
	return nats
}

// gather collects the counted tokens.
func (h *head) gather(p *pass, x []float32) {
	h.at, h.target = h.at[:0], h.target[:0]
	for i, t := range p.batch.Targets {
		if t < 0 {
			continue
		}
		h.at, h.target = append(h.at, int32(i)), append(h.target, t)
	}
	p.k.Gather(h.width, h.x, x, h.at)
}

// rowLosses are the losses of a batch's rows in the last forward and, in evaluations
// that judge completions, their matches.
//
// Greedy decoding from a row's prompt gives the row's completion if and only if each of
// its tokens has the highest logit given the row's own tokens before it: up to the first
// token that differs, both have read the same. So one pass over the whole row, which its
// loss takes anyway, judges it.
func (h *head) rowLosses(b data.Batch) []sweep.RowLoss {
	rows := make([]sweep.RowLoss, len(b.Lengths))
	counted, begin := 0, 0
	for i, length := range b.Lengths {
		if h.first != nil && b.Prompts[i] > 0 {
			rows[i].Match = sweep.MatchRight
		}
		for ; counted < len(h.at) && int(h.at[counted]) < begin+length; counted++ {
			rows[i].Nats += float64(h.losses[counted])
			rows[i].Tokens++
			completes := int(h.at[counted])+1 >= begin+b.Prompts[i]
			if rows[i].Match == sweep.MatchRight && completes && !h.first[counted] {
				rows[i].Match = sweep.MatchWrong
			}
		}
		begin += length
	}
	return rows
}

// rows goes from the norm of m counted tokens to their losses and, in
// training, back to the gradient of the norm.
func (h *head) rows(p *pass, first, m int) {
	n, dn := h.n[first*h.width:], h.dn[first*h.width:]
	losses, target := h.losses[first:first+m], h.target[first:first+m]
	h.project(p, n, m)
	if !p.training {
		if h.first != nil {
			p.k.Wait()
			for i := range m {
				h.first[first+i] = isFirst(h.logits[i*h.vocab:(i+1)*h.vocab], target[i])
			}
		}
		p.k.CrossEntropy(m, h.vocab, h.logits, target, losses)
		return
	}
	h.lossesBack(p, target, losses)
	h.proj.projectBack(p, m, h.logits, dn, false)
	if w := h.proj.weight; w != nil { // dW (vocab, width) = dlogits^T n
		p.k.Gemm(h.vocab, h.width, m, h.logits, 1, h.vocab, n, h.width, w.grad, h.width, first > 0)
	}
}

// project sets logits to those of m rows of the norm.
func (h *head) project(p *pass, n []float32, m int) {
	h.proj.project(p, m, n, h.logits, false)
	h.bound(p, h.logits[:m*h.vocab])
}

// next returns the logits (vocab) of the token after the last one of the batch.
func (h *head) next(p *pass, x []float32) []float32 {
	h.norm.forward(p, 1, x[(p.tokens-1)*h.width:], h.n)
	h.project(p, h.n, 1)
	p.k.Wait()
	return h.logits[:h.vocab]
}

// isFirst reports whether a token is the one that greedy decoding takes: that of the
// highest logit and, of several such tokens, the first.
func isFirst(logits []float32, token int32) bool {
	highest := logits[token]
	for i, l := range logits {
		if !(l <= highest) || l == highest && int32(i) < token { // or either is NaN
			return false
		}
	}
	return true
}

// bound applies the factor and the cap of the logits.
func (h *head) bound(p *pass, logits []float32) {
	switch {
	case h.limit != 0:
		p.k.SoftCap(logits, h.scale, h.limit)
	case h.scale != 1:
		p.k.Scale(logits, h.scale)
	}
}

// lossesBack sets the losses and turns the logits into the gradient of the projection's
// output.
func (h *head) lossesBack(p *pass, target []int32, losses []float32) {
	share := 1 / float32(p.counted)
	if h.limit == 0 {
		p.k.CrossEntropyGrad(len(target), h.vocab, h.logits, target, share, losses)
		if h.scale != 1 {
			p.k.Scale(h.logits[:len(target)*h.vocab], h.scale)
		}
		return
	}
	for i := range target {
		row := h.logits[i*h.vocab : (i+1)*h.vocab]
		p.k.Copy(h.capped, row)
		p.k.CrossEntropyGrad(1, h.vocab, row, target[i:], share, losses[i:])
		p.k.SoftCapGrad(h.capped, row, h.scale, h.limit)
	}
}

// backward sets p.grad to the gradient of x. It takes the loss for the root of
// the graph: the gradient coming in is 1.
func (h *head) backward(p *pass) {
	defer p.clock.to(p.clock.to(headed))
	c := len(h.at)
	p.k.Clear(h.dx[:c*h.width])
	h.norm.backward(p, c, h.x, h.dn, h.dx)
	p.k.Clear(p.grad[:p.tokens*h.width])
	p.k.Scatter(h.width, p.grad, h.dx, h.at)
}

func (h *head) refresh() { h.norm.refresh() }
