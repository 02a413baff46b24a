package kernel_test

import (
	"fmt"

	"sweep/trainer/kernel"
)

// A linear layer keeps its weight [out, in]; its transpose is packed once and
// multiplied by any number of inputs.
func ExampleSet_Mul() {
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
	w := k.Pack(kernel.Float32, weight, in, out, 1, in)
	y := make([]float32, tokens*out)
	k.Mul(y, out, x, in, tokens, w, false)
	fmt.Println(y)
	// Output: [1 5 4 11]
}
