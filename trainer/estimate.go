package trainer

import (
	"iter"
	"slices"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

var _ sweep.Estimator = (*Trainer)(nil)

// graphMemory is what gorgonia's graph of a run takes, and all that is small.
const graphMemory = 512 << 10

// rounded is n bytes as Go's allocator hands them out, in whole pages.
func rounded(n int64) int64 { return n + n/32 }

// Estimate foretells what a run of p takes; see sweep.Estimate.
func (t *Trainer) Estimate(p sweep.Params) (sweep.Estimate, error) {
	b, rows, err := t.read(p)
	if err != nil {
		return sweep.Estimate{}, err
	}
	s := shape{b.Config, b.matrices, p}
	trained, evaluated, evaluations := rows.trained, rows.evaluated, s.evaluations()
	if len(rows.eval) == 0 { // training rows are judged by, before and after
		evaluated, evaluations = trained*float64(judgedBy(rows))/float64(len(rows.train)), 2
	}
	tokens := float64(p.Steps*p.Batch) * trained / float64(len(rows.train))
	return sweep.Estimate{
		Memory: graphMemory + rounded(4*int64(s.working()+s.training())+8*int64(evaluated)),
		Shared: rounded(4*int64(s.frozen()) + 8*int64(trained+evaluated)),
		Tokens: tokens,
		Work:   tokens*(s.forward()+s.backward()) + float64(evaluations)*evaluated*s.forward(),
	}, nil
}

// size is the number of tokens of examples.
func size(examples []data.Example) (tokens float64) {
	for _, e := range examples {
		tokens += float64(e.Size)
	}
	return tokens
}

// shape is a model and the settings of a run, as its memory and its time
// depend on them. It counts numbers of 4 bytes.
type shape struct {
	architecture.Config
	matrices []matrix
	p        sweep.Params
}

// matrix is a projection, the head included.
type matrix struct {
	projection string // such as "q_proj", "" for the head
	out, in    int
}

// matricesOf lists the projections of a model.
func matricesOf(c architecture.Config) []matrix {
	list := []matrix{{out: c.Vocab, in: c.Width}}
	for _, t := range c.Of().Block {
		if t.IsMatrix() {
			shape := c.Shape(c.Name(t.Role, 0))
			list = append(list, slices.Repeat([]matrix{{t.Target(), shape[0], shape[1]}}, c.Layers)...)
		}
	}
	return list
}

// panels is what a packed matrix of rows x columns takes: columns are packed by
// the 16.
func panels(rows, columns int) int { return (columns + 15) / 16 * 16 * rows }

// targets are the projections that LoRA adapts.
func (s shape) targets() iter.Seq[matrix] {
	return func(yield func(matrix) bool) {
		for _, m := range s.matrices {
			if slices.Contains(s.p.Targets, m.projection) && !yield(m) {
				return
			}
		}
	}
}

// frozen is what readFrozen keeps: every matrix packed twice, the vectors and
// the embedding as they are.
func (s shape) frozen() int {
	n := s.Vocab*s.Width + (2*s.Layers+1)*s.Width
	for _, m := range s.matrices {
		n += panels(m.in, m.out) + panels(m.out, m.in)
	}
	return n
}

// working is what the layers keep of a batch: newPass, newModel, newHead.
func (s shape) working() int {
	width, hidden, q, kv := s.Width, s.Hidden, s.Heads*s.HeadDim, s.KVHeads*s.HeadDim
	token := 2*width + max(hidden, q) + q + 2*kv // the pass
	if s.p.Method == "full" || slices.Contains(s.p.Targets, "down_proj") {
		token += hidden
	}
	token += width + s.Layers*(4*width+2*q+2*kv+2*hidden+2) // the embedding and the blocks
	token += 4*width + 1 + 4                                // the head
	token += 2                                              // the graph's tokens
	if s.p.Method == "lora" {
		token += s.p.R
		for m := range s.targets() {
			token += s.p.R
			if s.p.Dropout > 0 {
				token += 2 * m.in
			}
		}
	}
	capacity := s.p.Batch * s.p.Seq
	return capacity*token + min(headRows, capacity)*s.Vocab + s.p.Seq*s.HeadDim +
		kernel.AttentionScratch(s.p.Seq, s.Heads, s.KVHeads, s.HeadDim)
}

// training is what trains: values, gradients, what the optimizer keeps, what is
// packed for the kernels, and two encoded states on their way to the store.
func (s shape) training() int {
	parameters, packed := 0, 0
	if s.p.Method == "full" {
		parameters = (2*s.Layers + 1) * s.Width
		if !s.Tied {
			parameters += s.Vocab * s.Width
		}
		for _, m := range s.matrices {
			parameters += m.out * m.in
			packed += panels(m.in, m.out)
		}
	} else {
		for m := range s.targets() {
			parameters += s.p.R * (m.out + m.in)
			packed += panels(m.in, s.p.R) + panels(m.out, s.p.R)
		}
	}
	kept := 1 + moments(s.p)
	return parameters*(1+kept) + packed + 2*parameters*kept
}

// forward is the operations of a forward pass over a token: two for each weight
// and, as a row is half as long as seq on average, for each query's keys and
// values.
func (s shape) forward() float64 {
	n := s.adapter()
	for _, m := range s.matrices {
		n += m.out * m.in
	}
	return 2 * float64(n+s.Layers*s.p.Seq*s.Heads*s.HeadDim)
}

// backward is the operations of the backward pass and the update: those of the
// forward pass for the gradient that goes down, and again for each weight that
// trains.
func (s shape) backward() float64 {
	if s.p.Method == "full" {
		return 2 * s.forward()
	}
	return s.forward() + 2*float64(s.adapter())
}

// adapter is the numbers in A and B, 0 without LoRA.
func (s shape) adapter() (n int) {
	if s.p.Method != "lora" {
		return 0
	}
	for m := range s.targets() {
		n += s.p.R * (m.out + m.in)
	}
	return n
}

// evaluations is how often the held-out rows are gone through.
func (s shape) evaluations() int {
	n := 2 // before and after
	if s.p.EvalEvery > 0 {
		n = 1 + (s.p.Steps+s.p.EvalEvery-1)/s.p.EvalEvery
	}
	return n
}
