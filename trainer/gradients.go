package trainer

import (
	"sweep/sweep"
	"sweep/trainer/kernel"
)

// gradients adds up the gradients of the passes of a step. Each pass leaves its own in
// the parameters, already divided by the counted tokens of the whole step. The sums are
// those of the larger batch but for rounding: a pass rounds its own sum over tokens
// before it is added.
type gradients struct {
	k          *kernel.Set
	parameters []*parameter // none where a step has one pass
	sums       [][]float32  // of the passes so far
}

func newGradients(m *memory, k *kernel.Set, p sweep.Params, parameters []*parameter) *gradients {
	g := &gradients{k: k}
	if p.Passes() == 1 {
		return g
	}
	g.parameters = parameters
	for _, q := range parameters {
		g.sums = append(g.sums, m.floats(q.size()))
	}
	return g
}

// add adds the gradients of a pass. Those of the last one become the sums.
func (g *gradients) add(first, last bool) {
	for i, q := range g.parameters {
		switch {
		case first:
			copy(g.sums[i], q.grad)
		case last:
			g.k.Add(q.grad, g.sums[i])
		default:
			g.k.Add(g.sums[i], q.grad)
		}
	}
	g.k.Wait()
}
