package tokenizer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sweep/trainer/tensorfile"
)

// ParseGGUF reads the tokenizer in the metadata of a GGUF file.
func ParseGGUF(m *tensorfile.Fields) (*Tokenizer, error) {
	model := m.Text("tokenizer.ggml.model")
	if m.Err() != nil {
		return nil, m.Err()
	}
	parse, ok := map[string]func(*tensorfile.Fields) (*Tokenizer, error){"gpt2": parseGGUFBytes, "llama": parseGGUFPieces}[model]
	if !ok {
		return nil, fmt.Errorf("tokenizer.ggml.model is %q, but only \"gpt2\" (byte-level BPE) and \"llama\" (SentencePiece's BPE) are read", model)
	}
	t, err := parse(m)
	if err != nil {
		return nil, err
	}
	t.roles = map[string]string{}
	for role, key := range map[string]string{"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"} {
		t.roles[role], _ = t.Token(int32(m.IntegerOr("tokenizer.ggml."+key+"_token_id", -1)))
	}
	return t, m.Err()
}

// parseGGUFBytes reads a tokenizer of byte-level BPE. The key tokenizer.ggml.pre
// names the patterns that cut text into words, by llama.cpp's names.
func parseGGUFBytes(m *tensorfile.Fields) (*Tokenizer, error) {
	name := m.TextOr("tokenizer.ggml.pre", "")
	pre, ok := ggufPreTokenizers()[cmp.Or(name, "default")]
	if m.Err() == nil && !ok {
		return nil, fmt.Errorf("tokenizer.ggml.pre is %q, but only %s are read", name, strings.Join(slices.Sorted(maps.Keys(ggufPreTokenizers())), ", "))
	}
	t := &Tokenizer{normalize: asItIs, decode: bytesOfLetters, byteLevel: true, template: ggufTemplate(m, pre.addsBOS, -1)}
	switch {
	case name == "":
		t.contradictions = []string{"tokenizer.ggml.pre is missing: text is cut into words by the patterns of \"default\", as in llama.cpp"}
	case pre.composed:
		t.normalize = func(s string) (string, error) { return canonical(norm.NFC, s), nil }
		t.contradictions = []string{"tokenizer.ggml.pre is " + name + ": text is normalised to NFC as in the published tokenizer, not left as llama.cpp leaves it"}
	case pre.cased:
		t.contradictions = []string{"tokenizer.ggml.pre is " + name + ": words are cut by the pattern of the published tokenizer, which knows all capitals and marks, not by that of llama.cpp, which knows those of ASCII"}
	}
	for _, pattern := range pre.patterns {
		find, err := expression("tokenizer.ggml.pre "+name, pattern, maxMatchTime)
		if err != nil {
			return nil, err
		}
		t.stages = append(t.stages, splitBy(find, isolated))
	}
	vocabulary, added := ggufVocabulary(m, pre.composed)
	merges := ggufMerges(m)
	if m.Err() != nil {
		return nil, m.Err()
	}
	if err := t.setTokens(vocabulary, added); err != nil {
		return nil, err
	}
	b := &bpe{byteLevel: true, unknown: -1, ignoreMerges: pre.ignoreMerges}
	t.model = b
	return t, b.build(vocabulary, merges)
}

// parseGGUFPieces reads a tokenizer of SentencePiece's BPE.
func parseGGUFPieces(m *tensorfile.Fields) (*Tokenizer, error) {
	tokens, kinds := ggufTokens(m)
	scores := m.Numbers("tokenizer.ggml.scores")
	if m.Err() == nil && len(scores) != len(tokens) {
		m.Fail(fmt.Errorf("tokenizer.ggml.tokens has %d tokens and tokenizer.ggml.scores %d scores, but equal numbers are expected", len(tokens), len(scores)))
	}
	s := &sentencePiece{
		model: bpeModel, kinds: kinds, byteFallback: true, escape: true,
		unknown:     int32(m.IntegerOr("tokenizer.ggml.unknown_token_id", 0)),
		dummyPrefix: m.SwitchOr("tokenizer.ggml.add_space_prefix", true),
		collapse:    m.SwitchOr("tokenizer.ggml.remove_extra_whitespaces", false),
	}
	template := ggufTemplate(m, true, 1)
	if m.Err() != nil {
		return nil, m.Err()
	}
	for i, token := range tokens {
		s.pieces = append(s.pieces, scoredPiece{token, scores[i]})
	}
	t, err := s.tokenizer()
	if err != nil {
		return nil, fmt.Errorf("tokenizer.ggml.tokens: %w", err)
	}
	t.template = template
	return t, nil
}

// ggufPreTokenizer is how text becomes words under one of llama.cpp's names.
type ggufPreTokenizer struct {
	patterns     []string // each cuts what the one before it left, at its matches
	addsBOS      bool     // unless the file says otherwise
	ignoreMerges bool
	composed     bool // the published tokenizer normalises to NFC
	cased        bool // llama.cpp has another pattern, for capitals of ASCII
}

