package probe

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
)

// notFinite asks what is logged of a loss that is not finite. At the absurd lr and alpha the
// output of LoRA overflows after the first update, and the loss is NaN.
func (s *session) notFinite() Finding {
	f := Finding{Check: "nan", Claim: "a loss that is not finite is logged as it is"}
	c := s.curves[absurd]
	if c == nil {
		return f.untold("", "%s", s.lacks(absurd, "lr"))
	}
	at := fmt.Sprintf("at lr = %v and %v times the alpha", absurdRate, absurdAlpha)
	if c.err != nil {
		return f.untold("", "%s the program ends with an error, so that runs which overflow count as failed, and not as diverged: %v", at, c.err)
	}
	_, losses := c.losses()
	_, whole := s.curves[still].losses()
	if len(losses) == 0 {
		return f.untold("", "%s", s.lacks(absurd, "lr"))
	}
	shows := "losses " + at + ": " + listed(losses)
	const hides = "a run that diverged looks like one that learnt. With transformers' Trainer set logging_nan_inf_filter = False, " +
		"which `sweep help command` has in its callback; other programs must log the loss as it is"
	var after []float64 // the norms and losses that follow on a norm that is not finite
	for step := 1; step < Steps; step++ {
		next, ok := c.loss(step + 1)
		if norm := c.norm(step); !math.IsNaN(norm) && !math.IsInf(norm, 0) || !c.hasNorm(step) || !ok {
			continue
		}
		after = append(after, next)
	}
	switch {
	case strings.Contains(c.outcome.Environment, sweep.HidesNaN):
		return f.answer(No, shows, "zeros stand for losses that are not finite. They count as NaN here, which the gradient norm gives away; where it is not logged, "+hides)
	case anyNotFinite(losses):
		return f.answer(Yes, shows, "divergence is seen where it happens")
	case s.skips():
		return f.untold(shows, "updates that are not finite are left out, so no loss was NaN; a run at too large an lr stands still instead of diverging")
	case slices.Contains(losses[1:], 0):
		return f.answer(No, shows, "zeros stand for losses that are not finite: "+hides)
	case len(after) > 0:
		return f.answer(No, shows, "the gradient norm was not finite, and the losses after it are: "+hides)
	case meansOfTheRest(losses):
		return f.answer(No, shows, "the mean of the losses before stands for those that are not finite: "+hides)
	case len(losses) < len(whole):
		return f.answer(No, shows, "losses that are not finite are not logged at all: "+hides)
	default:
		return f.untold(shows, "no loss came out as NaN or infinite, and nothing shows that one was hidden; norms in a model can keep all numbers finite")
	}
}

// hasNorm reports whether a gradient norm was logged at a step, NaN or not.
func (c *curve) hasNorm(step int) bool {
	p, ok := c.points[step]
	return ok && !p.WithoutNorm
}

// skips reports whether the absurd lr moved nothing at all.
func (s *session) skips() bool {
	share, shared := apart(s.curves[still], s.curves[absurd])
	return shared > 1 && share <= 3*s.grain()
}

func anyNotFinite(losses []float64) bool {
	for _, x := range losses {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return true
		}
	}
	return false
}

// meansOfTheRest reports whether the last losses are each the mean of all before.
func meansOfTheRest(losses []float64) bool {
	for n := max(1, len(losses)-2); n < len(losses); n++ {
		if m, _ := mean(losses[:n]...); math.Abs(losses[n]-m) > 1e-4*math.Abs(m) {
			return false
		}
	}
	return len(losses) > 1
}

func listed(losses []float64) string {
	texts := make([]string, len(losses))
	for i, x := range losses {
		texts[i] = figures(x)
	}
	return strings.Join(texts, ", ")
}
