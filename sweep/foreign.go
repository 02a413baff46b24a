package sweep

import (
	"slices"
	"strings"
)

// foreign is a name of other programs for something that a parameter's value follows
// from, but that no parameter is by another name.
type foreign struct {
	names   []string
	instead string // what to write: a clause
}

func foreigners() []foreign {
	return []foreign{
		{
			[]string{"num_train_epochs", "num_epochs", "epochs", "n_epochs", "max_epochs"},
			"training is counted in steps: write steps = epochs * rows / batch",
		},
		{
			[]string{"warmup_ratio", "warmup_fraction", "warmup_proportion"},
			`warm-up is counted in steps: write warmup = ratio * steps, or derive it, as in warmup = "ceil(0.03*steps)"`,
		},
		{
			[]string{"gradient_accumulation_steps", "grad_accum", "accumulate_grad_batches", "gradient_accumulation"},
			"batch is the rows of a whole step: write batch = per_device_train_batch_size * gradient_accumulation_steps",
		},
	}
}

// Instead returns what to write for a name that other programs have and that is no
// parameter by another name, "" if the name is not known. Case does not matter.
func Instead(name string) string {
	for _, f := range foreigners() {
		if slices.Contains(f.names, strings.ToLower(name)) {
			return f.instead
		}
	}
	return ""
}