// ggufPreTokenizers are llama.cpp's names for pre-tokenizers (src/llama-vocab.cpp).
func ggufPreTokenizers() map[string]ggufPreTokenizer {
	const (
		punctuationPattern = `[\p{P}\$\+<=>\^~\|]+`
		threeDigitsPattern = `[0-9][0-9][0-9]`
		cjkPattern         = "[一-龥\u0800-一가-\ud7ff]+"
		qwen35Pattern      = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	)
	known := map[string]ggufPreTokenizer{}
	add := func(p ggufPreTokenizer, names ...string) {
		for _, name := range names {
			known[name] = p
		}
	}
	add(ggufPreTokenizer{patterns: []string{punctuationPattern, gpt2Pattern, numbersPattern, threeDigitsPattern}}, "default")
	add(ggufPreTokenizer{patterns: []string{llama3Pattern}, ignoreMerges: true, addsBOS: true}, "llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2")
	add(ggufPreTokenizer{patterns: []string{llama3Pattern}}, "dbrx", "smaug-bpe")
	add(ggufPreTokenizer{patterns: []string{gpt2Pattern}}, "gpt-2", "phi-2", "mpt", "granite-docling")
	add(ggufPreTokenizer{patterns: []string{gpt2Pattern}, composed: true}, "olmo")
	add(ggufPreTokenizer{patterns: []string{numberPattern, gpt2Pattern}}, "smollm", "starcoder", "refact", "codeshell")
	add(ggufPreTokenizer{patterns: []string{numberPattern, gpt2Pattern}, composed: true}, "command-r")
	add(ggufPreTokenizer{patterns: []string{qwen2Pattern}, composed: true}, "qwen2", "deepseek-r1-qwen")
	add(ggufPreTokenizer{patterns: []string{qwen35Pattern}, composed: true}, "qwen35")
	add(ggufPreTokenizer{patterns: []string{qwen2Pattern}}, "stablelm2", "megrez")
	add(ggufPreTokenizer{patterns: []string{tekkenPattern}, ignoreMerges: true, addsBOS: true, cased: true}, "tekken")
	add(ggufPreTokenizer{patterns: []string{gpt4oPattern}, cased: true}, "gpt-4o", "llama4")
	add(ggufPreTokenizer{patterns: []string{threesPattern, hanKanaPattern, deepseek3Pattern}}, "deepseek-v3")
	add(ggufPreTokenizer{patterns: []string{breakPattern, `\s?\p{L}+`, `\s?\p{P}+`, cjkPattern, numberPattern}}, "deepseek-coder")
	return known
}

// ggufTemplate reads which of BOS and EOS go around a text. bos is the id of BOS
// that a file need not name, -1 if there is none.
func ggufTemplate(m *tensorfile.Fields, addsBOS bool, bos int) (t Template) {
	around := func(add, token string, otherwise bool, id int) []int32 {
		if !m.SwitchOr(add, otherwise) {
			return nil
		}
		if id < 0 || m.Has(token) {
			id = m.Integer(token)
		}
		if id < 0 || id > maxTokens {
			id = maxTokens // no model has it
		}
		return []int32{int32(id)}
	}
	t.Before = around("tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id", addsBOS, bos)
	t.After = around("tokenizer.ggml.add_eos_token", "tokenizer.ggml.eos_token_id", false, -1)
	if m.SwitchOr("tokenizer.ggml.add_sep_token", false) {
		m.Fail(errors.New("tokenizer.ggml.add_sep_token is true, but only BOS and EOS around a text are read"))
	}
	return t
}

// ggufTokens returns the tokens by id and their kinds, which are normal where the
// file has none.
func ggufTokens(m *tensorfile.Fields) (tokens []string, kinds []int64) {
	tokens = m.Texts("tokenizer.ggml.tokens")
	kinds = m.Integers("tokenizer.ggml.token_type")
	if len(tokens) == 0 || len(kinds) > 0 && len(kinds) != len(tokens) {
		m.Fail(fmt.Errorf("tokenizer.ggml.tokens has %d tokens and tokenizer.ggml.token_type %d kinds, but equal numbers are expected", len(tokens), len(kinds)))
	}
	if len(kinds) == 0 {
		kinds = slices.Repeat([]int64{normalPiece}, len(tokens))
	}
	return tokens, kinds
}

// ggufVocabulary returns the id of each token, and the tokens that are matched
// as a whole. Where text is normalised, tokens that users added are matched after
// that, which is the default of Hugging Face's tokenizers.
func ggufVocabulary(m *tensorfile.Fields, normalised bool) (map[string]int32, []addedToken) {
	tokens, kinds := ggufTokens(m)
	if m.Err() != nil {
		return nil, nil
	}
	vocabulary := make(map[string]int32, len(tokens))
	var added []addedToken
	for id, token := range tokens {
		vocabulary[token] = int32(id)
		if isUsers := kinds[id] == userPiece; isUsers || kinds[id] == controlPiece {
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
