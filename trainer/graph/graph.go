package graph

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Stage is a piece of a network with a derivative written by hand. It is one op
// of the graph.
type Stage interface {
	fmt.Stringer
	Parameters() []Parameter
	// Forward computes the stage's output from that of the stage before, which
	// the first stage does without and the last does without returning.
	Forward(x []float32) (y []float32)
	// Backward sets the gradients of the parameters from Batch.Gradient, the
	// gradient of the stage's output, and turns that in place into the gradient
	// of its input.
	Backward()
}

// Parameter is a tensor that trains, and its gradient as the last Run left it.
type Parameter struct {
	Name        string
	Shape       []int
	Value, Grad []float32
}

// Batch is the memory that the stages work on, laid out for the largest batch.
type Batch struct {
	Tokens   []int     // holds the place of the first stage's input
	Gradient []float32 // (tokens, width): flows down through the stages
}

// Solver updates the values of all parameters, in the order of the stages, from
// their gradients.
type Solver func(values, grads [][]float32)

// Graph is a chain of stages as a gorgonia expression graph.
type Graph struct {
	machine    G.VM
	parameters []G.ValueGrad
	batch      Batch
	stopped    func() error // why a run that is under way should stop
}

// building is held while a graph is built: gorgonia keeps package-level state
// while it hashes nodes and differentiates. Running graphs needs no lock.
var building sync.Mutex

// New compiles the forward and backward pass through the stages.
func New(batch Batch, stages []Stage) (*Graph, error) {
	building.Lock()
	defer building.Unlock()
	out := &Graph{batch: batch}
	g := G.NewGraph()
	n := len(batch.Tokens)
	x := G.NewVector(g, tensor.Int, G.WithShape(n), G.WithName("tokens"),
		G.WithValue(tensor.New(tensor.WithShape(n), tensor.WithBacking(batch.Tokens))))
	var wrt G.Nodes
	for i, s := range stages {
		op := &forwardOp{graph: out, stage: s, id: i, first: i == 0, last: i == len(stages)-1, deep: len(wrt) > 0}
		children := G.Nodes{x}
		for _, q := range s.Parameters() {
			node := G.NewTensor(g, tensor.Float32, len(q.Shape), G.WithShape(q.Shape...), G.WithName(q.Name), G.WithValue(dense(q.Value, q.Shape...)))
			children, wrt = append(children, node), append(wrt, node)
		}
		var err error
		if x, err = G.ApplyOp(op, children...); err != nil {
			return nil, fmt.Errorf("build graph: %s: %w", s, err)
		}
	}
	grads, err := G.Grad(x, wrt...)
	if err != nil {
		return nil, fmt.Errorf("differentiate graph: %w", err)
	}
	if err := uniqueHashes(g); err != nil {
		return nil, err
	}
	out.machine = G.NewTapeMachine(g)
	// Gorgonia's finalizer is for CUDA. With it a run's graph would outlive the
	// next garbage collection, and the heap grow with every run.
	runtime.SetFinalizer(out.machine, nil)
	for i, node := range wrt {
		out.parameters = append(out.parameters, boundGrad{node, grads[i]})
	}
	return out, nil
}

// Run walks forward and backward through the stages, unless ctx ends it between
// two of them.
func (g *Graph) Run(ctx context.Context) error {
	g.stopped = ctx.Err
	defer func() { g.stopped = nil }()
	g.machine.Reset()
	err := g.machine.RunAll()
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Step updates the parameters from the gradients of the last Run.
func (g *Graph) Step(s Solver) error { return s.Step(g.parameters) }

// Close gives back what the machine holds.
func (g *Graph) Close() error { return g.machine.Close() }

var _ G.Solver = Solver(nil)

// Step makes s a Solver of gorgonia's.
func (s Solver) Step(parameters []G.ValueGrad) error {
	values, grads := make([][]float32, 0, len(parameters)), make([][]float32, 0, len(parameters))
	for _, p := range parameters {
		g, err := p.Grad()
		if err != nil {
			return err
		}
		w, okW := floats(p.Value())
		d, okD := floats(g)
		if !okW || !okD || len(w) != len(d) {
			return fmt.Errorf("optimizer: want float32 values and gradients of equal size, got %T and %T", p.Value().Data(), g.Data())
		}
		values, grads = append(values, w), append(grads, d)
	}
	s(values, grads)
	return nil
}

// boundGrad pairs a parameter's node with its gradient's, for a Solver.
type boundGrad struct{ value, grad *G.Node }

func (b boundGrad) Value() G.Value         { return b.value.Value() }
func (b boundGrad) Grad() (G.Value, error) { return b.grad.Value(), nil }

// dense wraps memory without copying it.
func dense(x []float32, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
}

// floats is the memory of a tensor of float32, which Value.Data copies the slice of to the heap.
func floats(v G.Value) ([]float32, bool) {
	x, ok := v.(*tensor.Dense)
	if !ok || x.Dtype() != tensor.Float32 {
		return nil, false
	}
	return x.Float32s(), true
}

// uniqueHashes makes sure that no two ops were merged: gorgonia takes nodes of
// equal 32-bit hash for the same.
func uniqueHashes(g *G.ExprGraph) error {
	seen := map[uint32]*G.Node{}
	for _, n := range g.AllNodes() {
		if other, ok := seen[n.Hashcode()]; ok && other != n {
			return fmt.Errorf("build graph: %v and %v have the same hash", other, n)
		}
		seen[n.Hashcode()] = n
	}
	return nil
}
