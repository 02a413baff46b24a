package tokenizer

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tokenizer turns text into token ids and back: text is cut at added tokens,
// normalised, cut into words, and each word is cut into tokens by a model of
// them. It gives the ids that Hugging Face's tokenizers gives, but for characters
// newer than the Unicode tables of the Go release, which it takes for symbols.
// Its methods are safe for concurrent use.
type Tokenizer struct {
	verbatim       addedTokens // matched in the text as it stands
	normalized     addedTokens // matched after normalisation
	normalize      normalizer
	stages         []preTokenizer
	model          model
	decode         decoder
	byteLevel      bool // which turns the letters of the byte-level alphabet into bytes
	template       Template
	hasProcessor   bool // the template is that of a tokenizer.json
	prepends       bool // its normalizer puts a dummy prefix before every text
	contradictions []string
	added          []addedToken
	tokens         []string // as the vocabulary writes them, by id
	ids            map[string]int32
	special        map[int32]bool
	roles          map[string]string // the tokens of roles such as "bos_token"
	decoded        map[int32]string  // what added tokens are to the decoder, where that is not how they are written
}

// model appends the ids of the tokens of a word.
type model interface {
	encode(ids []int32, word string) ([]int32, error)
}

// Encode returns the token ids of text, which must be valid UTF-8. Added tokens
// written out in the text, such as "<|im_end|>", become their ids. No BOS or
// EOS is added; the padding and truncation that a tokenizer.json may ask for do
// not apply. It is an error, too, if a pattern takes too long to be looked for.
func (t *Tokenizer) Encode(text string) ([]int32, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("encode text: byte %d is not valid UTF-8", validPrefix(text))
	}
	e := encoding{Tokenizer: t, ids: make([]int32, 0, len(text)/4+1)}
	t.verbatim.cut(text, e.add, e.raw)
	return e.ids, e.err
}

// encoding is a text on its way to ids. After the first error nothing is added.
type encoding struct {
	*Tokenizer
	ids []int32
	err error
}

func (e *encoding) add(id int32) { e.ids = append(e.ids, id) }

func (e *encoding) fail(err error) {
	if err != nil && e.err == nil {
		e.err = fmt.Errorf("encode text: %w", err)
	}
}

// raw encodes what is between tokens that are found in the text as it stands.
func (e *encoding) raw(raw piece) {
	if e.err != nil {
		return
	}
	text, err := e.normalize(raw.text)
	e.fail(err)
	e.normalized.cut(text, e.add, func(p piece) {
		if e.err == nil {
			p.first = p.first && raw.first
			e.fail(cut(p, e.stages, e.word))
		}
	})
}

func (e *encoding) word(word string) {
	var err error
	e.ids, err = e.model.encode(e.ids, word)
	e.fail(err)
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

// Decode returns the text of tokens as the tokenizer's decoder makes it, special
// tokens written out. Ids outside the vocabulary count for nothing. Where ids end
// within a character, or bytes are no text, U+FFFD stands in for them.
func (t *Tokenizer) Decode(ids []int32) string {
	tokens := make([]string, 0, len(ids))
	for _, id := range ids {
		token, ok := t.Token(id)
		if normal, isNormal := t.decoded[id]; isNormal {
			token = normal
		}
		if ok {
			tokens = append(tokens, token)
		}
	}
	return strings.Join(t.decode(tokens), "")
}

// Bytes returns what a token adds to a text that others stand before. It may be a
// part of a character.
func (t *Tokenizer) Bytes(id int32) string {
	token, _ := t.Token(id)
	if t.byteLevel {
		return tokenBytes(token)
	}
	if c, ok := fallbackByte(token); ok {
		return string([]byte{c})
	}
	return strings.TrimPrefix(t.Decode([]int32{id, id}), t.Decode([]int32{id}))
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

// setTokens makes the tables of the vocabulary and of the added tokens.
func (t *Tokenizer) setTokens(vocabulary map[string]int32, added []addedToken) error {
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
	t.added = added
	return t.addTokens(added)
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
	t.decoded = map[int32]string{}
	for _, a := range added {
		if a.normalized {
			var err error
			if a.content, err = t.normalize(a.content); err != nil {
				return fmt.Errorf("added token %q: %w", a.content, err)
			}
			t.decoded[a.id] = a.content
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
