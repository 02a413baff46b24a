package tokenizer

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The kinds of pieces in SentencePiece, and in GGUF.
const (
	normalPiece  = 1
	unknownPiece = 2
	controlPiece = 3
	userPiece    = 4
	unusedPiece  = 5
	bytePiece    = 6
)

// The models of SentencePiece that are read.
const (
	unigramModel = 1
	bpeModel     = 2
)

// sentencePiece is what a model of SentencePiece says.
type sentencePiece struct {
	pieces       []scoredPiece // by id
	kinds        []int64       // of the pieces
	model        int64
	unknown      int32
	byteFallback bool

	charsmap     []byte
	dummyPrefix  bool // a space goes before a text
	onePrefix    bool // only before the first of the pieces between control tokens, and not before a space
	collapse     bool // runs of spaces are one, and none begin or end a text
	escape       bool // spaces are written as spaceSign
	denormalizes bool
	spacesAsEnd  bool // spaces end words

	usersFirst   bool // pieces of users are found before a text is normalised, as control tokens are
	stripsBehind bool // tokens that are found so take the white space behind them, but for those of Phi-3 that begin or end a text
}

// parseSentencePiece reads a model of SentencePiece as transformers does: its
// control tokens are found in a text as added tokens are, and what is between them
// is tokenised as SentencePiece would.
func parseSentencePiece(data []byte, s Settings) (*Tokenizer, error) {
	m := newSentencePiece()
	if err := m.parse(data); err != nil {
		return nil, fmt.Errorf("it is not the model of a SentencePiece tokenizer: %w", err)
	}
	m.onePrefix = s.legacy != nil && !*s.legacy
	m.rename(s)
	return m.tokenizer()
}

// rename gives pieces the names that added_tokens_decoder has for their ids, such
// as those of pieces that were kept for later. Where a dummy prefix goes before
// each text between added tokens, those are found in the text as it stands.
func (m *sentencePiece) rename(s Settings) {
	names := map[string]bool{}
	for id, p := range m.pieces {
		if _, renamed := s.added[int32(id)]; !renamed {
			names[p.text] = true
		}
	}
	for id, a := range s.added {
		if int(id) < len(m.pieces) && id >= 0 && !names[a.content] {
			m.pieces[id].text = a.content
		}
		a.normalized = a.normalized && !m.dummyPrefix
		s.added[id] = a
	}
}

// newSentencePiece has the defaults of sentencepiece_model.proto.
func newSentencePiece() *sentencePiece {
	return &sentencePiece{model: unigramModel, dummyPrefix: true, collapse: true, escape: true}
}

// field is one field of a message: its number, and its value as far as its wire
// type has one.
type field struct {
	number protowire.Number
	bytes  []byte
	varint uint64
	float  float64
}

