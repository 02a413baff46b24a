package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// unigram takes, of all ways to cut a word into tokens, the likeliest (arXiv
// 1804.10959): the one whose scores, logarithms of probabilities, have the
// largest sum.
type unigram struct {
	scores       []float64        // by id
	prefixes     map[string]int32 // id of each token; -1: it only begins one
	unknown      int32            // -1: every character must have a token
	unknownScore float64
	byteFallback bool
	bytes        [256]int32 // id of each byte's token, -1 if it has none

	words words
}

// unknownPenalty is how much less likely a character without a token is than the
// least likely token.
const unknownPenalty = 10

// maxPrefixes is more beginnings than tokens have: T5's have 100,000.
const maxPrefixes = 1 << 23

// newUnigram makes the tables. Of equal tokens the last counts.
func newUnigram(pieces []scoredPiece, unknown int32, byteFallback bool) (*unigram, error) {
	u := &unigram{unknown: unknown, unknownScore: math.Inf(1), byteFallback: byteFallback, prefixes: map[string]int32{}}
	if int(unknown) >= len(pieces) {
		return nil, fmt.Errorf("model Unigram has unk_id %d, but %d tokens", unknown, len(pieces))
	}
	for id, p := range pieces {
		if len(p.text) > maxPiece {
			return nil, fmt.Errorf("token %.40q... has %d bytes, but at most %d are allowed", p.text, len(p.text), maxPiece)
		}
		u.scores = append(u.scores, p.score)
		u.unknownScore = min(u.unknownScore, p.score)
		u.prefixes[p.text] = int32(id)
	}
	for _, p := range pieces {
		for i := range p.text {
			if _, ok := u.prefixes[p.text[:i]]; !ok {
				u.prefixes[p.text[:i]] = -1
			}
		}
		if len(u.prefixes) > maxPrefixes {
			return nil, fmt.Errorf("model Unigram has tokens of more than %d beginnings", maxPrefixes)
		}
	}
	u.unknownScore -= unknownPenalty
	for c := range u.bytes {
		id, ok := u.prefixes[fmt.Sprintf("<0x%02X>", c)]
		if !ok {
			id = -1
		}
		u.bytes[c] = id
	}
	return u, nil
}

// scoredPiece is a token and the logarithm of its probability.
type scoredPiece struct {
	text  string
	score float64
}

var errUnknownCharacter = errors.New("it has a character without a token, and the tokenizer has no unk_id")

// encode appends the ids of one word.
func (u *unigram) encode(ids []int32, word string) ([]int32, error) {
	found := u.words.get(word, u.likeliest)
	if found == nil && word != "" {
		return nil, errUnknownCharacter
	}
	return append(ids, found...), nil
}

// step is the last token of the likeliest way to a place in a word.
type step struct {
	score float64
	from  int // where the token begins; -1: there is no way yet
	id    int32
}

// likeliest returns the ids of a word, nil where it has an unknown character that
// may not be.
func (u *unigram) likeliest(word string) []int32 {
	best := make([]step, len(word)+1)
	for i := range best {
		best[i].from = -1
	}
	best[0] = step{0, 0, -1}
	for at, r := range word {
		single := at + utf8.RuneLen(r)
		hasSingle := false
		offer := func(to int, score float64, id int32) {
			score += best[at].score
			if best[to].from < 0 || score > best[to].score {
				best[to] = step{score, at, id}
			}
		}
		for to := single; to <= len(word); to++ {
			if to < len(word) && !utf8.RuneStart(word[to]) {
				continue
			}
			id, ok := u.prefixes[word[at:to]]
			if !ok {
				break
			}
			if id >= 0 {
				offer(to, u.scores[id], id)
				hasSingle = hasSingle || to == single
			}
		}
		if !hasSingle {
			if u.unknown < 0 {
				return nil
			}
			offer(single, u.unknownScore, u.unknown)
		}
	}
	return u.backwards(word, best)
}

// backwards follows the steps from the end of the word. Unknown characters next
// to one another are one, unless their bytes have tokens.
func (u *unigram) backwards(word string, best []step) []int32 {
	type stretch struct {
		from, to int
		id       int32
	}
	var reversed []stretch
	for end := len(word); end > 0; end = best[end].from {
		s := best[end]
		if last := len(reversed) - 1; last >= 0 && s.id == u.unknown && reversed[last].id == u.unknown {
			reversed[last].from = s.from
			continue
		}
		reversed = append(reversed, stretch{s.from, end, s.id})
	}
	ids := []int32{}
	for i := len(reversed) - 1; i >= 0; i-- {
		s := reversed[i]
		if s.id == u.unknown {
			ids = u.addUnknown(ids, word[s.from:s.to])
		} else {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// addUnknown appends a stretch of unknown characters, or of the unknown token
// written out.
func (u *unigram) addUnknown(ids []int32, text string) []int32 {
	if id, ok := u.prefixes[text]; ok && id >= 0 {
		return append(ids, id)
	}
	first := len(ids)
	for i := range len(text) {
		id := u.bytes[text[i]]
		if !u.byteFallback || id < 0 {
			return append(ids[:first], u.unknown)
		}
		ids = append(ids, id)
	}
	return ids
}
