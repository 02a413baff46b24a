package tokenizer

import (
	"strings"
	"sync"
)

// words remembers the ids of words, as far as memory is set aside for them. It is
// safe for concurrent use.
type words struct {
	mu  sync.RWMutex
	ids map[string][]int32
}

// Bounds of the memory of words.
const (
	maxWords      = 1 << 16
	maxWordLength = 64
)

// get returns the ids of a word, which are computed where they are not known.
func (w *words) get(word string, compute func(word string) []int32) []int32 {
	if len(word) > maxWordLength {
		return compute(word)
	}
	w.mu.RLock()
	ids, ok := w.ids[word]
	w.mu.RUnlock()
	if ok {
		return ids
	}
	ids = compute(word)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ids == nil {
		w.ids = map[string][]int32{}
	}
	if len(w.ids) < maxWords {
		w.ids[strings.Clone(word)] = ids
	}
	return ids
}