// fields calls each for the fields of a message.
func fields(data []byte, each func(field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		f := field{number: number}
		switch kind {
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(data)
		case protowire.VarintType:
			f.varint, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var bits uint32
			bits, n = protowire.ConsumeFixed32(data)
			f.float = float64(math.Float32frombits(bits))
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

func (m *sentencePiece) parse(data []byte) error {
	return fields(data, func(f field) error {
		switch f.number {
		case 1:
			return m.parsePiece(f.bytes)
		case 2:
			return fields(f.bytes, m.parseTrainer)
		case 3:
			return fields(f.bytes, m.parseNormalizer)
		case 5:
			return fields(f.bytes, func(f field) error {
				m.denormalizes = m.denormalizes || f.number == 2 && len(f.bytes) > 0
				return nil
			})
		}
		return nil
	})
}

func (m *sentencePiece) parsePiece(data []byte) error {
	var p scoredPiece
	kind := int64(normalPiece)
	err := fields(data, func(f field) error {
		switch f.number {
		case 1:
			p.text = string(f.bytes)
		case 2:
			p.score = f.float
		case 3:
			kind = int64(f.varint)
		}
		return nil
	})
	m.pieces, m.kinds = append(m.pieces, p), append(m.kinds, kind)
	return err
}

// parseTrainer reads a field of TrainerSpec.
func (m *sentencePiece) parseTrainer(f field) error {
	switch f.number {
	case 3:
		m.model = int64(f.varint)
	case 24:
		m.spacesAsEnd = f.varint != 0
	case 35:
		m.byteFallback = f.varint != 0
	case 40:
		m.unknown = int32(f.varint)
	}
	return nil
}

// parseNormalizer reads a field of NormalizerSpec.
func (m *sentencePiece) parseNormalizer(f field) error {
	switch f.number {
	case 2:
		m.charsmap = f.bytes
	case 3:
		m.dummyPrefix = f.varint != 0
	case 4:
		m.collapse = f.varint != 0
	case 5:
		m.escape = f.varint != 0
	}
	return nil
}

// tokenizer makes the tokenizer that a model describes.
func (m *sentencePiece) tokenizer() (*Tokenizer, error) {
	switch {
	case len(m.pieces) == 0:
		return nil, errors.New("the model has no pieces")
	case m.unknown < 0 || int(m.unknown) >= len(m.pieces):
		return nil, fmt.Errorf("the unknown piece is %d of %d", m.unknown, len(m.pieces))
	case m.spacesAsEnd:
		return nil, errors.New("treat_whitespace_as_suffix is true, but only spaces that begin words are read")
	case m.denormalizes:
		return nil, errors.New("it has a denormalizer_spec, which is not read")
	}
	t := &Tokenizer{decode: m.decoder()}
	if err := m.setNormalizer(t); err != nil {
		return nil, err
	}
	var control, user []addedToken
	ids := make(map[string]int32, len(m.pieces))
	for id, p := range m.pieces {
		if other, ok := ids[p.text]; ok {
			return nil, fmt.Errorf("piece %q stands for both %d and %d", p.text, other, id)
		}
		if p.text == "" || !utf8.ValidString(p.text) {
			return nil, fmt.Errorf("piece %d is %q, but must be text in UTF-8", id, p.text)
		}
		ids[p.text] = int32(id)
		token := addedToken{content: p.text, id: int32(id), special: m.kinds[id] != userPiece, rstrip: m.stripsBehind && !slices.Contains(phi3Keeps, p.text)}
		first := m.usersFirst && !strings.ContainsRune(p.text, spaceSign)
		switch kind := m.kinds[id]; {
		case kind == controlPiece || kind == unknownPiece || kind == userPiece && first:
			control = append(control, token)
		case kind == userPiece:
			user = append(user, token)
		}
	}
	if err := t.setTokens(ids, control); err != nil {
		return nil, err
	}
	if len(user) > 0 {
		whole := newAddedTokens(user)
		t.stages = append(t.stages, splitBy(whole.find, isolated))
	}
	var err error
	t.model, err = m.readModel(ids, len(user) > 0)
	return t, err
}

// phi3Keeps are the tokens of Phi-3 behind which white space stays.
var phi3Keeps = []string{"<unk>", "<s>", "<|endoftext|>"}

// find calls each for the tokens in s.
func (a *addedTokens) find(s string, each func(from, to int)) error {
	return scanned(func(s string) int {
		found, _ := a.at(s)
		return len(found.content)
	})(s, each)
}

func (m *sentencePiece) readModel(ids map[string]int32, hasUserPieces bool) (model, error) {
	switch m.model {
	case unigramModel:
		return newUnigram(m.pieces, m.unknown, m.byteFallback)
	case bpeModel:
		merges, err := m.merges()
		if err != nil {
			return nil, err
		}
		b := &bpe{unknown: m.unknown, byteFallback: m.byteFallback, fuseUnknown: true, ignoreMerges: hasUserPieces}
		return b, b.build(ids, merges)
	}
	return nil, fmt.Errorf("model_type is %d, but only 1 (unigram) and 2 (BPE) are read", m.model)
}

// setNormalizer sets what comes before the model, in SentencePiece's order.
func (m *sentencePiece) setNormalizer(t *Tokenizer) error {
	chars, err := parseCharsmap(m.charsmap)
	if err != nil {
		return err
	}
	t.normalize = func(s string) (string, error) {
		s = chars.normalize(s)
		if m.collapse {
			s = collapse(s)
		}
		if m.escape {
			s = strings.ReplaceAll(s, " ", string(spaceSign))
		}
		return s, nil
	}
	if m.dummyPrefix {
		t.stages = append(t.stages, m.prefix)
	}
	return nil
}

// prefix puts the dummy prefix before a piece.
func (m *sentencePiece) prefix(p piece, each func(piece)) error {
	sign := string(spaceSign)
	if !m.onePrefix || p.first && !strings.HasPrefix(p.text, sign) {
		p.text = sign + p.text
	}
	each(p)
	return nil
}

// collapse makes runs of spaces one, and drops those at the ends.
func collapse(s string) string {
	s = strings.Trim(s, " ")
	if !strings.Contains(s, "  ") {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		if s[i] != ' ' || s[i-1] != ' ' {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// decoder undoes the normalisation as far as it can be.
func (m *sentencePiece) decoder() decoder {
	return func(tokens []string) []string {
		spaced := make([]string, len(tokens))
		for i, token := range tokens {
			spaced[i] = strings.ReplaceAll(token, string(spaceSign), " ")
		}
		if m.byteFallback {
			spaced = bytesOfTokens(spaced)
		}
		text := strings.Join(spaced, "")
		if m.dummyPrefix {
			text = strings.TrimPrefix(text, " ")
		}
		return []string{text}
	}
}

// Limits of the pieces, which bound the time that looking for merges and for the
// likeliest ones takes: Gemma's have 48 bytes at most and 2 MB in all.
const (
	maxPiece  = 256
	maxPieces = 1 << 25
)

// merges are the pairs of normal pieces that join to one, those that make the
// piece of the highest score first.
func (m *sentencePiece) merges() ([]mergeRule, error) {
	normal := map[string]bool{}
	total := 0
	for id, p := range m.pieces {
		total += len(p.text)
		if len(p.text) > maxPiece || total > maxPieces {
			return nil, fmt.Errorf("piece %d has %d bytes, and those up to it %d, but at most %d and %d are allowed", id, len(p.text), total, maxPiece, maxPieces)
		}
		if m.kinds[id] == normalPiece {
			normal[p.text] = true
		}
	}
	type ranked struct {
		mergeRule
		id int
	}
	var all []ranked
	for id, p := range m.pieces {
		if !normal[p.text] {
			continue
		}
		for i := range p.text {
			if left, right := p.text[:i], p.text[i:]; i > 0 && normal[left] && normal[right] {
				all = append(all, ranked{mergeRule{left, right}, id})
			}
		}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(m.pieces[b.id].score, m.pieces[a.id].score), cmp.Compare(a.id, b.id), cmp.Compare(a.left, b.left))
	})
	merges := make([]mergeRule, len(all))
	for i, one := range all {
		merges[i] = one.mergeRule
	}
	return merges, nil
}
