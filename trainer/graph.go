package trainer

import (
	"fmt"
	"hash"
	"runtime"
	"sync"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// building is held while a graph is built: gorgonia keeps package-level state
// while it hashes nodes and differentiates. Running graphs needs no lock.
var building sync.Mutex

// graph is a model as a gorgonia expression graph: one op a stage, the
// derivative by Grad, run on a TapeMachine.
//
// The ops own their outputs. A parameter's node holds the same memory as the
// stage that uses it, and a gradient's node the memory its backward op fills.
type graph struct {
	machine    G.VM
	parameters []G.ValueGrad
}

// newGraph compiles the model's forward and backward pass over the batches
// that are loaded into p.
func newGraph(p *pass, m *model) (*graph, error) {
	building.Lock()
	defer building.Unlock()
	g := G.NewGraph()
	tokens := G.NewVector(g, tensor.Int, G.WithShape(p.capacity), G.WithName("tokens"),
		G.WithValue(tensor.New(tensor.WithShape(p.capacity), tensor.WithBacking(p.places))))
	var nodes, wrt G.Nodes
	x := tokens
	for i, s := range m.stages {
		op := &forwardOp{pass: p, stage: s, id: i, shape: outputShape(p, s, m), last: s == stage(m.head), first: i == 0, deep: len(wrt) > 0}
		children := G.Nodes{x}
		for _, q := range s.parameters() {
			node := G.NewTensor(g, tensor.Float32, len(q.shape), G.WithShape(q.shape...), G.WithName(q.name), G.WithValue(dense(q.value, q.shape...)))
			children, wrt, nodes = append(children, node), append(wrt, node), append(nodes, node)
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
	out := &graph{machine: G.NewTapeMachine(g)}
	// Gorgonia's finalizer is for CUDA. With it a run's graph would outlive the
	// next garbage collection, and the heap grow with every run.
	runtime.SetFinalizer(out.machine, nil)
	for i, node := range nodes {
		out.parameters = append(out.parameters, boundGrad{node, grads[i]})
	}
	return out, nil
}

// run walks the loaded batch forward and backward.
func (g *graph) run() error {
	g.machine.Reset()
	return g.machine.RunAll()
}

// boundGrad pairs a parameter's node with its gradient's, for a Solver.
type boundGrad struct{ value, grad *G.Node }

func (b boundGrad) Value() G.Value         { return b.value.Value() }
func (b boundGrad) Grad() (G.Value, error) { return b.grad.Value(), nil }

// dense wraps memory without copying it.
func dense(x []float32, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
}

// outputShape is the shape of a stage's output; the head's is a scalar.
func outputShape(p *pass, s stage, m *model) tensor.Shape {
	if s == stage(m.head) {
		return tensor.ScalarShape()
	}
	return tensor.Shape{p.capacity, m.head.width}
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

// forwardOp is a stage's forward pass: (x, parameters...) -> y.
type forwardOp struct {
	pass  *pass
	stage stage
	id    int
	shape tensor.Shape
	first bool // x is the tokens
	last  bool // y is the loss
	deep  bool // something below trains

	y *tensor.Dense // over the stage's own output
}

func (op *forwardOp) Do(inputs ...G.Value) (G.Value, error) {
	if err := op.pass.ctx.Err(); err != nil {
		return nil, err
	}
	var x []float32
	if !op.first {
		x = inputs[0].Data().([]float32)
	}
	y := op.stage.forward(op.pass, x)
	if h, ok := op.stage.(*head); ok {
		return G.NewF32(float32(h.loss)), nil
	}
	if op.y == nil {
		op.y = dense(y, op.shape...)
	}
	return op.y, nil
}

// DiffWRT tells gorgonia which inputs have a gradient: x where something below
// trains, and every parameter.
func (op *forwardOp) DiffWRT(inputs int) []bool {
	wrt := make([]bool, inputs)
	for i := range wrt {
		wrt[i] = i > 0 || op.deep
	}
	return wrt
}

// SymDiff adds the stage's backward op and one op for each gradient it fills.
func (op *forwardOp) SymDiff(inputs G.Nodes, output, grad *G.Node) (G.Nodes, error) {
	back := &backwardOp{forward: op}
	dx, err := G.ApplyOp(back, output, grad)
	if err != nil {
		return nil, err
	}
	grads := make(G.Nodes, len(inputs))
	if op.deep {
		grads[0] = dx
	}
	for i, q := range op.stage.parameters() {
		take := &gradientOp{parameter: q, value: dense(q.grad, q.shape...)}
		if grads[i+1], err = G.ApplyOp(take, dx); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

func (op *forwardOp) Arity() int { return 1 + len(op.stage.parameters()) }

func (op *forwardOp) Type() hm.Type {
	x := hm.Type(G.TensorType{Dims: 2, Of: tensor.Float32})
	if op.first {
		x = G.TensorType{Dims: 1, Of: tensor.Int}
	}
	types := []hm.Type{x}
	for _, q := range op.stage.parameters() {
		types = append(types, G.TensorType{Dims: len(q.shape), Of: tensor.Float32})
	}
	y := hm.Type(G.TensorType{Dims: 2, Of: tensor.Float32})
	if op.last {
		y = tensor.Float32
	}
	return hm.NewFnType(append(types, y)...)
}

func (op *forwardOp) InferShape(...G.DimSizer) (tensor.Shape, error) { return op.shape, nil }
func (op *forwardOp) WriteHash(h hash.Hash)                          { fmt.Fprint(h, op.String()) }
func (op *forwardOp) Hashcode() uint32                               { return uint32(2 * op.id) }
func (op *forwardOp) String() string                                 { return "forward " + op.stage.String() }
func (op *forwardOp) ReturnsPtr() bool                               { return true }
func (op *forwardOp) CallsExtern() bool                              { return false }
func (op *forwardOp) OverwritesInput() int                           { return -1 }

// backwardOp is a stage's backward pass: (y, dy) -> dx. It takes y to run after
// the forward pass. The gradient is one piece of memory, changed in place from
// stage to stage, and so has the same shape all the way.
type backwardOp struct {
	forward *forwardOp
	dx      *tensor.Dense
}

func (op *backwardOp) Do(...G.Value) (G.Value, error) {
	p := op.forward.pass
	if err := p.ctx.Err(); err != nil {
		return nil, err
	}
	op.forward.stage.backward(p)
	if op.dx == nil {
		op.dx = dense(p.grad, p.capacity, len(p.grad)/p.capacity)
	}
	return op.dx, nil
}

func (op *backwardOp) Arity() int { return 2 }

func (op *backwardOp) Type() hm.Type {
	dx := G.TensorType{Dims: 2, Of: tensor.Float32}
	if op.forward.last {
		return hm.NewFnType(tensor.Float32, tensor.Float32, dx)
	}
	return hm.NewFnType(dx, dx, dx)
}

func (op *backwardOp) InferShape(...G.DimSizer) (tensor.Shape, error) {
	p := op.forward.pass
	return tensor.Shape{p.capacity, len(p.grad) / p.capacity}, nil
}
func (op *backwardOp) WriteHash(h hash.Hash) { fmt.Fprint(h, op.String()) }
func (op *backwardOp) Hashcode() uint32      { return uint32(2*op.forward.id + 1) }
func (op *backwardOp) String() string        { return "backward " + op.forward.stage.String() }
func (op *backwardOp) ReturnsPtr() bool      { return true }
func (op *backwardOp) CallsExtern() bool     { return false }
func (op *backwardOp) OverwritesInput() int  { return -1 }

// gradientOp hands out the gradient of one parameter once the stage's backward
// pass has filled it.
type gradientOp struct {
	parameter *parameter
	value     *tensor.Dense
}

func (op *gradientOp) Do(...G.Value) (G.Value, error) { return op.value, nil }
func (op *gradientOp) Arity() int                     { return 1 }

func (op *gradientOp) Type() hm.Type {
	return hm.NewFnType(G.TensorType{Dims: 2, Of: tensor.Float32}, G.TensorType{Dims: len(op.parameter.shape), Of: tensor.Float32})
}

func (op *gradientOp) InferShape(...G.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(op.parameter.shape), nil
}
func (op *gradientOp) WriteHash(h hash.Hash) { fmt.Fprint(h, op.String()) }
func (op *gradientOp) Hashcode() uint32      { return 0 }
func (op *gradientOp) String() string        { return "gradient " + op.parameter.name }
func (op *gradientOp) ReturnsPtr() bool      { return true }
func (op *gradientOp) CallsExtern() bool     { return false }
func (op *gradientOp) OverwritesInput() int  { return -1 }
