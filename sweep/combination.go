package sweep

import (
	"fmt"
	"slices"
)

// combination is a rule that binds several parameters.
type combination struct {
	names []string            // of the parameters; problems are told at the first
	fault func(Params) string // what is wrong, as a clause about the first; "" if nothing is
}

func combinations() []combination {
	return []combination{
		{[]string{"warmup", "steps"}, warmupFault},
		{[]string{"eval_every", "holdout", "data_eval"}, evaluationFault},
		{[]string{"nesterov", "optimizer", "momentum"}, nesterovFault},
	}
}

func warmupFault(p Params) string {
	if p.Warmup <= p.Steps {
		return ""
	}
	return fmt.Sprintf("exceeds steps: %d > %d", p.Warmup, p.Steps)
}

func evaluationFault(p Params) string {
	if p.EvalEvery == 0 || p.Holdout > 0 || p.DataEval != "" {
		return ""
	}
	return fmt.Sprintf("is %d with nothing to evaluate on; set holdout or data_eval", p.EvalEvery)
}

// nesterovFault refuses what PyTorch's SGD refuses.
func nesterovFault(p Params) string {
	if !p.Nesterov || p.Optimizer == "sgd" && p.Momentum > 0 {
		return ""
	}
	return fmt.Sprintf("wants optimizer = \"sgd\" and a momentum above 0, not %q and %s", p.Optimizer, FormatValue(p.Momentum))
}

// checkCombinations notes the first cell that breaks each rule. It looks at
// the axes that the rule speaks of alone, so its cost does not grow with the
// others.
func (d *decoder) checkCombinations(spec *Spec) {
	for _, rule := range combinations() {
		sub := Spec{Fixed: spec.Fixed, heirs: spec.heirs, Axes: slices.DeleteFunc(slices.Clone(spec.Axes), func(a Axis) bool {
			return !slices.Contains(rule.names, a.Parameter.Name)
		})}
		for i := 0; float64(i) < min(sub.Size(), maxCells); i++ {
			if fault := rule.fault(sub.cell(i)); fault != "" {
				d.note(Problem{Key: d.whereIs(rule.names[0]), Fault: fault})
				break
			}
		}
	}
}
