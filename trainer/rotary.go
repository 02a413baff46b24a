package trainer

import (
	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
)

// rotary is a rotary embedding of a model, for the rows of a run.
type rotary struct {
	kernel.Rotary
	long      []float32 // the table where a row has more than positions tokens; nil where all rows turn alike
	positions int
}

// newRotaries returns the embedding of each of the model's layers, nil where it has none,
// for rows of up to seq tokens. Layers share what they can.
func newRotaries(m *memory, c architecture.Config, seq int) []*rotary {
	made, all := map[*architecture.Rope]*rotary{}, make([]*rotary, c.Layers)
	for i := range all {
		r := c.Layer(i).Rope
		if r != nil && made[r] == nil {
			made[r] = newRotary(m, c, r, seq)
		}
		all[i] = made[r]
	}
	return all
}

func newRotary(m *memory, c architecture.Config, r *architecture.Rope, seq int) *rotary {
	out := &rotary{
		Rotary:    kernel.Rotary{Dim: c.HeadDim, Turned: r.Dim(c.HeadDim), Adjacent: c.Of().AdjacentPairs},
		positions: r.OriginalPositions,
	}
	short := seq
	if r.LongerRowsDiffer() && seq > r.OriginalPositions {
		short = r.OriginalPositions
		out.long = m.table(seq, c.HeadDim, seq, r)
	}
	out.Table = m.table(short, c.HeadDim, short, r)
	return out
}

// of returns how the row that begins with token first turns. Where longer rows differ,
// the longest row of a batch that is trained on decides for all, as in transformers. In
// an evaluation each row turns by its own length, and so by nothing that stands beside it.
func (r *rotary) of(p *pass, first int) kernel.Rotary {
	out := r.Rotary
	if r.long != nil && p.longest(first) > r.positions {
		out.Table = r.long
	}
	return out
}
