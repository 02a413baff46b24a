package data

import (
	"crypto/sha256"
	"slices"
)

// Summary counts what became of rows that were encoded.
type Summary struct {
	Cut    int // rows that were cut to Seq
	Long   int // rows that were skipped for having more tokens than Seq
	Silent int // rows that were skipped as no token counts for the loss, or none within Seq
	Empty  int // examples whose completion is empty
	Tokens int // of all rows that were looked at, whole
	Lost   int // of those the ones that were cut off, or skipped with their rows
}

// Lengths returns the median and the largest number of tokens of the rows that were
// looked at, whole; of an even number the larger of the two in the midst.
func Lengths(all ...*Encoded) (median, longest int) {
	var sizes []int
	for _, e := range all {
		sizes = append(sizes, e.sizes...)
	}
	if len(sizes) == 0 {
		return 0, 0
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2], sizes[len(sizes)-1]
}

// Duplicates counts the examples whose rows say what an earlier one says.
func (e *Encoded) Duplicates() int {
	return len(e.digests) - len(e.rows())
}

// Overlap counts the examples whose rows other has, too.
func (e *Encoded) Overlap(other *Encoded) int {
	rows, n := other.rows(), 0
	for _, digest := range e.digests {
		if rows[digest] {
			n++
		}
	}
	return n
}

// rows is the set of what the examples' rows say.
func (e *Encoded) rows() map[[sha256.Size]byte]bool {
	set := make(map[[sha256.Size]byte]bool, len(e.digests))
	for _, digest := range e.digests {
		set[digest] = true
	}
	return set
}
