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

// parseGGUFPieces reads a tokenizer of SentencePiece's BPE. As in llama.cpp and the fast
// tokenizers that are published, tokens of users are cut out of a text first, each stretch
// between has a dummy prefix if any has, and Phi-3's tokens take the white space behind
// them, which the file does not say.
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
	s.usersFirst = s.dummyPrefix
	s.stripsBehind = m.TextOr("general.architecture", "") == "phi3"
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
	if s.usersFirst && slices.Contains(kinds, userPiece) {
		t.contradictions = append(t.contradictions, "tokens of type 4 (of users) are cut out of a text before spaces become pieces, as in llama.cpp, not after that as in SentencePiece")
	}
	if s.stripsBehind {
		t.contradictions = append(t.contradictions, "general.architecture is phi3: control tokens take the white space behind them as in the published tokenizer, which the file does not say")
	}
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
		// The letters that DeepSeek LLM takes for such: those that have a case, in part.
		casedPattern = `\s?[A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f` +
			`\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-` +
			`\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b` +
			`\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-` +
			`\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184` +
			`\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-` +
			`\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\x{10400}-\x{1044f}\x{104b0}-\x{104d3}\x{104d8}-\x{104fb}\x{10c80}-\x{10cb2}\x{10cc0}-\x{10cf2}` +
			`\x{118a0}-\x{118df}\x{1e900}-\x{1e943}]+`
		signsPattern  = `\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+`
		qwen35Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
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
	add(ggufPreTokenizer{patterns: []string{breakPattern, casedPattern, signsPattern, `\s+$`, cjkPattern, numbersPattern}}, "deepseek-llm")
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
