package trainer

import (
	"slices"

	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
)

// dtype is what a value of the parameter dtype makes of a model's frozen matrices. Norms,
// biases and LoRA factors are in float32 whatever it is, as is all that is not a product
// by one of these matrices. Such a product rounds both its factors to bfloat16, but in
// float32. PEFT in float32, on the same weights, has losses within 1e-3 in the mean; where it
// rounds as much, a step from the same adapter has its loss within 1e-5 mostly, and 2e-4
// where a number that differs in its last bit is rounded the other way.
type dtype struct {
	blocks kernel.Format   // of the projections in the blocks
	ends   kernel.Format   // of the embedding and the head
	kept   []kernel.Format // that projections stay in where a GGUF file has them so; the ends do in any blocks
}

// ofFewBits are the blocks of GGUF files that files of 4 bits an element have, those with
// a few more for their most sensitive matrices among them.
var ofFewBits = []kernel.Format{kernel.Q4_0, kernel.Q4_1, kernel.Q4_K, kernel.Q5_0, kernel.Q5_1, kernel.Q5_K, kernel.Q6_K}

// dtypes are those that sweep.Params may name. Of the formats that matrices are
// quantised to, Q4_0 misses them by less than NF4, in a quarter of a bit more: 8.1 % against
// 9.2 % of their size where elements are normal.
var dtypes = map[string]dtype{
	"float32":  {kernel.Float32, kernel.Float32, nil},
	"bfloat16": {kernel.BFloat16, kernel.BFloat16, nil},
	"int8":     {kernel.Q8_0, kernel.BFloat16, []kernel.Format{kernel.Q8_0, kernel.Q6_K, kernel.Q5_0, kernel.Q5_1, kernel.Q5_K}},
	"int4":     {kernel.Q4_0, kernel.BFloat16, ofFewBits},
	"nf4":      {kernel.NF4, kernel.BFloat16, nil},
}

// quantises reports whether projections are in blocks.
func (d dtype) quantises() bool { return d.blocks != d.ends }

// format chooses the format of a matrix, and reports whether its blocks are those of the
// file.
func (d dtype) format(c *pretrained.Model, name string) (f kernel.Format, kept bool) {
	t, _ := c.Config.Tensor(name)
	stored, blocks := kernel.ByFormatName(c.Format(name))
	if t.Role == architecture.Embedding || t.Role == architecture.Head {
		if blocks && d.quantises() {
			return stored, true
		}
		return d.ends, false
	}
	if blocks && slices.Contains(d.kept, stored) {
		return stored, true
	}
	return d.blocks, false
}
