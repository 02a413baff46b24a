package tokenizer

import (
	"errors"
	"fmt"

	"golang.org/x/text/unicode/norm"

	"sweep/trainer/tensorfile"
)

// The kinds of tokens in GGUF that are matched as a whole.
const (
	ggufControlToken = 3
	ggufUserToken    = 4
)

// ParseGGUF reads the tokenizer in the metadata of a GGUF file. The key
// tokenizer.ggml.pre names the patterns that cut text into words, by llama.cpp's
// names.
func ParseGGUF(m *tensorfile.Fields) (*Tokenizer, error) {
	if model := m.Text("tokenizer.ggml.model"); m.Err() == nil && model != "gpt2" {
		return nil, fmt.Errorf("tokenizer.ggml.model is %q, but only \"gpt2\" (byte-level BPE) is read", model)
	}
	pre := m.TextOr("tokenizer.ggml.pre", "none")
	stages, normalize, ok := ggufPre(pre)
	if m.Err() == nil && !ok {
		return nil, fmt.Errorf("tokenizer.ggml.pre is %q, but only \"gpt-2\", \"smollm\", \"llama-bpe\" and \"qwen2\" are read", pre)
	}
	isLlama3 := pre == "llama-bpe"
	t := &Tokenizer{
		normalize: normalize,
		stages:    stages,
		bpe:       &bpe{unknown: -1, ignoreMerges: isLlama3},
		template:  ggufTemplate(m, isLlama3),
	}
	vocabulary, added := ggufVocabulary(m, pre == "qwen2")
	if pre == "qwen2" {
		t.contradictions = []string{"tokenizer.ggml.pre is qwen2: text is normalised to NFC as in the published tokenizer, not left as llama.cpp leaves it"}
	}
	merges := ggufMerges(m)
	if m.Err() != nil {
		return nil, m.Err()
	}
	return t, t.build(vocabulary, merges, added)
}

// ggufPre returns the patterns of a pre-tokenizer by its llama.cpp name, and the
// normalisation that the tokenizers published under that name have: of these,
// Qwen 2's alone has one. (llama.cpp itself normalises nothing.)
func ggufPre(pre string) (stages []stage, normalize func(string) string, ok bool) {
	asItIs := func(s string) string { return s }
	switch pre {
	case "gpt-2":
		return []stage{{next: nextGPT2}}, asItIs, true
	case "smollm":
		return []stage{{next: nextDigit}, {next: nextGPT2}}, asItIs, true
	case "llama-bpe":
		return []stage{{next: nextLlama3(3)}}, asItIs, true
	case "qwen2":
		return []stage{{next: nextLlama3(1)}}, norm.NFC.String, true
	}
	return nil, nil, false
}

// ggufTemplate reads which of BOS and EOS go around a text.
func ggufTemplate(m *tensorfile.Fields, addsBOS bool) (t Template) {
	around := func(add, token string, otherwise bool) []int32 {
		if !m.SwitchOr(add, otherwise) {
			return nil
		}
		id := m.Integer(token)
		if id < 0 || id > maxTokens {
			id = maxTokens // no model has it
		}
		return []int32{int32(id)}
	}
	t.Before = around("tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id", addsBOS)
	t.After = around("tokenizer.ggml.add_eos_token", "tokenizer.ggml.eos_token_id", false)
	if m.SwitchOr("tokenizer.ggml.add_sep_token", false) {
		m.Fail(errors.New("tokenizer.ggml.add_sep_token is true, but only BOS and EOS around a text are read"))
	}
	return t
}

// ggufVocabulary returns the id of each token, and the tokens that are matched
// as a whole. Tokens that users added are matched after normalisation, which is
// the default of Hugging Face's tokenizers.
func ggufVocabulary(m *tensorfile.Fields, normalised bool) (map[string]int32, []addedToken) {
	tokens := m.Texts("tokenizer.ggml.tokens")
	kinds := m.Integers("tokenizer.ggml.token_type")
	if len(tokens) == 0 || len(kinds) > 0 && len(kinds) != len(tokens) {
		m.Fail(fmt.Errorf("tokenizer.ggml.tokens has %d tokens and tokenizer.ggml.token_type %d kinds, but equal numbers are expected", len(tokens), len(kinds)))
	}
	if m.Err() != nil {
		return nil, nil
	}
	vocabulary := make(map[string]int32, len(tokens))
	var added []addedToken
	for id, token := range tokens {
		vocabulary[token] = int32(id)
		if len(kinds) > 0 && (kinds[id] == ggufControlToken || kinds[id] == ggufUserToken) {
			isUsers := kinds[id] == ggufUserToken
			added = append(added, addedToken{content: token, id: int32(id), normalized: normalised && isUsers, special: !isUsers})
		}
	}
	return vocabulary, added
}

func ggufMerges(m *tensorfile.Fields) []mergeRule {
	var merges []mergeRule
	for i, joined := range m.Texts("tokenizer.ggml.merges") {
		var rule mergeRule
		if err := rule.parse(joined); err != nil {
			m.Fail(fmt.Errorf("tokenizer.ggml.merges, element %d: %w", i, err))
		}
		merges = append(merges, rule)
	}
	return merges
}
