package llama

import (
	"errors"
	"fmt"
	"strings"

	"sweep/trainer/tensorfile"
	"sweep/trainer/tokenizer"
)

// openGGUF opens a GGUF file as a checkpoint. On an error it still returns the
// file, to be closed.
func openGGUF(f *tensorfile.File) (*Checkpoint, error) {
	c := &Checkpoint{name: f.Name(), files: []*tensorfile.File{f}, gguf: true}
	g, err := tensorfile.ReadGGUF(f)
	if err != nil {
		return c, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if c.Config, c.Settled, err = configOf(g); err != nil {
		return c, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if c.tensors, err = g.Tensors(huggingFaceName); err != nil {
		return c, fmt.Errorf("%s: %w", f.Name(), err)
	}
	c.tokenizer = func() (*tokenizer.Tokenizer, error) {
		t, err := tokenizer.ParseGGUF(g.Fields())
		if err == nil {
			err = t.CheckSize(c.Config.Vocab)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		return t, nil
	}
	return c, nil
}

// config reads the shape of the model from the metadata, and says how it
// settled what llama.cpp reads from keys that say half of it.
func configOf(g *tensorfile.GGUF) (c Config, settled []string, err error) {
	m := g.Fields()
	architecture := m.Text("general.architecture")
	if m.Err() == nil && architecture != "llama" {
		return Config{}, nil, fmt.Errorf("general.architecture is %q, but only \"llama\" is read", architecture)
	}
	heads := m.Integer("llama.attention.head_count")
	width := m.Integer("llama.embedding_length")
	c = Config{
		Vocab:        g.Rows("token_embd.weight"),
		Width:        width,
		Hidden:       m.Integer("llama.feed_forward_length"),
		Layers:       m.Integer("llama.block_count"),
		Heads:        heads,
		KVHeads:      m.IntegerOr("llama.attention.head_count_kv", heads),
		MaxPositions: m.Integer("llama.context_length"),
		NormEps:      m.Number("llama.attention.layer_norm_rms_epsilon"),
		Rope:         ggufRope(m),
		Tied:         !g.Has("output.weight"),
		BOS:          m.IntegerOr("tokenizer.ggml.bos_token_id", -1),
		EOS:          m.IntegerOr("tokenizer.ggml.eos_token_id", -1),
		Pad:          -1, // as transformers reads a GGUF
	}
	if m.Err() == nil && heads > 0 {
		c.HeadDim = m.IntegerOr("llama.attention.key_length", width/heads)
	}
	if m.Err() == nil {
		m.Fail(checkVariant(g, m, c))
	}
	if m.Err() != nil {
		return Config{}, nil, m.Err()
	}
	if c.Rope.Type == "linear" && !m.Has("llama.rope.scaling.type") {
		settled = append(settled, "the rotary embedding has a scaling factor, but no llama.rope.scaling.type; it is linear, as in llama.cpp")
	}
	return c, settled, c.check()
}

// checkVariant refuses the relatives of Llama that share its name in GGUF.
func checkVariant(g *tensorfile.GGUF, m *tensorfile.Fields, c Config) error {
	experts := m.IntegerOr("llama.expert_count", 0)
	value := m.IntegerOr("llama.attention.value_length", c.HeadDim)
	turned := m.IntegerOr("llama.rope.dimension_count", c.HeadDim)
	vocabulary := m.IntegerOr("llama.vocab_size", c.Vocab)
	causal := m.SwitchOr("llama.attention.causal", true)
	unread := unreadKey(m)
	switch {
	case m.Err() != nil:
		return m.Err()
	case experts != 0:
		return fmt.Errorf("llama.expert_count is %d, but mixtures of experts are not read", experts)
	case !m.Has("llama.attention.key_length") && c.Heads > 0 && c.Width%c.Heads != 0:
		return fmt.Errorf("llama.embedding_length %d cannot be divided among %d attention heads, and no llama.attention.key_length is given", c.Width, c.Heads)
	case value != c.HeadDim:
		return fmt.Errorf("llama.attention.value_length is %d and key_length %d, but only equal ones are read", value, c.HeadDim)
	case turned != c.HeadDim:
		return fmt.Errorf("llama.rope.dimension_count is %d, but only the head's %d is read", turned, c.HeadDim)
	case vocabulary != c.Vocab:
		return fmt.Errorf("llama.vocab_size is %d, but token_embd.weight has %d rows", vocabulary, c.Vocab)
	case !causal:
		return errors.New("llama.attention.causal is false, but only causal attention is read")
	case unread != "":
		return fmt.Errorf("metadata key %q is %v, and is not read; it may change what the model computes", unread, m.Value(unread))
	case c.Rope.Type != "default" && c.Rope.Type != "linear" || g.Has("rope_freqs.weight"):
		return fmt.Errorf("it has a scaled rotary embedding (llama.rope.scaling.type %q, or tensor rope_freqs.weight), which is not read from GGUF; use the Hugging Face folder", m.TextOr("llama.rope.scaling.type", "none"))
	}
	return nil
}

// huggingFaceName translates the name of a tensor; an unknown one stays as it
// is.
func huggingFaceName(name string) string {
	switch name {
	case "token_embd.weight":
		return embeddingTensor
	case "output_norm.weight":
		return "model.norm.weight"
	case "output.weight":
		return headTensor
	}
	parts := map[string]string{
		"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
		"attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
		"ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
	}
	rest, block := strings.CutPrefix(name, "blk.")
	rest, weight := strings.CutSuffix(rest, ".weight")
	layer, part, _ := strings.Cut(rest, ".")
	if !block || !weight || parts[part] == "" {
		return name
	}
	return "model.layers." + layer + "." + parts[part] + ".weight"
}

// turnedHeads is the number of heads of a tensor whose rows a GGUF file has in
// llama.cpp's rotary order, 0 for other tensors.
func (c *Checkpoint) turnedHeads(name string) int {
	part, _ := c.Config.layerPart(name)
	switch {
	case c.gguf && part == "self_attn.q_proj":
		return c.Config.Heads
	case c.gguf && part == "self_attn.k_proj":
		return c.Config.KVHeads
	}
	return 0
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
