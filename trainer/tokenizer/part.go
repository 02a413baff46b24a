package tokenizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// part is one part of the pipeline, or a sequence of them. Which fields count
// depends on the type; a field that no type has is refused.
type part struct {
	Type string `json:"type"`

	Normalizers   []*part `json:"normalizers,omitempty"`
	PreTokenizers []*part `json:"pretokenizers,omitempty"`
	Processors    []*part `json:"processors,omitempty"`
	Decoders      []*part `json:"decoders,omitempty"`

	PrefixSpace  *bool                    `json:"add_prefix_space,omitempty"`  // ByteLevel, Metaspace
	UseRegex     *bool                    `json:"use_regex,omitempty"`         // ByteLevel
	Individual   bool                     `json:"individual_digits,omitempty"` // Digits
	Pattern      *patternJSON             `json:"pattern,omitempty"`           // Split, Replace
	Behavior     string                   `json:"behavior,omitempty"`          // Split, Punctuation
	Invert       bool                     `json:"invert,omitempty"`            // Split
	Replacement  string                   `json:"replacement,omitempty"`       // Metaspace
	Prepended    string                   `json:"prepend_scheme,omitempty"`    // Metaspace
	Cuts         *bool                    `json:"split,omitempty"`             // Metaspace
	Prepend      string                   `json:"prepend,omitempty"`           // Prepend
	Content      string                   `json:"content,omitempty"`           // Replace, the decoder Strip
	StripLeft    bool                     `json:"strip_left,omitempty"`        // the normalizer Strip
	StripRight   bool                     `json:"strip_right,omitempty"`       // the normalizer Strip
	Start        int                      `json:"start,omitempty"`             // the decoder Strip
	Stop         int                      `json:"stop,omitempty"`              // the decoder Strip
	Single       []templatePiece          `json:"single,omitempty"`            // TemplateProcessing
	SpecialToken map[string]templateToken `json:"special_tokens,omitempty"`    // TemplateProcessing

	// What does not act on the tokens of one text.
	TrimOffsets json.RawMessage `json:"trim_offsets,omitempty"` // ByteLevel
	Pair        json.RawMessage `json:"pair,omitempty"`         // TemplateProcessing
	Written     json.RawMessage `json:"str_rep,omitempty"`      // Metaspace
}

// patternJSON is what Split and Replace look for.
type patternJSON struct {
	String *string `json:"String,omitempty"`
	Regex  *string `json:"Regex,omitempty"`
}

// Limits of a part, with those within it. DeepSeek's largest has 700 bytes,
// Llama 3's six objects.
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
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode((*plain)(p)); err != nil {
		return fmt.Errorf("a part of the pipeline of type %q: %w", p.Type, err)
	}
	return nil
}

// typeOf is a part's type, "none" of no part.
func (p *part) typeOf() string {
	if p == nil {
		return "none"
	}
	return p.Type
}

// read looks a part up in the table of what is read in its place.
func read[T any](place string, p *part, known map[string]func(*part) (T, error)) (T, error) {
	of, ok := known[p.typeOf()]
	if !ok {
		var none T
		return none, fmt.Errorf("%s %q is unknown; read are %s", place, p.typeOf(), strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return of(p)
}

// readAll reads each part of a sequence.
func readAll[T any](parts []*part, of func(*part) (T, error)) ([]T, error) {
	var all []T
	for _, p := range parts {
		one, err := of(p)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
