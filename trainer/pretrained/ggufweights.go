package pretrained

import "sweep/trainer/architecture"

// asHuggingFace turns the elements of a tensor of a GGUF file into those that a
// Hugging Face folder has: norms without the 1 that llama.cpp's converter adds,
// rows of queries and keys not in llama.cpp's rotary order. It may change x.
func (m *Model) asHuggingFace(name string, x []float32) []float32 {
	t, _ := m.Config.Tensor(name)
	if m.Config.Of().Norm == architecture.RMSNormOffset && t.Role.IsNorm() {
		for i := range x {
			x[i]--
		}
	}
	if !t.Interleaved {
		return x
	}
	if t.Role == architecture.Key || t.Role == architecture.KeyBias {
		return unpermute(x, m.Config.KVHeads, m.Config.HeadDim)
	}
	return unpermute(x, m.Config.Heads, m.Config.HeadDim)
}

// unpermute undoes the reordering of the rows of Q and K that llama.cpp makes
// for its rotary embedding, which turns neighbours (2j, 2j+1) where Hugging
// Face's turns halves (j, j + dim/2). The shape is [heads*dim, in], or [heads*dim]
// of a bias.
func unpermute(x []float32, heads, dim int) []float32 {
	rows := heads * dim
	in := len(x) / rows
	y := make([]float32, len(x))
	for row := range rows {
		head, i := row/dim, row%dim
		from := head*dim + 2*(i%(dim/2)) + i/(dim/2)
		copy(y[row*in:(row+1)*in], x[from*in:])
	}
	return y
}
