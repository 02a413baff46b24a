package pretrained

import (
	"cmp"
	"fmt"
	"math"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// ggufSettings reads what a GGUF file says of a model of one family.
type ggufSettings struct {
	*tensorfile.Fields
	file   *tensorfile.GGUF
	family *architecture.Architecture
}

// key is the whole name of one of the architecture's keys.
func (s *ggufSettings) key(rest string) string { return s.family.GGUF.Name + "." + rest }

// configOf reads the shape of the model from the metadata. Where keys contradict
// one another or are incomplete, it says what it took them to mean.
func configOf(g *tensorfile.GGUF) (c architecture.Config, contradictions []string, err error) {
	s := &ggufSettings{Fields: g.Fields(), file: g}
	if s.family, err = familyOf(s.Fields); err != nil {
		return architecture.Config{}, nil, err
	}
	c = s.sizes()
	s.Fail(s.checkVariant(c))
	s.factors(&c)
	if s.Err() == nil {
		c.Rope, contradictions = s.rope(c)
	}
	s.Fail(c.Check()) // before lists of so many layers are made
	if s.Err() == nil {
		s.windows(&c)
		if implied := s.family.GGUF.Implied; implied != nil {
			implied(&c)
		}
		if c.Window >= c.MaxPositions && c.LocalRope == nil {
			c.Window, c.Windowed = 0, nil // it never closes
		}
		s.Fail(c.Check())
	}
	if s.Err() != nil {
		return architecture.Config{}, nil, s.Err()
	}
	return c, contradictions, nil
}

// familyOf finds the architecture of a file.
func familyOf(m *tensorfile.Fields) (*architecture.Architecture, error) {
	if err := checkGeneral(m); err != nil {
		return nil, err
	}
	name := m.Text("general.architecture")
	a := architecture.FindGGUF(name, func(key string) bool { return m.IntegerOr(name+"."+key, 0) != 0 })
	if m.Err() == nil && a == nil {
		known := architecture.Listed(func(a *architecture.Architecture) string { return a.GGUF.Name })
		return nil, fmt.Errorf("general.architecture is %q, but only %s is read", name, known)
	}
	return a, m.Err()
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

// sizes reads what the tensors' shapes follow from.
func (s *ggufSettings) sizes() architecture.Config {
	a, g := s.family, s.file
	heads := s.Same(s.key("attention.head_count"))
	c := architecture.Config{
		Architecture:  a.Name,
		Vocab:         g.Rows(a.Embedding.GGUF),
		Width:         s.Integer(s.key("embedding_length")),
		Hidden:        s.Same(s.key("feed_forward_length")),
		Layers:        s.Integer(s.key("block_count")),
		Heads:         heads,
		KVHeads:       s.SameOr(s.key("attention.head_count_kv"), heads),
		MaxPositions:  s.Integer(s.key("context_length")),
		NormEps:       s.Number(s.key(epsKey(a))),
		Tied:          !g.Has(a.Head.GGUF),
		AttentionBias: s.hasAny(a, architecture.QueryBias, architecture.OutputBias),
		MLPBias:       s.hasAny(a, architecture.UpBias, architecture.DownBias),
		BOS:           s.IntegerOr("tokenizer.ggml.bos_token_id", -1),
		EOS:           s.IntegerOr("tokenizer.ggml.eos_token_id", -1),
		Pad:           -1, // as transformers reads a GGUF
	}
	if heads > 0 {
		c.HeadDim = s.IntegerOr(s.key("attention.key_length"), c.Width/heads)
	}
	return c
}

// epsKey is the key of the norms' epsilon.
func epsKey(a *architecture.Architecture) string {
	if a.Norm == architecture.LayerNorm {
		return "attention.layer_norm_epsilon"
	}
	return "attention.layer_norm_rms_epsilon"
}

// hasAny reports whether the first block has a tensor of one of the roles that
// the family leaves to the model.
func (s *ggufSettings) hasAny(a *architecture.Architecture, roles ...architecture.Role) bool {
	for _, t := range a.Block {
		for _, role := range roles {
			if t.Role == role && t.If != nil && s.file.Has("blk.0."+t.GGUF) {
				return true
			}
		}
	}
	return false
}

// checkVariant refuses the relatives of an architecture that share its name in
// GGUF.
func (s *ggufSettings) checkVariant(c architecture.Config) error {
	experts := s.IntegerOr(s.key("expert_count"), 0)
	value := s.IntegerOr(s.key("attention.value_length"), c.HeadDim)
	vocabulary := s.IntegerOr(s.key("vocab_size"), c.Vocab)
	causal := s.SwitchOr(s.key("attention.causal"), true)
	unread := unreadKey(s.Fields, s.family.GGUF)
	switch {
	case s.Err() != nil:
		return s.Err()
	case experts != 0:
		return fmt.Errorf("%s is %d, but mixtures of experts are not read", s.key("expert_count"), experts)
	case !s.Has(s.key("attention.key_length")) && c.Heads > 0 && c.Width%c.Heads != 0:
		return fmt.Errorf("%s %d cannot be divided among %d attention heads, and no %s is given", s.key("embedding_length"), c.Width, c.Heads, s.key("attention.key_length"))
	case value != c.HeadDim:
		return fmt.Errorf("%s is %d and key_length %d, but only equal ones are read", s.key("attention.value_length"), value, c.HeadDim)
	case vocabulary != c.Vocab:
		return fmt.Errorf("%s is %d, but %s has %d rows", s.key("vocab_size"), vocabulary, s.family.Embedding.GGUF, c.Vocab)
	case !causal:
		return fmt.Errorf("%s is false, but only causal attention is read", s.key("attention.causal"))
	case unread != "":
		return fmt.Errorf("metadata key %q is %v, and is not read; it may change what the model computes", unread, s.Value(unread))
	}
	return nil
}

// factors reads scales, soft caps and bounds.
func (s *ggufSettings) factors(c *architecture.Config) {
	c.ResidualScale = s.NumberOr(s.key("residual_scale"), 0)
	c.EmbeddingScale = s.NumberOr(s.key("embedding_scale"), 0)
	c.AttentionScale = s.NumberOr(s.key("attention.scale"), 0)
	c.AttentionCap = s.NumberOr(s.key("attn_logit_softcapping"), 0)
	c.ClipQKV = s.NumberOr(s.key("attention.clamp_kqv"), 0)
	c.LogitCap = s.NumberOr(s.key("final_logit_softcapping"), 0)
	c.LogitScale = s.NumberOr(s.key("logit_scale"), 0)
	if s.family.GGUF.DividesLogits && c.LogitScale != 0 {
		c.LogitScale = 1 / c.LogitScale
	}
}

// windows reads which layers attend to how many tokens, and turn otherwise for it.
func (s *ggufSettings) windows(c *architecture.Config) {
	g := s.family.GGUF
	if c.Window = s.IntegerOr(s.key("attention.sliding_window"), g.Window); c.Window == 0 {
		return
	}
	const pattern = "attention.sliding_window_pattern"
	if c.Windowed = s.Switches(s.key(pattern)); c.Windowed == nil {
		every := g.WindowEvery
		if s.Has(s.key(pattern)) {
			every = s.Integer(s.key(pattern))
		}
		c.Windowed = make([]bool, c.Layers)
		for i := range c.Windowed {
			c.Windowed[i] = every <= 0 || i%every != every-1
		}
	}
	if g.LocalRope {
		theta := s.NumberOr(s.key("rope.freq_base_swa"), cmp.Or(g.LocalTheta, c.Rope.Theta))
		c.LocalRope = &architecture.Rope{Theta: theta, Type: "default"}
	}
}

// partial is the share of head_dim that n of its elements are, from which
// Rope.Dim gets n again.
func partial(n, headDim int) float64 {
	share := float64(n) / float64(headDim)
	if int(float64(headDim)*share) < n {
		share = math.Nextafter(share, 2)
	}
	return share
}
