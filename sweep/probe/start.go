package probe

import (
	"fmt"
	"math"
	"strings"

	"sweep/sweep"
)

// start asks whether the loss before the first update is the same for every alpha. Where
// another r starts elsewhere, either the rows are others or B is not zero.
func (s *session) start() Finding {
	f := Finding{Check: "start", Claim: "every alpha starts at the base model"}
	shows, equal, seen := s.startsOfAlphas()
	if !seen {
		for _, t := range []trial{still, moreAlpha} {
			if _, ok := s.curves[t].loss(1); !ok {
				return f.untold("", "%s", s.lacks(t, "alpha"))
			}
		}
	}
	other, equalRank, seenRank := s.startOfRank()
	shows += other
	zero, known := s.zeroB()
	if known && zero {
		shows += "; B is zero in the adapter"
	}
	switch acts, told := s.alphaActs(); {
	case !equal:
		return f.answer(No, shows, "B is not zero at the start, or the start moves the base: runs with different alpha begin at different models, and "+
			"what they differ in is not training alone. Start B at zero (init_lora_weights = True in PEFT)")
	case known && !zero:
		return f.answer(No, shows, "B is not zero in the adapter before training, and yet the loss is that of every alpha: the start takes a part of the base away and "+
			"gives it back, as PiSSA and OLoRA do. alpha then scales the start, too")
	case told && !acts && !known && (!seenRank || !equalRank):
		return f.untold(shows, "alpha does nothing, so that equal losses do not show that B is zero")
	case seenRank && !equalRank:
		return f.answer(Yes, shows, "what alphas differ in is training alone. But with another r the first rows are others, as the draw of A moves the "+
			"random stream of the rows: give the rows a generator of their own before ranks are compared seed by seed")
	default:
		return f.answer(Yes, shows, "what runs of a seed differ in is training alone")
	}
}

// startsOfAlphas compares the losses before the first update, in training and where rows
// are held out.
func (s *session) startsOfAlphas() (shows string, equal, seen bool) {
	a, b := s.curves[still], s.curves[moreAlpha]
	alphas := []string{sweep.FormatValue(s.base.Params.Alpha), sweep.FormatValue(alphaFactor * s.base.Params.Alpha)}
	var parts []string
	equal = true
	compare := func(what string, x, y float64) {
		parts = append(parts, fmt.Sprintf("%s: %s at alpha = %s, %s at alpha = %s", what, figures(x), alphas[0], figures(y), alphas[1]))
		equal = equal && s.same(x, y)
	}
	x, ok := a.loss(1)
	if y, okToo := b.loss(1); ok && okToo {
		compare("loss at step 1", x, y)
	}
	if x, ok := a.evaluatedFirst(); ok {
		if y, ok := b.evaluatedFirst(); ok {
			compare("evaluation loss before training", x, y)
		}
	}
	return strings.Join(parts, "; "), equal, len(parts) > 0
}

// startOfRank compares the training loss before the first update with that of another r.
func (s *session) startOfRank() (shows string, equal, seen bool) {
	x, ok := s.curves[still].loss(1)
	y, okToo := s.curves[rankStill].loss(1)
	if !ok || !okToo {
		return "", false, false
	}
	return fmt.Sprintf("; %s at r = %d", figures(y), secondRank(s.base.Params.R)), s.same(x, y), true
}

// evaluatedFirst is the evaluation loss before training.
func (c *curve) evaluatedFirst() (x float64, ok bool) {
	if c == nil || c.err != nil {
		return 0, false
	}
	p, ok := c.points[0]
	return p.EvalLoss, ok && p.Evaluated
}

// same reports whether two losses of the same rows by the same weights are one number,
// but for what repetition and rounding do to it.
func (s *session) same(a, b float64) bool {
	const rounding = 1e-6
	return a == b || math.Abs(a-b) <= math.Max(3*s.grain(), rounding)*math.Abs(a)
}
