package tokenizer

import (
	"fmt"
)

// Template is what a tokenizer puts around a text, such as BOS before it.
type Template struct{ Before, After []int32 } // token ids

// templatePiece is one piece of TemplateProcessing: a special token, or the
// text, which is sequence "A".
type templatePiece struct {
	SpecialToken *struct {
		ID string `json:"id"` // a key of special_tokens
	} `json:"SpecialToken"`
	Sequence *struct {
		ID string `json:"id"`
	} `json:"Sequence"`
}

type templateToken struct {
	IDs []int32 `json:"ids"`
}

// templateOf reads what the post-processor of a tokenizer.json puts around a
// single text. Of a sequence of them, one may.
func templateOf(p *part) (Template, error) {
	switch {
	case p == nil || p.Type == "ByteLevel":
		return Template{}, nil
	case p.Type == "TemplateProcessing":
		return p.template()
	case p.Type != "Sequence":
		return Template{}, fmt.Errorf("post_processor %q is unknown; only ByteLevel and TemplateProcessing are read", p.Type)
	}
	var t Template
	found := 0
	for _, each := range p.Processors {
		one, err := templateOf(each)
		if err != nil {
			return Template{}, err
		}
		if len(one.Before)+len(one.After) > 0 {
			t = one
			found++
		}
	}
	if found > 1 {
		return Template{}, fmt.Errorf("post_processor is a Sequence of which %d put tokens around a text, but only one is read", found)
	}
	return t, nil
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
			token, ok := p.SpecialTokens[piece.SpecialToken.ID]
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
