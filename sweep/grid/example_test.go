package grid_test

import (
	"fmt"
	"strings"

	"sweep/sweep/grid"
)

func ExampleDecodeSpec() {
	const text = `
name     = "rank-or-rate"
question = "Which matters more?"

[fixed]
alpha = 16

[grid]
r  = { pow2 = [4, 8] }
lr = { log = [1e-4, 1e-3], points = 3 }
`
	spec, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, params := range spec.Cells() {
		fmt.Println(name, params.Scale())
	}
	// Output:
	// r4-lr1e-4 4
	// r4-lr3.16e-4 4
	// r4-lr1e-3 4
	// r8-lr1e-4 2
	// r8-lr3.16e-4 2
	// r8-lr1e-3 2
}

func ExampleSpec() {
	const text = `
name     = "alpha-rules"
question = "Which alpha needs no new learning rate as r rises?"

[grid]
r = [4, 16]

[[zip]]
batch = [8, 16]
steps = [400, 200]

[[arm]]
name = "alpha-16"
[arm.fixed]
alpha = 16

[[arm]]
name = "alpha-2r"
[arm.derive]
alpha = "2*r"
`
	spec, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, params := range spec.Cells() {
		fmt.Println(name, params.Alpha)
	}
	// Output:
	// alpha-16/r4-batch8-steps400 16
	// alpha-16/r4-batch16-steps200 16
	// alpha-16/r16-batch8-steps400 16
	// alpha-16/r16-batch16-steps200 16
	// alpha-2r/r4-batch8-steps400 8
	// alpha-2r/r4-batch16-steps200 8
	// alpha-2r/r16-batch8-steps400 32
	// alpha-2r/r16-batch16-steps200 32
}

func ExampleSpecError() {
	const text = `
name = "mistakes"
[fixed]
r             = 0
learning_rate = 1e-3
`
	_, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml")
	fmt.Println(err)
	// Output:
	// grid.toml:4: fixed.r = 0 is out of bounds; allowed: an integer from 1 to 65536
	// grid.toml:5: fixed.learning_rate is no parameter; did you mean "lr"?
}
