package data

import (
	"sweep/trainer/random"
)

// Order says which rows each step trains on. It depends on its parameters
// alone: a step's rows are the same whatever was asked before. It is not safe
// for concurrent use.
type Order struct {
	rows, batch, seed int
	shuffle           bool
	epoch             int // of permutation, -1 before the first
	permutation       []int
}

// NewOrder is the order of batches of batch rows out of rows, both positive.
// Shuffled, it lays permutations of all rows end to end, one an epoch, epoch e
// drawn from the stream (seed, "shuffle", e); a batch may straddle two epochs.
// Otherwise it follows the file and starts over at its end.
func NewOrder(rows, batch int, shuffle bool, seed int) *Order {
	return &Order{rows: rows, batch: batch, seed: seed, shuffle: shuffle, epoch: -1}
}

// Step returns the indices of the rows of a step, the first step being 0.
func (o *Order) Step(step int) []int {
	indices := make([]int, o.batch)
	for i := range indices {
		position := step*o.batch + i
		indices[i] = position % o.rows
		if o.shuffle {
			indices[i] = o.epochOrder(position / o.rows)[indices[i]]
		}
	}
	return indices
}

// epochOrder is the permutation of an epoch; the last one asked for is kept.
func (o *Order) epochOrder(epoch int) []int {
	if epoch != o.epoch {
		o.permutation = random.New(o.seed, "shuffle", epoch).Permutation(o.rows)
		o.epoch = epoch
	}
	return o.permutation
}
