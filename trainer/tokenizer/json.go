package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sweep/trainer/tensorfile"
)

// tokenizerJSON is a tokenizer.json of Hugging Face's tokenizers.
type tokenizerJSON struct {
	Normalizer    *part       `json:"normalizer"`
	PreTokenizer  *part       `json:"pre_tokenizer"`
	PostProcessor *part       `json:"post_processor"`
	Decoder       *part       `json:"decoder"`
	Added         []addedJSON `json:"added_tokens"`
	Model         modelJSON   `json:"model"`
}

type addedJSON struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

type modelJSON struct {
	Type         string      `json:"type"`
	Dropout      float64     `json:"dropout"`
	Unknown      *string     `json:"unk_token"`
	Prefix       string      `json:"continuing_subword_prefix"`
	Suffix       string      `json:"end_of_word_suffix"`
	FuseUnknown  bool        `json:"fuse_unk"`
	ByteFallback bool        `json:"byte_fallback"`
	IgnoreMerges bool        `json:"ignore_merges"`
	UnknownID    *int32      `json:"unk_id"`
	Vocabulary   vocabulary  `json:"vocab"`
	Merges       []mergeRule `json:"merges"`
}

// vocabulary has tokens by id, as BPE does, or with scores, as Unigram does.
type vocabulary struct {
	ids    map[string]int32
	pieces []scoredPiece
}

// UnmarshalJSON reads a vocabulary.
func (v *vocabulary) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, &v.pieces)
	}
	return json.Unmarshal(data, &v.ids)
}

// UnmarshalJSON reads a token with its score: ["token", -1.5].
func (p *scoredPiece) UnmarshalJSON(data []byte) error {
	var both []json.RawMessage
	if err := json.Unmarshal(data, &both); err != nil || len(both) != 2 {
		return fmt.Errorf("a token of the vocabulary is %.40s, but must be a text and a score", data)
	}
	return errors.Join(json.Unmarshal(both[0], &p.text), json.Unmarshal(both[1], &p.score))
}

// byToken returns the id of each token. Of equal tokens with scores the last
// counts.
func (v *vocabulary) byToken() (map[string]int32, error) {
	switch {
	case len(v.pieces)+len(v.ids) == 0:
		return nil, errors.New("the model has no vocabulary")
	case v.pieces == nil:
		return v.ids, nil
	}
	if len(v.pieces) > maxTokens {
		return nil, fmt.Errorf("the vocabulary has %d tokens, but at most %d are allowed", len(v.pieces), maxTokens)
	}
	ids := make(map[string]int32, len(v.pieces))
	for id, p := range v.pieces {
		ids[p.text] = int32(id)
	}
	return ids, nil
}

// UnmarshalJSON reads a merge written as "left right" or ["left", "right"].
func (m *mergeRule) UnmarshalJSON(data []byte) error {
	var joined string
	var both []string
	switch {
	case data[0] == '"' && json.Unmarshal(data, &joined) == nil:
		return m.parse(joined)
	case data[0] == '[' && json.Unmarshal(data, &both) == nil && len(both) == 2:
		m.left, m.right = both[0], both[1]
		return nil
	}
	return fmt.Errorf("a merge is %.40s, but must be two tokens", data)
}

// parse reads a merge written as "left right".
func (m *mergeRule) parse(joined string) error {
	left, right, ok := strings.Cut(joined, " ")
	if !ok || left == "" || right == "" || strings.Contains(right, " ") {
		return fmt.Errorf("a merge is %q, but must be two tokens with a space between", joined)
	}
	m.left, m.right = left, right
	return nil
}

// Parse reads a tokenizer.json.
func Parse(data []byte) (*Tokenizer, error) {
	var j tokenizerJSON
	if err := tensorfile.DecodeJSON(data, "a tokenizer", &j); err != nil {
		return nil, err
	}
	t := &Tokenizer{hasProcessor: true}
	t.prepends = slices.ContainsFunc(flat(j.Normalizer), func(p *part) bool { return p.typeOf() == "Prepend" })
	var byteLevel bool
	var err error
	if t.normalize, err = normalizerOf(j.Normalizer); err != nil {
		return nil, err
	}
	if t.stages, byteLevel, err = stages(j.PreTokenizer); err != nil {
		return nil, err
	}
	if err := checkOffsets(j.Normalizer, j.PreTokenizer); err != nil {
		return nil, err
	}
	if t.template, err = templateOf(j.PostProcessor); err != nil {
		return nil, err
	}
	if t.decode, err = decoderOf(j.Decoder); err != nil {
		return nil, err
	}
	t.byteLevel = byteLevel
	vocabulary, err := j.Model.Vocabulary.byToken()
	if err != nil {
		return nil, err
	}
	if err := t.setTokens(vocabulary, addedTokensOf(j.Added)); err != nil {
		return nil, err
	}
	t.model, err = j.Model.model(vocabulary, byteLevel)
	return t, err
}

