package llama

import (
	"slices"
	"strings"
)

// addedToken is a token that is found in a text as a whole, before its words
// are merged, such as "<|im_end|>".
type addedToken struct {
	content    string
	id         int32
	normalized bool // matched in normalised text
}

// addedTokens finds added tokens: the leftmost, and of those the longest.
type addedTokens struct {
	byFirst [256][]addedToken // by first byte, longest first
	some    bool
}

func (a *addedTokens) add(t addedToken) {
	if t.content == "" {
		return
	}
	list := append(a.byFirst[t.content[0]], t)
	slices.SortStableFunc(list, func(x, y addedToken) int { return len(y.content) - len(x.content) })
	a.byFirst[t.content[0]] = list
	a.some = true
}

// cut calls token for every added token in text and plain for every stretch
// between, in their order. Empty stretches are left out.
func (a *addedTokens) cut(text string, token func(id int32), plain func(string)) {
	begin := 0
	for i := 0; a.some && i < len(text); {
		found, ok := a.at(text[i:])
		if !ok {
			i++
			continue
		}
		if begin < i {
			plain(text[begin:i])
		}
		token(found.id)
		i += len(found.content)
		begin = i
	}
	if begin < len(text) {
		plain(text[begin:])
	}
}

// at returns the longest added token that s begins with.
func (a *addedTokens) at(s string) (addedToken, bool) {
	for _, t := range a.byFirst[s[0]] {
		if strings.HasPrefix(s, t.content) {
			return t, true
		}
	}
	return addedToken{}, false
}
