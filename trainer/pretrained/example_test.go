package pretrained_test

import (
	"fmt"

	"sweep/trainer/pretrained"
)

func Example() {
	checkpoint, err := pretrained.Open("testdata/checkpoints/q4_1.gguf")
	if err != nil {
		fmt.Println(err)
		return
	}
	const name = "model.layers.0.self_attn.k_proj.weight"
	weights, err := checkpoint.Tensor(name)
	fmt.Println(checkpoint.Config.Shape(name), len(weights), err)
	tokenizer, err := checkpoint.Tokenizer()
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := tokenizer.Encode("12<|end|>")
	fmt.Println(ids, err, tokenizer.Decode(ids))
	fmt.Println(checkpoint.Close())
	// Output:
	// [16 32] 512 <nil>
	// [19 20 0] <nil> 12<|end|>
	// <nil>
}