// checkOffsets refuses a Metaspace that asks where in the text as it stands a
// piece begins, if a normalizer may move that.
func checkOffsets(normalizer, preTokenizer *part) error {
	asks := slices.ContainsFunc(flat(preTokenizer), func(p *part) bool { return p.typeOf() == "Metaspace" && p.Prepended == "first" })
	moves := slices.IndexFunc(flat(normalizer), (*part).movesBeginning)
	if asks && moves >= 0 {
		return fmt.Errorf("pre_tokenizer Metaspace has prepend_scheme \"first\" behind normalizer %s, which may drop what a text begins with; only always and never are read there", flat(normalizer)[moves].Type)
	}
	return nil
}

// movesBeginning reports whether a normalizer may drop what a text begins with.
func (p *part) movesBeginning() bool {
	isOne := p.Pattern != nil && p.Pattern.String != nil && utf8.RuneCountInString(*p.Pattern.String) == 1 && utf8.RuneCountInString(p.Content) == 1
	return p.Type == "Strip" || p.Type == "Replace" && !isOne
}

// models are the models that are read, by their types.
func models() map[string]func(*modelJSON, map[string]int32, bool) (model, error) {
	return map[string]func(*modelJSON, map[string]int32, bool) (model, error){
		"BPE":     (*modelJSON).bpe,
		"Unigram": (*modelJSON).unigram,
	}
}

func (m *modelJSON) model(vocabulary map[string]int32, byteLevel bool) (model, error) {
	read, ok := models()[m.Type]
	if !ok {
		return nil, fmt.Errorf("model %q is unknown; only BPE and Unigram are read", m.Type)
	}
	return read(m, vocabulary, byteLevel)
}

// bpe makes a model of byte-pair encoding.
func (m *modelJSON) bpe(vocabulary map[string]int32, byteLevel bool) (model, error) {
	switch {
	case m.Dropout != 0:
		return nil, fmt.Errorf("model BPE has dropout %v, but only merges without dropout are read", m.Dropout)
	case m.Prefix != "" || m.Suffix != "":
		return nil, fmt.Errorf("model BPE has continuing_subword_prefix %q and end_of_word_suffix %q, but only BPE without them is read", m.Prefix, m.Suffix)
	case m.Vocabulary.pieces != nil:
		return nil, errors.New("model BPE has a vocabulary with scores, but only one with ids is read")
	}
	b := &bpe{
		byteLevel: byteLevel, byteFallback: m.ByteFallback && !byteLevel,
		unknown: -1, fuseUnknown: m.FuseUnknown, ignoreMerges: m.IgnoreMerges,
	}
	if m.Unknown != nil {
		id, ok := vocabulary[*m.Unknown]
		if !ok {
			return nil, fmt.Errorf("unk_token %q is not in the vocabulary", *m.Unknown)
		}
		b.unknown = id
	}
	return b, b.build(vocabulary, m.Merges)
}

// unigram makes a model of likeliest tokens.
func (m *modelJSON) unigram(_ map[string]int32, byteLevel bool) (model, error) {
	switch {
	case byteLevel:
		return nil, errors.New("model Unigram has pre_tokenizer ByteLevel, but is only read with others")
	case m.Vocabulary.ids != nil:
		return nil, errors.New("model Unigram has a vocabulary with ids, but only one with scores is read")
	}
	unknown := int32(-1)
	if m.UnknownID != nil {
		unknown = *m.UnknownID
	}
	return newUnigram(m.Vocabulary.pieces, unknown, m.ByteFallback)
}

func addedTokensOf(list []addedJSON) []addedToken {
	var added []addedToken
	for _, a := range list {
		added = append(added, a.token())
	}
	return added
}

func (a addedJSON) token() addedToken {
	return addedToken{
		content: a.Content, id: a.ID, normalized: a.Normalized, special: a.Special,
		singleWord: a.SingleWord, lstrip: a.LStrip, rstrip: a.RStrip,
	}
}
