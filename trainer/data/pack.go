package data

import (
	"cmp"
	"math/bits"
	"slices"
)

// Pack puts examples together to sequences of at most seq tokens, and returns the
// examples of each. No example is split. It is best-fit decreasing, as TRL packs by its
// strategy "bfd": the examples go from the longest to the shortest, those of one length
// in their order, each into the sequence where it leaves the least room, of several
// the one that came to have that room first.
func Pack(examples []Example, seq int) [][]int {
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(examples[b].Size, examples[a].Size) })
	var sequences [][]int
	rooms := rooms{by: map[int][]int{}, taken: make([]uint64, seq/64+1)}
	for _, i := range order {
		room, at := rooms.take(examples[i].Size)
		if at < 0 {
			room, at = seq, len(sequences)
			sequences = append(sequences, nil)
		}
		sequences[at] = append(sequences[at], i)
		rooms.give(room-examples[i].Size, at)
	}
	return sequences
}

// rooms finds the sequence with the least room that is enough.
type rooms struct {
	by    map[int][]int // sequences by the tokens that they have room for, in the order in which they came to that
	taken []uint64      // the bit of a room is set where a sequence has it
}

// take removes and returns a sequence with room for so many tokens, -1 if there is none.
func (r *rooms) take(tokens int) (room, sequence int) {
	for word := tokens / 64; word < len(r.taken); word++ {
		fit := r.taken[word]
		if word == tokens/64 {
			fit &= ^uint64(0) << (tokens % 64)
		}
		if fit == 0 {
			continue
		}
		room = 64*word + bits.TrailingZeros64(fit)
		sequence = r.by[room][0]
		if r.by[room] = r.by[room][1:]; len(r.by[room]) == 0 {
			r.taken[room/64] &^= 1 << (room % 64)
		}
		return room, sequence
	}
	return 0, -1
}

// give adds a sequence that has room for so many tokens.
func (r *rooms) give(room, sequence int) {
	r.by[room] = append(r.by[room], sequence)
	r.taken[room/64] |= 1 << (room % 64)
}
