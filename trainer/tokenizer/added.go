package tokenizer

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addedToken is a token that is found in a text as a whole, before its words
// are merged, such as "<|im_end|>".
type addedToken struct {
	content    string
	id         int32
	normalized bool // matched in normalised text
	special    bool // steers the model, and is no text
	singleWord bool // only matched where no letter or number is next to it
	lstrip     bool // takes the white space before it
	rstrip     bool // takes the white space behind it
}

// maxAddedToken bounds the bytes of an added token, and so the time that looking
// for one takes at each byte of a text.
const maxAddedToken = 1024

// addedTokens finds added tokens: the leftmost, and of those the longest.
type addedTokens struct {
	sorted []addedToken // by content, each content once
	first  [257]int     // those that begin with byte c are sorted[first[c]:first[c+1]]
}

// newAddedTokens makes a table of tokens. Of equal contents the first counts,
// and an empty one is never found.
func newAddedTokens(tokens []addedToken) addedTokens {
	a := addedTokens{sorted: slices.DeleteFunc(tokens, func(t addedToken) bool { return t.content == "" })}
	slices.SortStableFunc(a.sorted, func(x, y addedToken) int { return cmp.Compare(x.content, y.content) })
	a.sorted = slices.CompactFunc(a.sorted, func(x, y addedToken) bool { return x.content == y.content })
	for _, t := range a.sorted {
		a.first[int(t.content[0])+1]++
	}
	for c := range 256 {
		a.first[c+1] += a.first[c]
	}
	return a
}

// cut calls token for every added token in text and plain for every stretch
// between, in their order. Empty stretches are left out.
func (a *addedTokens) cut(text string, token func(id int32), plain func(piece)) {
	begin := 0
	upTo := func(i int) {
		if begin < i {
			plain(piece{text[begin:i], begin == 0})
		}
	}
	for i := 0; len(a.sorted) > 0 && i < len(text); {
		found, ok := a.at(text[i:])
		if !ok {
			i++
			continue
		}
		start, stop := i, i+len(found.content)
		i = stop
		if found.singleWord && (endsInWord(text[:start]) || beginsWithWord(text[stop:])) {
			continue
		}
		if found.lstrip {
			start = max(len(strings.TrimRightFunc(text[:start], unicode.IsSpace)), begin)
		}
		if found.rstrip {
			stop = len(text) - len(strings.TrimLeftFunc(text[stop:], unicode.IsSpace))
		}
		upTo(start)
		token(found.id)
		begin = stop
	}
	upTo(len(text))
}

func endsInWord(s string) bool {
	r, size := utf8.DecodeLastRuneInString(s)
	return size > 0 && isWord(r)
}

func beginsWithWord(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size > 0 && isWord(r)
}

// at returns the longest added token that s begins with. It narrows the tokens
// down byte by byte to those that go on as s does.
func (a *addedTokens) at(s string) (longest addedToken, ok bool) {
	left := a.sorted[a.first[s[0]]:a.first[int(s[0])+1]]
	for n := 1; len(left) > 0; n++ {
		if len(left[0].content) == n { // the shortest comes first
			longest, ok, left = left[0], true, left[1:]
		}
		if n == len(s) {
			break
		}
		from := sort.Search(len(left), func(i int) bool { return left[i].content[n] >= s[n] })
		to := sort.Search(len(left), func(i int) bool { return left[i].content[n] > s[n] })
		left = left[from:to]
	}
	return longest, ok
}
