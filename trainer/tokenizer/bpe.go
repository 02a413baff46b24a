package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// bpe is byte-pair encoding (arXiv 1508.07909): of all neighbouring pairs in a
// word the one of the lowest rank is merged, the leftmost first, until no pair
// has a rank. A word begins as the tokens of its bytes or of its characters.
type bpe struct {
	byteLevel    bool  // a word begins as bytes
	byteFallback bool  // a character without a token is the tokens <0x00> to <0xFF> of its bytes
	unknown      int32 // id of what has no token; -1: it is dropped
	fuseUnknown  bool  // a run of such is one unknown token
	ignoreMerges bool  // a word that is a token is that token

	bytes      [256]int32     // id of each byte's token, -1 if it has none
	characters map[rune]int32 // unless byteLevel
	whole      map[string]int32
	merges     map[pair]merge
	cuttable   bool // no merge crosses the beginning of a run of spaceSign

	words words
}

type pair struct{ left, right int32 }

// merge is what becomes of a pair.
type merge struct{ rank, id int32 }

// mergeRule is a pair as files list them.
type mergeRule struct{ left, right string }

// spaceSign stands for a space in vocabularies of SentencePiece.
const spaceSign = '▁'

// build fills the tables. Ranks are the positions in merges.
func (b *bpe) build(vocabulary map[string]int32, merges []mergeRule) error {
	b.buildBytes(vocabulary)
	if !b.byteLevel {
		b.characters = map[rune]int32{}
		for token, id := range vocabulary {
			if r, size := utf8.DecodeRuneInString(token); size == len(token) && size > 0 {
				b.characters[r] = id
			}
		}
	}
	if b.ignoreMerges {
		b.buildWhole(vocabulary)
	}
	_, b.cuttable = b.characters[spaceSign]
	b.merges = make(map[pair]merge, len(merges))
	for rank, m := range merges {
		left, okLeft := vocabulary[m.left]
		right, okRight := vocabulary[m.right]
		id, ok := vocabulary[m.left+m.right]
		if !okLeft || !okRight || !ok {
			return fmt.Errorf("merge %d joins %q and %q, but one of them or their join is no token; vocabulary and merges do not belong together", rank, m.left, m.right)
		}
		b.merges[pair{left, right}] = merge{int32(rank), id}
		b.cuttable = b.cuttable && !strings.ContainsRune(strings.TrimLeft(m.left+m.right, string(spaceSign)), spaceSign)
	}
	return nil
}

func (b *bpe) buildBytes(vocabulary map[string]int32) {
	for c, letter := range byteLetters() {
		name := string(letter)
		if !b.byteLevel {
			name = fmt.Sprintf("<0x%02X>", c)
		}
		id, ok := vocabulary[name]
		if !ok {
			id = -1
		}
		b.bytes[c] = id
	}
}

func (b *bpe) buildWhole(vocabulary map[string]int32) {
	b.whole = make(map[string]int32, len(vocabulary))
	for token, id := range vocabulary {
		if b.byteLevel {
			token = tokenBytes(token)
		}
		b.whole[token] = id
	}
}

// encode appends the ids of one word.
func (b *bpe) encode(ids []int32, word string) ([]int32, error) {
	if b.ignoreMerges {
		if id, ok := b.whole[word]; ok {
			return append(ids, id), nil
		}
	}
	for len(word) > 0 {
		n := len(word)
		if b.cuttable {
			n = nextRun(word)
		}
		ids = append(ids, b.words.get(word[:n], b.merged)...)
		word = word[n:]
	}
	return ids, nil
}

// nextRun returns the bytes of s before the next beginning of a run of spaceSign.
func nextRun(s string) int {
	isSign := func(r rune) bool { return r == spaceSign }
	begin := run(s, isSign)
	if n := strings.IndexRune(s[begin:], spaceSign); n >= 0 {
		return begin + n
	}
	return len(s)
}

// merged returns the ids of a word, or of a part of it that merges do not leave.
func (b *bpe) merged(word string) []int32 {
	if b.byteLevel {
		return b.merge(b.byteSymbols(word))
	}
	return b.merge(b.characterSymbols(word))
}

// byteSymbols returns the tokens of the word's bytes.
func (b *bpe) byteSymbols(word string) []int32 {
	s := symbols{bpe: b, ids: make([]int32, 0, len(word))}
	for i := range len(word) {
		if id := b.bytes[word[i]]; id >= 0 {
			s.add(id)
		} else {
			s.addUnknown()
		}
	}
	return s.end()
}

