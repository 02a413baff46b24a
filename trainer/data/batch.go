package data

// Batch is several examples laid end to end, without padding.
type Batch struct {
	Tokens  []int32 // sum of Lengths
	Targets []int32 // len(Tokens); -1 where no loss counts
	Lengths []int   // tokens of each example
	Sizes   []int   // the examples' Size
	Prompts []int   // the Prompt of each example
	Counted int     // targets that count, the divisor of the batch's loss
	Size    int     // sum of Sizes: the tokens that tokens/s counts
}

// Concat lays examples end to end, in their order.
func Concat(examples []Example) Batch {
	b := Batch{Lengths: make([]int, len(examples)), Sizes: make([]int, len(examples)), Prompts: make([]int, len(examples))}
	for i, e := range examples {
		b.Tokens = append(b.Tokens, e.Tokens...)
		b.Targets = append(b.Targets, e.Targets...)
		b.Lengths[i], b.Sizes[i], b.Prompts[i] = len(e.Tokens), e.Size, e.Prompt
		b.Size += e.Size
	}
	for _, target := range b.Targets {
		if target >= 0 {
			b.Counted++
		}
	}
	return b
}
