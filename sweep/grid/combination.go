package grid

import (
	"fmt"
	"slices"

	"sweep/sweep"
)

// combination is a condition that several parameters must meet together.
type combination struct {
	names []string                 // of the parameters; a problem is reported at the first
	check func(sweep.Params) error // a clause about the first
}

func combinations() []combination {
	return []combination{
		{[]string{"warmup", "steps"}, checkWarmup},
		{[]string{"eval_every", "holdout", "data_eval"}, checkEvaluation},
		{[]string{"eval", "holdout", "data_eval"}, checkEval},
		{[]string{"nesterov", "optimizer", "momentum"}, checkNesterov},
		{[]string{"dtype", "method"}, checkDType},
	}
}

func checkWarmup(p sweep.Params) error {
	if p.Warmup <= p.Steps {
		return nil
	}
	return fmt.Errorf("exceeds steps: %d > %d", p.Warmup, p.Steps)
}

func checkEvaluation(p sweep.Params) error {
	if p.EvalEvery == 0 || p.Holdout > 0 || p.DataEval != "" {
		return nil
	}
	return fmt.Errorf("is %d with nothing to evaluate on; set holdout or data_eval", p.EvalEvery)
}

// checkEval refuses evaluations without the loss, which is always measured, and others
// with nothing to evaluate on.
func checkEval(p sweep.Params) error {
	q, _ := sweep.LookupParameter("eval") // which there is
	given := q.Canonical(p.Eval)
	switch {
	case !p.Measures("loss"):
		return fmt.Errorf("is %s without \"loss\", which is always measured; add it", given)
	case p.Measures("match") && p.Holdout == 0 && p.DataEval == "":
		return fmt.Errorf("is %s with nothing to evaluate on; set holdout or data_eval", given)
	}
	return nil
}

// checkNesterov refuses what SGD in PyTorch refuses.
func checkNesterov(p sweep.Params) error {
	if !p.Nesterov || p.Optimizer == "sgd" && p.Momentum > 0 {
		return nil
	}
	return fmt.Errorf("wants optimizer = \"sgd\" and a momentum above 0, not %q and %s", p.Optimizer, sweep.FormatValue(p.Momentum))
}

// checkDType refuses weights that train in another type than float32.
func checkDType(p sweep.Params) error {
	if p.Method != "full" || p.DType == "float32" {
		return nil
	}
	return fmt.Errorf("is %q, but method = \"full\" trains the weights, which are in float32; choose \"float32\", or method = \"lora\"", p.DType)
}

// check notes the rules of an arm that cannot be applied in some cell, and the
// combinations that some cell does not meet. For each it goes through only the axes
// that matter to it, so that its cost does not grow with the other axes.
func (d *decoder) check(spec *Spec, arm *Arm) {
	for i, r := range arm.rules {
		if _, never := r.(inheritance); !never {
			upTo := *arm
			upTo.rules = arm.rules[:i+1]
			d.checkRule(spec, &upTo)
		}
	}
	if arm.Fixed.Command != nil {
		return // who knows what a command does with them
	}
	for _, c := range slices.Concat(combinations(), arm.adapterCombinations(d.library.adapters)) {
		slice := arm.slice(c.names...)
		for i := 0; float64(i) < min(slice.size(), maxCells); i++ {
			place, _, err := slice.cell(i)
			if place.dropped || err != nil || len(place.unknown) > 0 {
				continue
			}
			if err := c.check(place.params); err != nil {
				p := arm.where(c.names[0]).problem()
				p.Fault = err.Error()
				d.noteOnce(p)
				break
			}
		}
	}
}

// checkRule notes the first cell in which the last of the arm's rules fails. It does
// nothing where the file has other problems, which may be the cause.
func (d *decoder) checkRule(spec *Spec, arm *Arm) {
	if len(d.problems) > 0 {
		return
	}
	last := arm.rules[len(arm.rules)-1]
	slice := arm.slice(last.sets())
	if slice.size() > maxCells {
		p := last.problem()
		p.Fault = fmt.Sprintf("depends on axes with %.6g combinations, more than %d", slice.size(), maxCells)
		d.note(p)
		return
	}
	labels := arm.labels()
	for i := range int(slice.size()) {
		c, failed, err := slice.cell(i)
		if err != nil {
			p := failed.problem()
			p.Fault = "in cell " + cellName(spec.Name, arm.Name, labels, c.at) + " " + err.Error()
			d.note(p)
			return
		}
	}
}
