package kernel_test

import (
	"fmt"

	"sweep/trainer/kernel"
)

// A linear layer multiplies its inputs by the transpose of its weight [out, in], and
// the gradients of its outputs by the weight.
func ExampleSet_MulT() {
	const tokens, in, out = 2, 3, 2
	weight := []float32{
		1, 0, 0,
		0, 1, 1,
	}
	x := []float32{
		1, 2, 3,
		4, 5, 6,
	}
	k := kernel.Best()
	w, scratch := kernel.Float32Matrix(weight, out, in), kernel.Alloc(k.Scratch(kernel.Float32, tokens, out, in))
	y := make([]float32, tokens*out)
	k.MulT(y, out, x, in, tokens, w, false, scratch)
	fmt.Println(y)
	// Output: [1 5 4 11]
}
