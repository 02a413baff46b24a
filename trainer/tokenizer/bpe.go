package tokenizer

import (
	"container/heap"
	"fmt"
	"strings"
	"sync"
)

// bpe is byte-pair encoding (arXiv 1508.07909) over bytes: of all neighbouring
// pairs in a word the one of the lowest rank is merged, the leftmost first,
// until no pair has a rank.
type bpe struct {
	unknown      int32 // id of a byte without a token; -1: it is dropped
	fuseUnknown  bool  // a run of such bytes is one unknown token
	ignoreMerges bool  // a word that is a token is that token

	single [256]int32 // id of each byte's token, -1 if it has none
	whole  map[string]int32
	merges map[pair]merge

	mu    sync.RWMutex
	words map[string][]int32 // words met before; bounded
}

type pair struct{ left, right int32 }

// merge is what becomes of a pair.
type merge struct{ rank, id int32 }

// mergeRule is a pair in the byte-level alphabet, as files list them.
type mergeRule struct{ left, right string }

// Bounds of the memory of words.
const (
	maxWords      = 1 << 16
	maxWordLength = 64
)

// build fills the tables. Ranks are the positions in merges.
func (b *bpe) build(vocabulary map[string]int32, merges []mergeRule) error {
	b.words = map[string][]int32{}
	for c, letter := range byteLetters() {
		id, ok := vocabulary[string(letter)]
		if !ok {
			id = -1
		}
		b.single[c] = id
	}
	if b.ignoreMerges {
		b.whole = make(map[string]int32, len(vocabulary))
		for token, id := range vocabulary {
			b.whole[tokenBytes(token)] = id
		}
	}
	b.merges = make(map[pair]merge, len(merges))
	for rank, m := range merges {
		left, okLeft := vocabulary[m.left]
		right, okRight := vocabulary[m.right]
		id, ok := vocabulary[m.left+m.right]
		if !okLeft || !okRight || !ok {
			return fmt.Errorf("merge %d joins %q and %q, but one of them or their join is no token; vocabulary and merges do not belong together", rank, m.left, m.right)
		}
		b.merges[pair{left, right}] = merge{int32(rank), id}
	}
	return nil
}

// encode appends the ids of one word.
func (b *bpe) encode(ids []int32, word string) []int32 {
	if b.ignoreMerges {
		if id, ok := b.whole[word]; ok {
			return append(ids, id)
		}
	}
	b.mu.RLock()
	known, ok := b.words[word]
	b.mu.RUnlock()
	if !ok {
		known = b.merge(b.symbols(word))
		b.remember(word, known)
	}
	return append(ids, known...)
}

func (b *bpe) remember(word string, ids []int32) {
	if len(word) > maxWordLength {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.words) < maxWords {
		b.words[strings.Clone(word)] = ids
	}
}

// symbols returns the tokens of the word's bytes.
func (b *bpe) symbols(word string) []int32 {
	ids := make([]int32, 0, len(word))
	wasUnknown := false
	for i := range len(word) {
		id := b.single[word[i]]
		isUnknown := id < 0
		fused := isUnknown && wasUnknown && b.fuseUnknown
		if isUnknown {
			id = b.unknown
		}
		if id >= 0 && !fused {
			ids = append(ids, id)
		}
		wasUnknown = isUnknown
	}
	return ids
}

// merge merges symbols in place, in O(n log n) for n of them.
func (b *bpe) merge(ids []int32) []int32 {
	n := int32(len(ids))
	previous, next := make([]int32, n), make([]int32, n) // a list of the symbols left
	for i := range n {
		previous[i], next[i] = i-1, i+1
	}
	open := make(candidates, 0, n)
	for i := range n - 1 {
		if m, ok := b.merges[pair{ids[i], ids[i+1]}]; ok {
			open = append(open, candidate{m, i})
		}
	}
	heap.Init(&open)
	for len(open) > 0 {
		c := heap.Pop(&open).(candidate)
		i, j := c.at, next[c.at]
		if ids[i] < 0 || j >= n || b.merges[pair{ids[i], ids[j]}] != c.merge {
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
		heap.Push(open, candidate{m, i})
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

// candidates is a heap: the lowest rank first, then the leftmost.
type candidates []candidate

func (c candidates) Len() int      { return len(c) }
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }

func (c candidates) Less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}

func (c *candidates) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// byteLetters is the byte-level alphabet of GPT-2: printable Latin-1 bytes stand
// for themselves, the others for the code points from 256 on.
func byteLetters() [256]rune {
	var letters [256]rune
	next := rune(256)
	for c := range letters {
		printable := c >= '!' && c <= '~' || c >= 0xa1 && c <= 0xac || c >= 0xae
		if printable {
			letters[c] = rune(c)
		} else {
			letters[c] = next
			next++
		}
	}
	return letters
}

// letterByte is the inverse of byteLetters.
func letterByte(r rune) (c byte, ok bool) {
	switch {
	case r >= '!' && r <= '~', r >= 0xa1 && r <= 0xac, r >= 0xae && r <= 0xff:
		return byte(r), true
	case r >= 256 && r < 256+33: // the bytes up to the space
		return byte(r - 256), true
	case r >= 256+33 && r < 256+33+34: // delete to no-break space
		return byte(r - 256 - 33 + 0x7f), true
	case r == 256+67: // soft hyphen
		return 0xad, true
	}
	return 0, false
}

// tokenBytes returns the bytes that a token of the byte-level alphabet stands
// for. A token with a letter outside it stands for itself.
func tokenBytes(token string) string {
	b := make([]byte, 0, len(token))
	for _, r := range token {
		c, ok := letterByte(r)
		if !ok {
			return token
		}
		b = append(b, c)
	}
	return string(b)
}
