package graph

import (
	"fmt"
	"hash"

	"github.com/chewxy/hm"
	G "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// forwardOp is a stage's forward pass: (x, parameters...) -> y.
type forwardOp struct {
	graph *Graph
	stage Stage
	id    int
	first bool // x is the tokens
	last  bool // y is the loss
	deep  bool // something below trains

	y *tensor.Dense // over the stage's own output
}

func (op *forwardOp) Do(inputs ...G.Value) (G.Value, error) {
	if err := op.graph.stopped(); err != nil {
		return nil, err
	}
	var x []float32
	if !op.first {
		var ok bool
		if x, ok = floats(inputs[0]); !ok {
			return nil, fmt.Errorf("%s: want float32 from the stage before, got %T", op, inputs[0].Data())
		}
	}
	y := op.stage.Forward(x)
	if op.last { // whose value nobody reads here
		return G.NewF32(0), nil
	}
	if op.y == nil {
		op.y = dense(y, op.graph.flow()...)
	}
	return op.y, nil
}

// flow is the shape of what goes from stage to stage, and of its gradient.
func (g *Graph) flow() tensor.Shape {
	n := len(g.batch.Tokens)
	return tensor.Shape{n, len(g.batch.Gradient) / n}
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
	for i, q := range op.stage.Parameters() {
		take := &gradientOp{parameter: q, value: dense(q.Grad, q.Shape...)}
		if grads[i+1], err = G.ApplyOp(take, dx); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

func (op *forwardOp) Arity() int { return 1 + len(op.stage.Parameters()) }

func (op *forwardOp) Type() hm.Type {
	x := hm.Type(G.TensorType{Dims: 2, Of: tensor.Float32})
	if op.first {
		x = G.TensorType{Dims: 1, Of: tensor.Int}
	}
	types := []hm.Type{x}
	for _, q := range op.stage.Parameters() {
		types = append(types, G.TensorType{Dims: len(q.Shape), Of: tensor.Float32})
	}
	y := hm.Type(G.TensorType{Dims: 2, Of: tensor.Float32})
	if op.last {
		y = tensor.Float32
	}
	return hm.NewFnType(append(types, y)...)
}

// InferShape returns the shape of the output; the last stage's is a scalar.
func (op *forwardOp) InferShape(...G.DimSizer) (tensor.Shape, error) {
	if op.last {
		return tensor.ScalarShape(), nil
	}
	return op.graph.flow(), nil
}
func (op *forwardOp) WriteHash(h hash.Hash) { fmt.Fprint(h, op.String()) }
func (op *forwardOp) Hashcode() uint32      { return uint32(2 * op.id) }
func (op *forwardOp) String() string        { return "forward " + op.stage.String() }
func (op *forwardOp) ReturnsPtr() bool      { return true }
func (op *forwardOp) CallsExtern() bool     { return false }
func (op *forwardOp) OverwritesInput() int  { return -1 }

// backwardOp is a stage's backward pass: (y, dy) -> dx. It takes y to run after
// the forward pass. The gradient is one piece of memory, changed in place from
// stage to stage, and so has the same shape all the way.
type backwardOp struct {
	forward *forwardOp
	dx      *tensor.Dense
}

func (op *backwardOp) Do(...G.Value) (G.Value, error) {
	g := op.forward.graph
	if err := g.stopped(); err != nil {
		return nil, err
	}
	op.forward.stage.Backward()
	if op.dx == nil {
		op.dx = dense(g.batch.Gradient, g.flow()...)
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
	return op.forward.graph.flow(), nil
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
	parameter Parameter
	value     *tensor.Dense
}

func (op *gradientOp) Do(...G.Value) (G.Value, error) { return op.value, nil }
func (op *gradientOp) Arity() int                     { return 1 }

func (op *gradientOp) Type() hm.Type {
	return hm.NewFnType(G.TensorType{Dims: 2, Of: tensor.Float32}, G.TensorType{Dims: len(op.parameter.Shape), Of: tensor.Float32})
}

func (op *gradientOp) InferShape(...G.DimSizer) (tensor.Shape, error) {
	return tensor.Shape(op.parameter.Shape), nil
}
func (op *gradientOp) WriteHash(h hash.Hash) { fmt.Fprint(h, op.String()) }
func (op *gradientOp) Hashcode() uint32      { return 0 }
func (op *gradientOp) String() string        { return "gradient " + op.parameter.Name }
func (op *gradientOp) ReturnsPtr() bool      { return true }
func (op *gradientOp) CallsExtern() bool     { return false }
func (op *gradientOp) OverwritesInput() int  { return -1 }
