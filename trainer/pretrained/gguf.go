package pretrained

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tokenizer"
)

// openGGUF opens a GGUF file, with the others that a split model has beside it,
// as a model. On an error it still returns the files, to be closed.
func openGGUF(fsys fs.FS, base, name string) (*Model, error) {
	m := &Model{name: name, gguf: true}
	g, err := m.readGGUF(fsys, base)
	if err != nil {
		return m, err
	}
	parts, err := g.Parts()
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	for _, part := range parts {
		p, err := m.readGGUF(fsys, part)
		if err != nil {
			return m, fmt.Errorf("%s is split into %d files: %w", name, 1+len(parts), err)
		}
		if err := g.Join(p); err != nil {
			return m, fmt.Errorf("%s: %w", m.files[len(m.files)-1].Name(), err)
		}
	}
	if m.Config, m.Contradictions, err = configOf(g); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	if m.tensors, err = g.Tensors(m.Config.Of().HuggingFaceName); err != nil {
		return m, err
	}
	m.tokenizer = func() (*tokenizer.Tokenizer, error) {
		t, err := tokenizer.ParseGGUF(g.Fields())
		if err == nil {
			err = t.CheckSize(m.Config.Vocab)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return t, nil
	}
	m.chatTemplate = func() (ChatTemplate, error) { return ggufChatTemplate(g.Fields(), name) }
	return m, nil
}

// readGGUF reads the header of one of the model's files, which lie in one
// folder.
func (m *Model) readGGUF(fsys fs.FS, base string) (*tensorfile.GGUF, error) {
	f, err := tensorfile.OpenFile(fsys, base, filepath.Join(filepath.Dir(m.name), base))
	if err != nil {
		return nil, err
	}
	m.files = append(m.files, f)
	g, err := tensorfile.ReadGGUF(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return g, nil
}

// configOf reads the shape of the model from the metadata. Where keys contradict
// one another or are incomplete, it says what it took them to mean.
func configOf(g *tensorfile.GGUF) (c architecture.Config, contradictions []string, err error) {
	m := g.Fields()
	if err := checkGeneral(m); err != nil {
		return architecture.Config{}, nil, err
	}
	name := m.Text("general.architecture")
	a := architecture.FindGGUF(name)
	if m.Err() == nil && a == nil {
		known := architecture.Listed(func(a *architecture.Architecture) string { return a.GGUF.Name })
		return architecture.Config{}, nil, fmt.Errorf("general.architecture is %q, but only %s is read", name, known)
	}
	if m.Err() != nil {
		return architecture.Config{}, nil, m.Err()
	}
	key := func(rest string) string { return name + "." + rest }
	heads := m.Integer(key("attention.head_count"))
	width := m.Integer(key("embedding_length"))
	c = architecture.Config{
		Architecture: a.Name,
		Vocab:        g.Rows(a.Embedding.GGUF),
		Width:        width,
		Hidden:       m.Integer(key("feed_forward_length")),
		Layers:       m.Integer(key("block_count")),
		Heads:        heads,
		KVHeads:      m.IntegerOr(key("attention.head_count_kv"), heads),
		MaxPositions: m.Integer(key("context_length")),
		NormEps:      m.Number(key("attention.layer_norm_rms_epsilon")),
		Rope:         ggufRope(m, name),
		Tied:         !g.Has(a.Head.GGUF),
		BOS:          m.IntegerOr("tokenizer.ggml.bos_token_id", -1),
		EOS:          m.IntegerOr("tokenizer.ggml.eos_token_id", -1),
		Pad:          -1, // as transformers reads a GGUF
	}
	if m.Err() == nil && heads > 0 {
		c.HeadDim = m.IntegerOr(key("attention.key_length"), width/heads)
	}
	if m.Err() == nil {
		m.Fail(checkVariant(g, m, c))
	}
	if m.Err() != nil {
		return architecture.Config{}, nil, m.Err()
	}
	if scaling := key("rope.scaling.type"); c.Rope.Type == "linear" && !m.Has(scaling) {
		contradictions = append(contradictions, "the rotary embedding has a scaling factor, but no "+scaling+"; it is linear, as in llama.cpp")
	}
	return c, contradictions, c.Check()
}

// checkGeneral refuses files that hold something else than a model, or blocks
// of number formats as they were before May 2023.
func checkGeneral(m *tensorfile.Fields) error {
	kind, version := m.TextOr("general.type", "model"), m.IntegerOr("general.quantization_version", 2)
	switch {
	case m.Err() != nil:
		return m.Err()
	case kind != "model":
		return fmt.Errorf("general.type is %q, but only a whole model is read", kind)
	case version != 2:
		return fmt.Errorf("general.quantization_version is %d, but only 2 is read; quantise the model again", version)
	}
	return nil
}

// checkVariant refuses the relatives of an architecture that share its name in
// GGUF.
func checkVariant(g *tensorfile.GGUF, m *tensorfile.Fields, c architecture.Config) error {
	name := c.Of().GGUF.Name
	key := func(rest string) string { return name + "." + rest }
	experts := m.IntegerOr(key("expert_count"), 0)
	value := m.IntegerOr(key("attention.value_length"), c.HeadDim)
	turned := m.IntegerOr(key("rope.dimension_count"), c.HeadDim)
	vocabulary := m.IntegerOr(key("vocab_size"), c.Vocab)
	causal := m.SwitchOr(key("attention.causal"), true)
	unread := unreadKey(m, c.Of().GGUF)
	switch {
	case m.Err() != nil:
		return m.Err()
	case experts != 0:
		return fmt.Errorf("%s is %d, but mixtures of experts are not read", key("expert_count"), experts)
	case !m.Has(key("attention.key_length")) && c.Heads > 0 && c.Width%c.Heads != 0:
		return fmt.Errorf("%s %d cannot be divided among %d attention heads, and no %s is given", key("embedding_length"), c.Width, c.Heads, key("attention.key_length"))
	case value != c.HeadDim:
		return fmt.Errorf("%s is %d and key_length %d, but only equal ones are read", key("attention.value_length"), value, c.HeadDim)
	case turned != c.HeadDim:
		return fmt.Errorf("%s is %d, but only the head's %d is read", key("rope.dimension_count"), turned, c.HeadDim)
	case vocabulary != c.Vocab:
		return fmt.Errorf("%s is %d, but %s has %d rows", key("vocab_size"), vocabulary, c.Of().Embedding.GGUF, c.Vocab)
	case !causal:
		return fmt.Errorf("%s is false, but only causal attention is read", key("attention.causal"))
	case unread != "":
		return fmt.Errorf("metadata key %q is %v, and is not read; it may change what the model computes", unread, m.Value(unread))
	case c.Rope.Type != "default" && c.Rope.Type != "linear" || g.Has("rope_freqs.weight"):
		return fmt.Errorf("it has a scaled rotary embedding (%s %q, or tensor rope_freqs.weight), which is not read from GGUF; use the Hugging Face folder",
			key("rope.scaling.type"), m.TextOr(key("rope.scaling.type"), "none"))
	}
	return nil
}

// interleavedHeads is the number of heads of a tensor whose rows a GGUF file has
// in llama.cpp's rotary order, 0 for other tensors.
func (m *Model) interleavedHeads(name string) int {
	t, _ := m.Config.Tensor(name)
	switch {
	case !m.gguf || !t.Interleaved:
		return 0
	case t.Role == architecture.Key:
		return m.Config.KVHeads
	default:
		return m.Config.Heads
	}
}

// unpermute undoes the reordering of the rows of Q and K that llama.cpp makes
// for its rotary embedding, which turns neighbours (2j, 2j+1) where Hugging
// Face's turns halves (j, j + dim/2). The shape is [heads*dim, in].
func unpermute(x []float32, heads int, shape []int) []float32 {
	rows, in := shape[0], shape[1]
	dim := rows / heads
	y := make([]float32, len(x))
	for row := range rows {
		head, i := row/dim, row%dim
		from := head*dim + 2*(i%(dim/2)) + i/(dim/2)
		copy(y[row*in:(row+1)*in], x[from*in:])
	}
	return y
}
