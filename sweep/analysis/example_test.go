package analysis_test

import (
	"fmt"

	"sweep/sweep/analysis"
)

func ExampleStudy_Verdicts() {
	results := fullStudy().results() // of a sweep over r, alpha, lr and seed
	findings, err := analysis.NewStudy(results).Verdicts(analysis.DefaultMargins())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range findings {
		fmt.Printf("(%s) %v %s\n", f.Claim.Letter, f.Part, f.Verdict)
	}
	// Output:
	// (a) [] supported
	// (b) [r = 4] supported
	// (b) [r = 8] supported
	// (b) [r = 16] supported
	// (c) [] supported
	// (c) [form = less retuning] supported
	// (d) [r = 4] supported
	// (d) [r = 8] supported
	// (d) [r = 16] supported
	// (e) [] not asked
	// (f) [] not asked
}
