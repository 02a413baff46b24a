package foreign

import (
	"slices"
	"strings"
)

// The names that programs have for what is measured, in lower case with '_' for spaces.
var measures = map[quantity][]string{
	trainLoss: {"loss", "train_loss", "train/loss", "training_loss", "loss/train", "train.loss", "training/loss"},
	evalLoss: {
		"eval_loss", "eval/loss", "val_loss", "val/loss", "valid_loss", "valid/loss", "validation_loss", "validation/loss",
		"loss/eval", "loss/val", "loss/valid", "loss/validation", "eval.loss", "val.loss",
	},
	gradNorm: {"grad_norm", "train/grad_norm", "gradient_norm", "train/gradient_norm"},
}

// What else a column of a table may be: the first of these names that a table has.
var (
	runNames     = []string{"run", "run_name", "name", "run_id", "id", "trial", "trial_id", "number"}
	stepNames    = []string{"step", "global_step", "train/global_step", "_step", "trainer/global_step", "iteration", "iter"}
	stateNames   = []string{"state", "status"}
	secondsNames = []string{"train_runtime", "train/train_runtime", "runtime", "_runtime", "seconds"}
)

// plain is a name in lower case, with '_' for spaces.
func plain(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
}

// measureOf is what a column or a tag measures, "" if it is none that is read.
func measureOf(name string) quantity {
	for q, names := range measures {
		if slices.Contains(names, plain(name)) {
			return q
		}
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
