package graph_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"sweep/trainer/graph"
)

// scale multiplies by its one parameter.
type scale struct {
	name  string
	w, dw []float32
	x, y  []float32
	flow  []float32 // the gradient that flows down
	calls *[]string
}

func (s *scale) String() string { return s.name }

func (s *scale) Parameters() []graph.Parameter {
	if s.w == nil {
		return nil
	}
	return []graph.Parameter{{Name: s.name + ".w", Shape: []int{1}, Value: s.w, Grad: s.dw}}
}

func (s *scale) Forward(x []float32) []float32 {
	*s.calls = append(*s.calls, "forward "+s.name)
	if x == nil {
		x = []float32{1}
	}
	s.x = x
	w := float32(1)
	if s.w != nil {
		w = s.w[0]
	}
	s.y[0] = w * x[0]
	return s.y
}

func (s *scale) Backward() {
	*s.calls = append(*s.calls, "backward "+s.name)
	if s.w != nil {
		s.dw[0] = s.flow[0] * s.x[0]
		s.flow[0] *= s.w[0]
	}
}

// chain is the product of the weights; a weight of nil does not train.
func chain(t testing.TB, weights ...[]float32) (g *graph.Graph, flow []float32, calls *[]string) {
	t.Helper()
	flow, calls = []float32{1}, new([]string)
	var stages []graph.Stage
	for i, w := range weights {
		s := &scale{name: fmt.Sprint("stage ", i), w: w, dw: make([]float32, 1), y: make([]float32, 1), flow: flow, calls: calls}
		stages = append(stages, s)
	}
	g, err := graph.New(graph.Batch{Tokens: make([]int, 1), Gradient: flow}, stages)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g, flow, calls
}

func TestOnlyStagesAboveWhatTrainsRunBackward(t *testing.T) {
	g, _, calls := chain(t, nil, []float32{2}, []float32{3}, []float32{5})
	if err := g.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "[forward stage 0 forward stage 1 forward stage 2 forward stage 3 backward stage 3 backward stage 2 backward stage 1]"
	if got := fmt.Sprint(*calls); got != want {
		t.Errorf("calls are %s, want %s", got, want)
	}
	err := g.Step(func(values, grads [][]float32) {
		if got := fmt.Sprint(values, grads); got != "[[2] [3] [5]] [[15] [10] [6]]" {
			t.Errorf("values and gradients are %s", got)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestARunEndsBetweenTwoStages(t *testing.T) {
	g, _, calls := chain(t, []float32{2}, []float32{3})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Run(ctx); !errors.Is(err, context.Canceled) || len(*calls) > 0 {
		t.Errorf("error is %v after %q", err, *calls)
	}
}

// BenchmarkRun is what gorgonia costs a step: six stages, as builtin:tiny has,
// that do next to nothing.
func BenchmarkRun(b *testing.B) {
	g, flow, calls := chain(b, nil, []float32{1}, []float32{1}, []float32{1}, []float32{1}, []float32{1})
	b.ReportAllocs()
	for b.Loop() {
		flow[0], *calls = 1, (*calls)[:0]
		if err := g.Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestAStepAllocatesNothingForEachParameter holds Step to the two lists that it hands out.
func TestAStepAllocatesNothingForEachParameter(t *testing.T) {
	g, _, _ := chain(t, []float32{1}, []float32{1}, []float32{1}, []float32{1})
	if err := g.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	allocations := testing.AllocsPerRun(10, func() {
		if err := g.Step(func([][]float32, [][]float32) {}); err != nil {
			t.Error(err)
		}
	})
	if allocations > 2 {
		t.Errorf("a step over four parameters allocates %v times, want at most 2", allocations)
	}
}
