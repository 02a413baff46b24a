package tokenizer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tokenizer is a byte-level BPE tokenizer: text is cut at added tokens,
// normalised, cut into words by fixed patterns, and each word's bytes are
// merged by rank. It gives the ids that Hugging Face's tokenizers gives, but for
// characters newer than the Unicode tables of the Go release, which it takes for
// symbols. Its methods are safe for concurrent use.
type Tokenizer struct {
	verbatim       addedTokens // matched in the text as it stands
	normalized     addedTokens // matched after normalisation
	normalize      func(string) string
	stages         []stage
	bpe            *bpe
	template       Template
	contradictions []string
	tokens         []string // as the vocabulary writes them, by id
	ids            map[string]int32
	special        map[int32]bool
}

// Encode returns the token ids of text, which must be valid UTF-8. Added tokens
// written out in the text, such as "<|im_end|>", become their ids. No BOS or
// EOS is added; the padding and truncation that a tokenizer.json may ask for do
// not apply.
func (t *Tokenizer) Encode(text string) ([]int32, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("encode text: byte %d is not valid UTF-8", validPrefix(text))
	}
	ids := make([]int32, 0, len(text)/4+1)
	add := func(id int32) { ids = append(ids, id) }
	t.verbatim.cut(text, add, func(raw string) {
		t.normalized.cut(t.normalize(raw), add, func(plain string) {
			split(plain, t.stages, func(word string) { ids = t.bpe.encode(ids, word) })
		})
	})
	return ids, nil
}

// validPrefix returns how many bytes of s come before the first invalid one.
func validPrefix(s string) int {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)) {
			return i
		}
	}
	return len(s)
}

// Decode returns the bytes of the tokens, added tokens written out. Ids outside
// the vocabulary count for nothing. Where ids end within a character, the
// result is not valid UTF-8.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		if id >= 0 && int(id) < len(t.tokens) {
			b.WriteString(tokenBytes(t.tokens[id]))
		}
	}
	return b.String()
}

// Size is one more than the largest token id.
func (t *Tokenizer) Size() int { return len(t.tokens) }

// Token returns a token as the vocabulary writes it, such as "<|im_end|>" or, in
// the byte-level alphabet, "Ġthe". It is false for an id without a token.
func (t *Tokenizer) Token(id int32) (token string, ok bool) {
	if id < 0 || int(id) >= len(t.tokens) {
		return "", false
	}
	_, ok = t.ids[t.tokens[id]]
	return t.tokens[id], ok
}

// ID returns the id of a token that is written as the vocabulary does.
func (t *Tokenizer) ID(token string) (id int32, ok bool) {
	id, ok = t.ids[token]
	return id, ok
}

// IsSpecial reports whether a token steers the model and is no text, such as
// "<|im_end|>": what Hugging Face's skip_special_tokens leaves out.
func (t *Tokenizer) IsSpecial(id int32) bool { return t.special[id] }

// Template is what the tokenizer's post-processor puts around a text. Encode
// does not.
func (t *Tokenizer) Template() Template { return t.template }

// Contradictions lists where sources differ on what the tokenizer does, and
// which of them is followed.
func (t *Tokenizer) Contradictions() []string { return t.contradictions }

// CheckSize refuses a tokenizer whose ids a model does not embed.
func (t *Tokenizer) CheckSize(vocab int) error {
	if t.Size() > vocab {
		return fmt.Errorf("the tokenizer has ids up to %d, but the model embeds %d tokens; they do not belong together", t.Size()-1, vocab)
	}
	for _, id := range slices.Concat(t.template.Before, t.template.After) {
		if id < 0 || int(id) >= vocab {
			return fmt.Errorf("the tokenizer puts token %d around a text, but the model embeds %d tokens; they do not belong together", id, vocab)
		}
	}
	return nil
}

// build makes the tables of a tokenizer whose pipeline is set. The vocabulary is
// in the byte-level alphabet; added tokens are plain text.
func (t *Tokenizer) build(vocabulary map[string]int32, merges []mergeRule, added []addedToken) error {
	for _, a := range added {
		if id, ok := vocabulary[a.content]; ok && id != a.id {
			return fmt.Errorf("added token %q has id %d, but the vocabulary says %d", a.content, a.id, id)
		}
	}
	size, err := idRange(vocabulary, added)
	if err != nil {
		return err
	}
	t.tokens, t.ids, t.special = make([]string, size), maps.Clone(vocabulary), map[int32]bool{}
	for token, id := range vocabulary {
		t.tokens[id] = token
	}
	for _, a := range added {
		t.tokens[a.id], t.ids[a.content] = a.content, a.id
		if a.special {
			t.special[a.id] = true
		}
	}
	if err := t.addTokens(added); err != nil {
		return err
	}
	return t.bpe.build(vocabulary, merges)
}

// maxTokens is more than any vocabulary has.
const maxTokens = 1 << 24

// idRange returns one more than the largest id. Ids may have gaps, but not so
// large that a file of few tokens takes much memory.
func idRange(vocabulary map[string]int32, added []addedToken) (int, error) {
	count := len(vocabulary) + len(added)
	limit := int32(min(2*count+1<<16, maxTokens))
	size := int32(0)
	within := func(token string, id int32) error {
		if id < 0 || id >= limit {
			return fmt.Errorf("token %q has the impossible id %d among %d tokens", token, id, count)
		}
		size = max(size, id+1)
		return nil
	}
	for token, id := range vocabulary {
		if err := within(token, id); err != nil {
			return 0, err
		}
	}
	for _, a := range added {
		if err := within(a.content, a.id); err != nil {
			return 0, err
		}
	}
	return int(size), nil
}

// addTokens readies the added tokens to be matched.
func (t *Tokenizer) addTokens(added []addedToken) error {
	var verbatim, normalized []addedToken
	for _, a := range added {
		if a.normalized {
			a.content = t.normalize(a.content)
			normalized = append(normalized, a)
		} else {
			verbatim = append(verbatim, a)
		}
		if len(a.content) > maxAddedToken {
			return fmt.Errorf("added token %.40q... has %d bytes, but at most %d are allowed", a.content, len(a.content), maxAddedToken)
		}
	}
	t.verbatim, t.normalized = newAddedTokens(verbatim), newAddedTokens(normalized)
	return nil
}