// characterSymbols returns the tokens of the word's characters, or of their bytes.
func (b *bpe) characterSymbols(word string) []int32 {
	s := symbols{bpe: b, ids: make([]int32, 0, len(word))}
	for i, r := range word {
		switch id, ok := b.characters[r]; {
		case ok:
			s.add(id)
		case !b.byteFallback || !s.addBytes(word[i:i+utf8.RuneLen(r)]):
			s.addUnknown()
		}
	}
	return s.end()
}

// symbols are the tokens that a word begins as.
type symbols struct {
	bpe     *bpe
	ids     []int32
	pending bool // the token for what is unknown is still to be added
}

func (s *symbols) add(id int32) {
	s.end()
	s.ids = append(s.ids, id)
}

// addUnknown adds what has no token. Its token comes before the next that is
// known, so that it comes after bytes that stand in for a character.
func (s *symbols) addUnknown() {
	if s.bpe.unknown < 0 {
		return
	}
	if s.pending && !s.bpe.fuseUnknown {
		s.ids = append(s.ids, s.bpe.unknown)
	}
	s.pending = true
}

// addBytes adds the tokens of a character's bytes, if all have one.
func (s *symbols) addBytes(character string) bool {
	for i := range len(character) {
		if s.bpe.bytes[character[i]] < 0 {
			return false
		}
	}
	for i := range len(character) {
		s.ids = append(s.ids, s.bpe.bytes[character[i]])
	}
	return true
}

func (s *symbols) end() []int32 {
	if s.pending {
		s.ids = append(s.ids, s.bpe.unknown)
		s.pending = false
	}
	return s.ids
}

// merge merges symbols in place, in O(n log n) for n of them.
func (b *bpe) merge(ids []int32) []int32 {
	n := int32(len(ids))
	if n < 2 {
		return ids
	}
	links := make([]int32, 2*n)
	previous, next := links[:n], links[n:] // a list of the symbols left
	for i := range n {
		previous[i], next[i] = i-1, i+1
	}
	open := make(candidates, 0, n)
	for i := range n - 1 {
		if m, ok := b.merges[pair{ids[i], ids[i+1]}]; ok {
			open.push(candidate{m, i})
		}
	}
	for len(open) > 0 {
		c := open.pop()
		i, j := c.at, next[c.at]
		if ids[i] < 0 || j >= n {
			continue
		}
		if m, ok := b.merges[pair{ids[i], ids[j]}]; !ok || m.id != c.id {
			continue // one of the pair has been merged with another
		}
		ids[i], ids[j] = c.id, -1
		next[i] = next[j]
		if next[i] < n {
			previous[next[i]] = i
			b.offer(&open, ids, i, next[i])
		}
		if previous[i] >= 0 {
			b.offer(&open, ids, previous[i], i)
		}
	}
	return compact(ids)
}

func (b *bpe) offer(open *candidates, ids []int32, i, j int32) {
	if m, ok := b.merges[pair{ids[i], ids[j]}]; ok {
		open.push(candidate{m, i})
	}
}

// compact drops the symbols that were merged into their left neighbour.
func compact(ids []int32) []int32 {
	kept := ids[:0]
	for _, id := range ids {
		if id >= 0 {
			kept = append(kept, id)
		}
	}
	return kept
}

// candidate is a merge that the symbol at a place can make with the next.
type candidate struct {
	merge
	at int32
}

func (c candidate) before(d candidate) bool {
	return c.rank < d.rank || c.rank == d.rank && c.at < d.at
}

// candidates is a heap: the lowest rank first, then the leftmost.
type candidates []candidate

func (c *candidates) push(new candidate) {
	heap := append(*c, new)
	i := len(heap) - 1
	for parent := (i - 1) / 2; i > 0 && heap[i].before(heap[parent]); parent = (i - 1) / 2 {
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
	*c = heap
}

func (c *candidates) pop() candidate {
	heap := *c
	first, last := heap[0], len(heap)-1
	heap[0] = heap[last]
	heap = heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < last && heap[child+1].before(heap[child]) {
			child++
		}
		if child >= last || !heap[child].before(heap[i]) {
			break
		}
		heap[i], heap[child] = heap[child], heap[i]
		i = child
	}
	*c = heap
	return first
}
