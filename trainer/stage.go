package trainer

import (
	"fmt"

	"sweep/trainer/graph"
)

// stage is a piece of the network with a hand-written derivative. The network
// is a chain of stages: embedding, blocks, head.
type stage interface {
	fmt.Stringer
	parameters() []*parameter
	// forward computes the stage's output from x and keeps what backward needs. What it and
	// the others leave is there once the kernels that they queued have run.
	forward(p *pass, x []float32) (y []float32)
	// backward sets the gradients of the parameters from p.grad, the gradient
	// of the stage's output, and turns p.grad in place into that of x.
	backward(p *pass)
	// refresh follows an update of the parameters.
	refresh()
}

// op is a stage as an op of a graph, over the batches that are loaded into p.
type op struct {
	stage
	p *pass
}

func (o op) Forward(x []float32) []float32 {
	defer o.p.k.WaitIfLong()
	return o.forward(o.p, x)
}

func (o op) Backward() {
	o.backward(o.p)
	o.p.k.WaitIfLong()
}

func (o op) Parameters() []graph.Parameter {
	var list []graph.Parameter
	for _, q := range o.parameters() {
		list = append(list, graph.Parameter{Name: q.name, Shape: q.shape, Value: q.value, Grad: q.grad})
	}
	return list
}

// newGraph compiles the model's forward and backward pass.
func newGraph(p *pass, m *model) (*graph.Graph, error) {
	var ops []graph.Stage
	for _, s := range m.stages {
		ops = append(ops, op{s, p})
	}
	return graph.New(graph.Batch{Tokens: p.places, Gradient: p.grad}, ops)
}
