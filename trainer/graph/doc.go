// Package graph is where gorgonia works: a chain of stages becomes the ops of an
// expression graph, which Grad differentiates, a TapeMachine runs and a Solver
// steps. No other package sees gorgonia.
//
// What it is for: gorgonia decides which gradients are needed and in what order
// the ops run; a stage says only how it computes and how its gradient does. An
// op is a whole stage, such as a decoder block, and owns its memory: gorgonia is
// handed slices and copies nothing.
//
// What it costs: some 30 us and 90 small allocations a step for the six stages
// of builtin:tiny (BenchmarkRun), where the stages themselves take 20 ms or more;
// some 0.5 MB a graph; and a lock while a graph is built, since gorgonia keeps
// package-level state while it hashes nodes and differentiates.
//
//	g, err := graph.New(batch, stages)
//	err = g.Run(ctx)       // forward and backward
//	err = g.Step(optimize) // the parameters, by their gradients
//	err = g.Close()
package graph
