package trainer

import (
	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
)

// dtype is what a value of the parameter dtype makes of a model's frozen matrices. Norms,
// biases and LoRA factors are in float32 whatever it is, as is all that is not a product
// by one of these matrices.
type dtype struct {
	blocks kernel.Format // of the projections in the blocks
	ends   kernel.Format // of the embedding and the head
}

// dtypes are those that sweep.Params may name.
var dtypes = map[string]dtype{
	"float32":  {kernel.Float32, kernel.Float32},
	"bfloat16": {kernel.BFloat16, kernel.BFloat16},
}

// format chooses the format of a matrix, and reports whether its blocks are those of the
// file.
func (d dtype) format(c *pretrained.Model, name string) (f kernel.Format, kept bool) {
	t, _ := c.Config.Tensor(name)
	if t.Role == architecture.Embedding || t.Role == architecture.Head {
		return d.ends, false
	}
	return d.blocks, false
}
