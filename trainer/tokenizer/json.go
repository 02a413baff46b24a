package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"

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

// part is one part of the pipeline, or a sequence of them. Which fields count
// depends on the type.
type part struct {
	Type string `json:"type"`

	Normalizers   []*part `json:"normalizers"`
	PreTokenizers []*part `json:"pretokenizers"`
	Processors    []*part `json:"processors"`

	PrefixSpace bool  `json:"add_prefix_space"`  // ByteLevel
	UseRegex    *bool `json:"use_regex"`         // ByteLevel
	Individual  bool  `json:"individual_digits"` // Digits
	Pattern     struct {
		Regex string
	} `json:"pattern"` // Split
	Behavior string `json:"behavior"` // Split
	Invert   bool   `json:"invert"`   // Split

	Single        []templatePiece          `json:"single"`         // TemplateProcessing
	SpecialTokens map[string]templateToken `json:"special_tokens"` // TemplateProcessing
}

// Limits of a part, with those within it. Llama 3's largest has 400 bytes and
// six objects.
const (
	maxPart    = 1 << 20 // bytes
	maxObjects = 256
)

// UnmarshalJSON reads a part.
func (p *part) UnmarshalJSON(data []byte) error {
	if objects := bytes.Count(data, []byte("{")); len(data) > maxPart || objects > maxObjects {
		return fmt.Errorf("a part of the pipeline has %d bytes with %d objects, but at most %d with %d are allowed", len(data), objects, maxPart, maxObjects)
	}
	type plain part
	return json.Unmarshal(data, (*plain)(p))
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
	Type         string           `json:"type"`
	Dropout      float64          `json:"dropout"`
	Unknown      *string          `json:"unk_token"`
	Prefix       string           `json:"continuing_subword_prefix"`
	Suffix       string           `json:"end_of_word_suffix"`
	FuseUnknown  bool             `json:"fuse_unk"`
	ByteFallback bool             `json:"byte_fallback"`
	IgnoreMerges bool             `json:"ignore_merges"`
	Vocabulary   map[string]int32 `json:"vocab"`
	Merges       []mergeRule      `json:"merges"`
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
	t := &Tokenizer{}
	var err error
	if t.bpe, err = j.Model.bpe(); err != nil {
		return nil, err
	}
	if t.normalize, err = normalizer(j.Normalizer); err != nil {
		return nil, err
	}
	if t.stages, err = preTokenizer(j.PreTokenizer); err != nil {
		return nil, err
	}
	if t.template, err = templateOf(j.PostProcessor); err != nil {
		return nil, err
	}
	if j.Decoder != nil && j.Decoder.Type != "ByteLevel" {
		return nil, fmt.Errorf("decoder %q is unknown; only ByteLevel is read", j.Decoder.Type)
	}
	added, err := addedTokensOf(j.Added)
	if err != nil {
		return nil, err
	}
	return t, t.build(j.Model.Vocabulary, j.Model.Merges, added)
}

// bpe checks the model's settings.
func (m *modelJSON) bpe() (*bpe, error) {
	switch {
	case m.Type != "BPE":
		return nil, fmt.Errorf("model %q is unknown; only BPE is read", m.Type)
	case m.Dropout != 0:
		return nil, fmt.Errorf("model BPE has dropout %v, but only merges without dropout are read", m.Dropout)
	case m.Prefix != "" || m.Suffix != "":
		return nil, fmt.Errorf("model BPE has continuing_subword_prefix %q and end_of_word_suffix %q, but only byte-level BPE, which has none, is read", m.Prefix, m.Suffix)
	case m.ByteFallback:
		return nil, errors.New("model BPE has byte_fallback, but only byte-level BPE, which has none, is read")
	}
	b := &bpe{unknown: -1, fuseUnknown: m.FuseUnknown, ignoreMerges: m.IgnoreMerges}
	if m.Unknown != nil {
		id, ok := m.Vocabulary[*m.Unknown]
		if !ok {
			return nil, fmt.Errorf("unk_token %q is not in the vocabulary", *m.Unknown)
		}
		b.unknown = id
	}
	return b, nil
}

// normalizer reads null, NFC, or a sequence of such.
func normalizer(p *part) (func(string) string, error) {
	switch {
	case p == nil:
		return func(s string) string { return s }, nil
	case p.Type == "NFC":
		return norm.NFC.String, nil
	case p.Type == "Sequence" && len(p.Normalizers) <= 1:
		for _, only := range p.Normalizers {
			return normalizer(only)
		}
		return normalizer(nil)
	case p.Type == "Sequence":
		return nil, fmt.Errorf("normalizer is a sequence of %d, but only NFC or none is read", len(p.Normalizers))
	}
	return nil, fmt.Errorf("normalizer %q is unknown; only NFC or none is read", p.Type)
}

// preTokenizer reads what cuts text into words. ByteLevel must come last, and
// only there, since it also turns characters into bytes.
func preTokenizer(p *part) ([]stage, error) {
	parts := []*part{p}
	if p != nil && p.Type == "Sequence" {
		parts = p.PreTokenizers
	}
	var stages []stage
	for i, each := range parts {
		isLast := i == len(parts)-1
		isByteLevel := each != nil && each.Type == "ByteLevel"
		if each == nil || isLast != isByteLevel {
			break
		}
		s, err := each.stage()
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
		if isLast {
			return stages, nil
		}
	}
	return nil, errors.New("pre_tokenizer does not end in its one ByteLevel, but only byte-level tokenizers are read")
}

// stage reads one pre-tokenizer.
func (p *part) stage() (stage, error) {
	switch p.Type {
	case "ByteLevel":
		if p.UseRegex != nil && !*p.UseRegex {
			return stage{everything, p.PrefixSpace}, nil
		}
		return stage{nextGPT2, p.PrefixSpace}, nil
	case "Digits":
		if !p.Individual {
			return stage{}, errors.New("pre_tokenizer Digits has individual_digits false, but only true is read")
		}
		return stage{next: nextDigit}, nil
	case "Split":
		return p.splitStage()
	}
	return stage{}, fmt.Errorf("pre_tokenizer %q is unknown; only ByteLevel, Digits and Split are read", p.Type)
}

// The patterns of Split that have a scanner.
const (
	gpt2Pattern   = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen2Pattern  = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
)

func (p *part) splitStage() (stage, error) {
	if p.Behavior != "Isolated" || p.Invert {
		return stage{}, fmt.Errorf("pre_tokenizer Split has behavior %q and invert %v, but only \"Isolated\" and false are read", p.Behavior, p.Invert)
	}
	switch p.Pattern.Regex {
	case gpt2Pattern:
		return stage{next: nextGPT2}, nil
	case llama3Pattern:
		return stage{next: nextLlama3(3)}, nil
	case qwen2Pattern:
		return stage{next: nextLlama3(1)}, nil
	}
	return stage{}, fmt.Errorf("pre_tokenizer Split has the unknown pattern %q; those of GPT-2, Llama 3 and Qwen 2 are read", p.Pattern.Regex)
}

func addedTokensOf(list []addedJSON) ([]addedToken, error) {
	var added []addedToken
	for _, a := range list {
		if a.SingleWord || a.LStrip || a.RStrip {
			return nil, fmt.Errorf("added token %q has single_word, lstrip or rstrip, which are not read", a.Content)
		}
		added = append(added, addedToken{content: a.Content, id: a.ID, normalized: a.Normalized, special: a.Special})
	}
	return added, nil
}
