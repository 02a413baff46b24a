package llama

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// openGGUF opens a GGUF file as a checkpoint. On an error it still returns the
// file, to be closed.
func openGGUF(f *file) (*Checkpoint, error) {
	c := &Checkpoint{name: f.name, files: []*file{f}, tensors: map[string]stored{}}
	g, err := readGGUF(f)
	if err != nil {
		return c, fmt.Errorf("%s: %w", f.name, err)
	}
	if c.Config, c.Settled, err = g.config(); err != nil {
		return c, fmt.Errorf("%s: %w", f.name, err)
	}
	for _, t := range g.tensors {
		name, s, err := g.locate(f, t, c.Config)
		if err != nil {
			return c, fmt.Errorf("%s: tensor %s %w", f.name, t.name, err)
		}
		if c.tensors[name].file != nil {
			return c, fmt.Errorf("%s: tensor %s stands twice", f.name, t.name)
		}
		c.tensors[name] = s
	}
	if _, err := checkLayout(c.tensors, g.data, g.alignment); err != nil {
		return c, fmt.Errorf("%s: %w", f.name, err)
	}
	c.tokenizer = func() (*Tokenizer, error) {
		t, err := g.tokenizer()
		if err == nil {
			err = t.checkSize(c.Config.Vocab)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		return t, nil
	}
	return c, nil
}

// config reads the shape of the model from the metadata, and says how it
// settled what llama.cpp reads from keys that say half of it.
func (g *gguf) config() (c Config, settled []string, err error) {
	m := &ggufFields{values: g.metadata}
	architecture := text(m, "general.architecture")
	if m.err == nil && architecture != "llama" {
		return Config{}, nil, fmt.Errorf("general.architecture is %q, but only \"llama\" is read", architecture)
	}
	heads := integer(m, "llama.attention.head_count")
	width := integer(m, "llama.embedding_length")
	c = Config{
		Vocab:        g.vocabulary(),
		Width:        width,
		Hidden:       integer(m, "llama.feed_forward_length"),
		Layers:       integer(m, "llama.block_count"),
		Heads:        heads,
		KVHeads:      integerOr(m, "llama.attention.head_count_kv", heads),
		MaxPositions: integer(m, "llama.context_length"),
		NormEps:      number(m, "llama.attention.layer_norm_rms_epsilon"),
		Rope:         ggufRope(m),
		Tied:         !g.has("output.weight"),
		BOS:          integerOr(m, "tokenizer.ggml.bos_token_id", -1),
		EOS:          integerOr(m, "tokenizer.ggml.eos_token_id", -1),
		Pad:          -1, // as transformers reads a GGUF
	}
	if m.err == nil && heads > 0 {
		c.HeadDim = integerOr(m, "llama.attention.key_length", width/heads)
	}
	if m.err == nil {
		m.err = g.checkVariant(m, c)
	}
	if m.err != nil {
		return Config{}, nil, m.err
	}
	if c.Rope.Type == "linear" && !g.hasKey("llama.rope.scaling.type") {
		settled = append(settled, "the rotary embedding has a scaling factor, but no llama.rope.scaling.type; it is linear, as in llama.cpp")
	}
	return c, settled, c.check()
}

// checkVariant refuses the relatives of Llama that share its name in GGUF.
func (g *gguf) checkVariant(m *ggufFields, c Config) error {
	experts := integerOr(m, "llama.expert_count", 0)
	value := integerOr(m, "llama.attention.value_length", c.HeadDim)
	turned := integerOr(m, "llama.rope.dimension_count", c.HeadDim)
	vocabulary := integerOr(m, "llama.vocab_size", c.Vocab)
	causal := fallback(m, "llama.attention.causal", true)
	unread := g.unreadKey()
	switch {
	case m.err != nil:
		return m.err
	case experts != 0:
		return fmt.Errorf("llama.expert_count is %d, but mixtures of experts are not read", experts)
	case !g.hasKey("llama.attention.key_length") && c.Heads > 0 && c.Width%c.Heads != 0:
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
		return fmt.Errorf("metadata key %q is %v, and is not read; it may change what the model computes", unread, g.metadata[unread])
	case c.Rope.Type != "default" && c.Rope.Type != "linear" || g.has("rope_freqs.weight"):
		return fmt.Errorf("it has a scaled rotary embedding (llama.rope.scaling.type %q, or tensor rope_freqs.weight), which is not read from GGUF; use the Hugging Face folder", textOr(m, "llama.rope.scaling.type", "none"))
	}
	return nil
}

// vocabulary is the number of rows of the embedding, 0 if there is none.
func (g *gguf) vocabulary() int {
	for _, t := range g.tensors {
		if t.name == "token_embd.weight" && len(t.shape) == 2 && t.shape[1] <= math.MaxInt32 {
			return int(t.shape[1])
		}
	}
	return 0
}

func (g *gguf) has(tensor string) bool {
	for _, t := range g.tensors {
		if t.name == tensor {
			return true
		}
	}
	return false
}

func (g *gguf) hasKey(key string) bool {
	_, ok := g.metadata[key]
	return ok
}

// locate checks a tensor against the file, and returns its Hugging Face name,
// or its own where Hugging Face has none.
func (g *gguf) locate(f *file, t ggufTensor, c Config) (string, stored, error) {
	name := huggingFaceName(t.name)
	format, err := ggufFormat(t.kind)
	if err != nil {
		return "", stored{}, err
	}
	shape, n, err := volume(t.shape)
	if err != nil {
		return "", stored{}, err
	}
	if t.offset > uint64(f.size) {
		return "", stored{}, fmt.Errorf("begins at byte %d of the data, but the file has %d bytes; it is truncated", t.offset, f.size)
	}
	if shape[0]%format.elements != 0 {
		return "", stored{}, fmt.Errorf("has rows of %d elements, which do not fill blocks of %d as %s has them", shape[0], format.elements, format.name)
	}
	offset := g.data + int64(t.offset)
	if err := format.fits(n, offset, f.size); err != nil {
		return "", stored{}, err
	}
	s := stored{file: f, offset: offset, shape: reversed(shape), format: format}
	switch part, _ := c.layerPart(name); part {
	case "self_attn.q_proj":
		s.heads = c.Heads
	case "self_attn.k_proj":
		s.heads = c.KVHeads
	}
	return name, s, nil
}

func reversed(shape []int) []int {
	r := make([]int, len(shape))
	for i, size := range shape {
		r[len(shape)-1-i] = size
	}
	return r
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
