package pretrained

import (
	"fmt"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// Format is the name of the number format that a tensor is stored in, such as "BF16" or
// "Q4_K".
func (m *Model) Format(name string) string { return m.tensors[name].Format() }

// ReadRows decodes rows of a matrix from row first on into x, as many as fit. A NaN or an
// infinity in them is an error.
func (m *Model) ReadRows(name string, first int, x []float32) error {
	t, columns := m.tensors[name], m.columns(name)
	err := m.runs(name, first, len(x)/columns, func(from, at, n int) error {
		return t.ReadFrom(from*columns, x[at*columns:(at+n)*columns])
	})
	if err == nil {
		err = tensorfile.CheckFinite(x)
	}
	return m.explain(name, err)
}

// ReadBlocks copies the blocks of rows of a matrix, as its format has them, from row first on
// into to, as many as fit. Rows must be whole blocks.
func (m *Model) ReadBlocks(name string, first int, to []byte) error {
	t, columns := m.tensors[name], m.columns(name)
	size := t.BytesOf(columns)
	return m.explain(name, m.runs(name, first, len(to)/size, func(from, at, n int) error {
		return t.ReadBlocks(from*columns, to[at*size:(at+n)*size])
	}))
}

func (m *Model) columns(name string) int { return m.Config.Shape(name)[1] }

func (m *Model) explain(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read tensor %s of %s: %w", name, m.tensors[name].File.Name(), err)
}

// runs calls f for the rows from first on that lie one after the other in the file: row
// from of the file and those behind it are n rows from row first + at on.
func (m *Model) runs(name string, first, rows int, f func(from, at, n int) error) error {
	heads := m.interleaved(name)
	if heads == 0 {
		return f(first, 0, rows)
	}
	for i := range rows {
		if err := f(interleavedRow(first+i, m.Config.HeadDim), i, 1); err != nil {
			return err
		}
	}
	return nil
}

// interleaved is the number of heads whose rows are in llama.cpp's rotary order, 0 for none.
func (m *Model) interleaved(name string) int {
	t, _ := m.Config.Tensor(name)
	switch {
	case !m.gguf || !t.Interleaved:
		return 0
	case t.Role == architecture.Key || t.Role == architecture.KeyBias:
		return m.Config.KVHeads
	}
	return m.Config.Heads
}
