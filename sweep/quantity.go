package sweep

import (
	"math"
	"slices"
	"strings"
)

// Quantity is what programs log of a step, by the name that it has here.
type Quantity string

// The quantities that a curve has places for, and the step that they are of.
const (
	QuantityStep     Quantity = "step"
	QuantityLoss     Quantity = "loss"
	QuantityGradNorm Quantity = "grad_norm"
	QuantityEvalLoss Quantity = "eval_loss"
)

// Quantities returns all of them, the step first.
func Quantities() []Quantity {
	return []Quantity{QuantityStep, QuantityLoss, QuantityGradNorm, QuantityEvalLoss}
}

// spellings are the names that programs have for a quantity, as PlainName writes them,
// that which counts first.
var spellings = map[Quantity][]string{
	QuantityStep: {"step", "global_step", "train/global_step", "_step", "trainer/global_step", "iteration", "iter"},
	QuantityLoss: {"loss", "train_loss", "train/loss", "training_loss", "loss/train", "train.loss", "training/loss"},
	QuantityEvalLoss: {
		"eval_loss", "eval/loss", "val_loss", "val/loss", "valid_loss", "valid/loss", "validation_loss", "validation/loss",
		"loss/eval", "loss/val", "loss/valid", "loss/validation", "eval.loss", "val.loss",
	},
	QuantityGradNorm: {"grad_norm", "train/grad_norm", "gradient_norm", "train/gradient_norm"},
}

// Spellings returns the names that programs have for the quantity, as PlainName writes
// them. Where there are several at once, the first of them counts.
func (q Quantity) Spellings() []string { return slices.Clone(spellings[q]) }

// QuantityOf returns what programs log under a name, "" if it is none that is known.
func QuantityOf(name string) Quantity {
	name = PlainName(name)
	for _, q := range Quantities() {
		if slices.Contains(spellings[q], name) {
			return q
		}
	}
	return ""
}

// PlainName returns a name in lower case, with '_' for spaces.
func PlainName(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
}

// BarePoint returns the point at a step of which nothing was logged yet.
func BarePoint(step int) Point {
	if step == 0 {
		return Point{}
	}
	return Point{Step: step, Loss: math.NaN(), GradNorm: math.NaN(), WithoutLoss: true, WithoutNorm: true}
}

// Log sets what was logged of a quantity at the point's step. It returns what stood there
// before, and whether anything did.
func (p *Point) Log(q Quantity, x float64) (before float64, had bool) {
	switch q {
	case QuantityLoss:
		before, had = p.Loss, !p.WithoutLoss
		p.Loss, p.WithoutLoss = x, false
	case QuantityEvalLoss:
		before, had = p.EvalLoss, p.Evaluated
		p.EvalLoss, p.Evaluated = x, true
	case QuantityGradNorm:
		before, had = p.GradNorm, !p.WithoutNorm
		p.GradNorm, p.WithoutNorm = x, false
	}
	return before, had
}
