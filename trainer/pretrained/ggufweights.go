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
	if heads := m.interleaved(name); heads > 0 {
		return unpermute(x, heads, m.Config.HeadDim)
	}
	return x
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
		copy(y[row*in:(row+1)*in], x[interleavedRow(row, dim)*in:])
	}
	return y
}

// interleavedRow is where a row of heads of dim rows lies in llama.cpp's order.
func interleavedRow(row, dim int) int {
	head, i := row/dim, row%dim
	return head*dim + 2*(i%(dim/2)) + i/(dim/2)
}
