package tokenizer

import (
	"fmt"
	"slices"
)

// Template is what a tokenizer puts around a text, such as BOS before it.
type Template struct{ Before, After []int32 } // token ids

func (t Template) equal(other Template) bool {
	return slices.Equal(t.Before, other.Before) && slices.Equal(t.After, other.After)
}

// templatePiece is one piece of TemplateProcessing: a special token, or the
// text, which is sequence "A".
type templatePiece struct {
	SpecialToken *templateName `json:"SpecialToken"` // a key of special_tokens
	Sequence     *templateName `json:"Sequence"`
}

type templateName struct {
	ID   string `json:"id"`
	Type int    `json:"type_id"` // which is no input of a decoder
}

type templateToken struct {
	Name   string   `json:"id"`
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"` // the ids hold
}

// postProcessors are the post-processors that are read, by their types, for what
// they put around a text.
func postProcessors() map[string]func(*part) (Template, error) {
	nothing := func(*part) (Template, error) { return Template{}, nil }
	return map[string]func(*part) (Template, error){
		"none":               nothing,
		"ByteLevel":          nothing,
		"Sequence":           (*part).templates,
		"TemplateProcessing": (*part).template,
	}
}

// templateOf reads what the post-processor of a tokenizer.json puts around a
// single text.
func templateOf(p *part) (Template, error) { return read("post_processor", p, postProcessors()) }

// templates reads a sequence: each goes around what those before it made.
func (p *part) templates() (Template, error) {
	all, err := readAll(p.Processors, templateOf)
	var t Template
	for _, one := range all {
		t = Template{slices.Concat(one.Before, t.Before), slices.Concat(t.After, one.After)}
	}
	return t, err
}

func (p *part) template() (t Template, err error) {
	texts := 0
	for i, piece := range p.Single {
		switch {
		case piece.Sequence != nil && piece.Sequence.ID == "A":
			texts++
		case piece.SpecialToken == nil:
			return t, fmt.Errorf("post_processor TemplateProcessing has piece %d neither a special token nor the text A", i)
		default:
			token, ok := p.SpecialToken[piece.SpecialToken.ID]
			if !ok {
				return t, fmt.Errorf("post_processor TemplateProcessing names %q, which is not among its special_tokens", piece.SpecialToken.ID)
			}
			if texts == 0 {
				t.Before = append(t.Before, token.IDs...)
			} else {
				t.After = append(t.After, token.IDs...)
			}
		}
	}
	if texts != 1 {
		return t, fmt.Errorf("post_processor TemplateProcessing holds the text %d times, but only once is read", texts)
	}
	return t, nil
}
