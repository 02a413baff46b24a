package trainer

import (
	"cmp"
	"slices"

	"sweep/sweep"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

// choose picks the next token by its logits: the highest, the first of several or, at a
// temperature, one drawn by the probabilities of softmax(logits / temperature), among the
// fewest likeliest ones that together have s.TopP of it (Holtzman et al., arXiv
// 1904.09751), as transformers' generate does.
func choose(logits []float32, s sweep.Sampling, chance *random.Stream) int32 {
	if s.Temperature == 0 {
		return highest(logits)
	}
	ids := make([]int32, len(logits))
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortFunc(ids, func(a, b int32) int { return cmp.Or(cmp.Compare(logits[b], logits[a]), cmp.Compare(a, b)) })
	shares := make([]float64, len(ids))
	sum := 0.0
	for i, id := range ids {
		shares[i] = kernel.Exp((float64(logits[id]) - float64(logits[ids[0]])) / s.Temperature)
		sum += shares[i]
	}
	kept, within := 1, shares[0]
	for kept < len(ids) && within < float64(s.TopP*sum) {
		within += shares[kept]
		kept++
	}
	left := float64(float64(chance.Uniform()) * within)
	for i, share := range shares[:kept] {
		if left < share {
			return ids[i]
		}
		left -= share
	}
	return ids[kept-1] // by rounding
}

// highest is the token of the highest logit, the first of several.
func highest(logits []float32) int32 {
	best := 0
	for i, l := range logits {
		if l > logits[best] {
			best = i
		}
	}
	return int32(best)
}
