package foreign

import (
	"strings"

	"sweep/sweep"
)

// What else a column of a table may be: the first of these names that a table has.
var (
	runNames     = []string{"run", "run_name", "name", "run_id", "id", "trial", "trial_id", "number"}
	stepNames    = sweep.QuantityStep.Spellings()
	stateNames   = []string{"state", "status"}
	secondsNames = []string{"train_runtime", "train/train_runtime", "runtime", "_runtime", "seconds"}
)

// measureOf is what a column or a tag measures, "" if it is none that is read.
func measureOf(name string) sweep.Quantity {
	if q := sweep.QuantityOf(name); q != sweep.QuantityStep {
		return q
	}
	return ""
}

// withoutPrefix is the name of a setting without what W&B, Optuna and TensorBoard put
// before it.
func withoutPrefix(name string) string {
	for _, prefix := range []string{"params_", "params.", "config/", "config.", "hparams/", "hparam/", "user_attrs_", "args/", "args."} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" {
			return rest
		}
	}
	return name
}
