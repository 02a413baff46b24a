package llama

import "fmt"

// The kinds of tokens in GGUF that are matched as a whole.
const (
	ggufControlToken = 3
	ggufUserToken    = 4
)

// tokenizer reads the tokenizer in the metadata. Its key tokenizer.ggml.pre
// names the patterns that cut text into words, by llama.cpp's names.
func (g *gguf) tokenizer() (*Tokenizer, error) {
	m := &ggufFields{values: g.metadata}
	if model := text(m, "tokenizer.ggml.model"); m.err == nil && model != "gpt2" {
		return nil, fmt.Errorf("tokenizer.ggml.model is %q, but only \"gpt2\" (byte-level BPE) is read", model)
	}
	pre := textOr(m, "tokenizer.ggml.pre", "none")
	stages, ok := ggufStages(pre)
	if m.err == nil && !ok {
		return nil, fmt.Errorf("tokenizer.ggml.pre is %q, but only \"gpt-2\", \"smollm\", \"llama-bpe\" and \"qwen2\" are read", pre)
	}
	isLlama3 := pre == "llama-bpe"
	t := &Tokenizer{
		normalize: func(s string) string { return s },
		stages:    stages,
		bpe:       &bpe{unknown: -1, ignoreMerges: isLlama3},
		addsBOS:   fallback(m, "tokenizer.ggml.add_bos_token", isLlama3),
	}
	vocabulary, added := ggufVocabulary(m)
	merges := ggufMerges(m)
	if m.err != nil {
		return nil, m.err
	}
	return t, t.build(vocabulary, merges, added)
}

// ggufStages returns the patterns of a pre-tokenizer by its llama.cpp name.
func ggufStages(pre string) ([]stage, bool) {
	switch pre {
	case "gpt-2":
		return []stage{{next: nextGPT2}}, true
	case "smollm":
		return []stage{{next: nextDigit}, {next: nextGPT2}}, true
	case "llama-bpe":
		return []stage{{next: nextLlama3(3)}}, true
	case "qwen2":
		return []stage{{next: nextLlama3(1)}}, true
	}
	return nil, false
}

// ggufVocabulary returns the tokens by text, and those of them matched as a
// whole.
func ggufVocabulary(m *ggufFields) (map[string]int32, []addedToken) {
	tokens := list[string](m, "tokenizer.ggml.tokens")
	kinds := list[int64](m, "tokenizer.ggml.token_type")
	if m.err == nil && (len(tokens) == 0 || len(kinds) > 0 && len(kinds) != len(tokens)) {
		m.err = fmt.Errorf("tokenizer.ggml.tokens has %d tokens and tokenizer.ggml.token_type %d kinds, but equal numbers are expected", len(tokens), len(kinds))
	}
	if m.err != nil {
		return nil, nil
	}
	vocabulary := make(map[string]int32, len(tokens))
	var added []addedToken
	for id, token := range tokens {
		vocabulary[token] = int32(id)
		if len(kinds) > 0 && (kinds[id] == ggufControlToken || kinds[id] == ggufUserToken) {
			added = append(added, addedToken{content: token, id: int32(id)})
		}
	}
	return vocabulary, added
}

func ggufMerges(m *ggufFields) []mergeRule {
	var merges []mergeRule
	for i, joined := range list[string](m, "tokenizer.ggml.merges") {
		var rule mergeRule
		if err := rule.parse(joined); err != nil && m.err == nil {
			m.err = fmt.Errorf("tokenizer.ggml.merges, element %d: %w", i, err)
		}
		merges = append(merges, rule)
	}
	return merges
}
