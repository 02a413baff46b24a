package trainer

import (
	"slices"

	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

// parameter is a tensor that the optimiser updates.
type parameter struct {
	name   string
	factor byte // 'A' or 'B' of a LoRA update, 0 for a weight
	shape  []int
	value  []float32
	grad   []float32 // of the last backward pass
}

func newParameter(m *memory, name string, shape ...int) *parameter {
	p := &parameter{name: name, shape: shape}
	p.value, p.grad = m.floats(p.size()), m.floats(p.size())
	return p
}

// matrix is a parameter of two dimensions as products take it, as it stands at each.
func (p *parameter) matrix() *kernel.Matrix {
	if p.value == nil {
		return nil // of memory that only counts
	}
	return kernel.Float32Matrix(p.value, p.shape[0], p.shape[1])
}

// size is the number of elements.
func (p *parameter) size() int { return product(p.shape) }

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// pass is what one walk through the network shares: the batch, the kernels,
// and memory that no layer keeps. In the comments on shapes M is the number of
// tokens in the batch, its rows laid end to end without padding.
type pass struct {
	k         *kernel.Set
	memory    *memory // of the run, to lay it out in
	clock     *clock  // nil where nobody asks for the time of the phases
	targets   adapted // where LoRA goes
	width     int     // of the residual stream
	capacity  int     // the most tokens a batch may have
	positions int     // the most tokens a row may have, over all batches that go on with it
	training  bool    // keep what backward needs
	batch     data.Batch
	tokens    int  // M
	past      int  // tokens of the only row that earlier batches had; 0 where batches hold whole rows
	step      int  // of training, from 1
	match     bool // evaluations judge completions
	counted   int  // tokens that count in the whole step, of which the batch may be a part
	before    int  // tokens of the step in the passes before this one

	shared *activations // of all blocks; nil where each keeps its own

	grad []float32 // (capacity, width): the gradient flowing down, changed in place

	places  []int     // (capacity): stands for the tokens in the graph; never read
	lora    []float32 // (capacity, r), only with LoRA
	norm    []float32 // (capacity, width)
	added   []float32 // (capacity, width), only with norms or factors behind attention and MLP
	hidden  []float32 // (capacity, hidden)
	hidden2 []float32 // (capacity, hidden), only if down_proj needs its input again
	dq      []float32 // (capacity, heads * head_dim)
	dk, dv  []float32 // (capacity, kv_heads * head_dim); parts of dq's rows where the three are one projection
	attend  []float32 // scratch of one row's attention
	slab    []float32 // scratch of products by matrices
}

// perToken returns n numbers for each token that a batch may have.
func (p *pass) perToken(n int) []float32 { return p.memory.floats(p.capacity * n) }

// load makes b the batch of the next walk, and a step of its own.
func (p *pass) load(b data.Batch, training bool) {
	p.batch, p.tokens, p.training = b, len(b.Tokens), training
	p.counted, p.before = b.Counted, 0
}

// rows calls f with the first token and the length of each row. What it has kernels do
// with one row does not depend on another.
func (p *pass) rows(f func(first, length int)) {
	p.k.Together(func() {
		first := 0
		for _, n := range p.batch.Lengths {
			f(first, n)
			first += n
		}
	})
}

// longest is how many tokens the row that begins with token first has or, in training,
// the longest row of the batch, the tokens that are only predicted included.
func (p *pass) longest(first int) int {
	if p.training {
		return slices.Max(p.batch.Sizes)
	}
	row := 0
	for begin := 0; begin < first; row++ {
		begin += p.batch.Lengths[row]
	}
	return p.batch.Sizes[row]
}
