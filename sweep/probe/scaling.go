package probe

import (
	"fmt"
	"math"
	"strings"

	"sweep/sweep"
)

// rules are the scalings that sweep knows, with the power of r in each.
var rules = []struct {
	name  string
	power float64
	as    func(alpha, r float64) float64 // the alpha that acts alike under alpha/r
}{
	{"alpha/r", -1, func(alpha, _ float64) float64 { return alpha }},
	{"alpha/sqrt(r)", -0.5, func(alpha, r float64) float64 { return alpha * math.Sqrt(r) }},
	{"alpha", 0, func(alpha, r float64) float64 { return alpha * r }},
}

// near is how far a measured power may be from the one that it is taken for.
const near = 0.2

// powers are those with which the gradient norm and the change of the loss go, NaN where
// they cannot be told.
type powers struct {
	norm   float64 // of the gradient norm at step 1
	change float64 // of the change of the loss by training
}

// byAlpha are those of alpha. Between the runs lr was divided by the factor, too, which
// the change follows with the power 1.
func (s *session) byAlpha() powers {
	a, b := s.curves[trained], s.curves[moreAlpha]
	p := powers{norm: math.NaN(), change: math.NaN()}
	if s.unclipped() {
		p.norm = power(b.norm(1), a.norm(1), alphaFactor)
	}
	if step := s.firstChange(); step > 0 {
		x, y := s.change(trained, still, step), s.change(moreAlpha, still, step)
		p.change = 1 + power(y, x, alphaFactor)
	}
	return p
}

// byRank are those of r, means over the seeds. A change counts as the sum of those at all
// steps, in which each row has a part.
func (s *session) byRank() powers {
	factor := float64(secondRank(s.base.Params.R)) / float64(s.base.Params.R)
	var norms, changes []float64
	for _, seed := range []struct{ still, trained, otherStill, other trial }{
		{still, trained, rankStill, otherRank},
		{seedStill, otherSeed, bothStill, otherBoth},
	} {
		if s.unclipped() {
			norms = append(norms, power(s.curves[seed.otherStill].norm(1), s.curves[seed.still].norm(1), factor))
		}
		changes = append(changes, power(s.changes(seed.other, seed.otherStill), s.changes(seed.trained, seed.still), factor))
	}
	p := powers{}
	p.norm, _ = mean(norms...)
	p.change, _ = mean(changes...)
	return p
}

// change is that of the loss at a step by training, NaN where rounding could be most of
// it.
func (s *session) change(training, idle trial, step int) float64 {
	a, ok := s.curves[training].loss(step)
	b, okToo := s.curves[idle].loss(step)
	if !ok || !okToo || math.Abs(a-b) < 4*s.grain()*math.Abs(b) {
		return math.NaN()
	}
	return a - b
}

func (s *session) changes(training, idle trial) float64 {
	sum, n := 0.0, 0
	for step := 2; step <= steps; step++ {
		if x := s.change(training, idle, step); !math.IsNaN(x) {
			sum += x
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum
}

// firstChange is the first step whose loss training has changed, 0 if there is none.
func (s *session) firstChange() int {
	for step := 2; step <= steps; step++ {
		if !math.IsNaN(s.change(trained, still, step)) {
			return step
		}
	}
	return 0
}

// unclipped reports whether gradient norms say something: a norm after clipping is one
// number at all steps.
func (s *session) unclipped() bool {
	c := s.curves[still]
	first := c.norm(1)
	for step := 2; step <= steps; step++ {
		if x := c.norm(step); !math.IsNaN(x) && math.Abs(x-first) > 1e-3*first {
			return true
		}
	}
	return false
}

// alphaActs reports whether alpha changes anything, where that can be told.
func (s *session) alphaActs() (acts, told bool) {
	p := s.byAlpha()
	switch {
	case !math.IsNaN(p.norm):
		return math.Abs(p.norm) > near, true
	case !math.IsNaN(p.change):
		return math.Abs(p.change) > near, true
	default:
		return false, false
	}
}

// scaling asks by which of the rules alpha acts; see the package comment.
func (s *session) scaling() Finding {
	f := Finding{Check: "scaling", Claim: "alpha acts by alpha/r, alpha/sqrt(r) or alpha alone, as the grid has it"}
	p := s.base.Params
	alpha := s.byAlpha()
	shows := s.showAlpha(alpha)
	acts, told := s.alphaActs()
	_, equal, _ := s.startsOfAlphas()
	switch {
	case !told:
		return f.untold(shows, "%s", s.whyStill())
	case !equal:
		return f.untold(shows, "runs with different alpha start at different models, so that their gradients and changes do not compare; mend the start first")
	case !acts && !agree(alpha.change, 0):
		return f.untold(shows, "the gradient does not follow alpha but the loss does; is a norm logged that was scaled?")
	case !acts:
		return f.answer(No, shows, "alpha is ignored: all values of alpha are one run, and lr alone decides. See that {alpha} gets to the LoRA layers")
	case !agree(alpha.norm, 1):
		return f.untold(shows, "alpha acts, but not as a factor on B A x: other weights train along, or the start depends on it")
	}
	proportional, kind := stepsBy(alpha)
	if kind == "" {
		return f.untold(shows, "alpha acts, but the change of the loss is that of no optimizer known here: neither Adam's, which has the power 1, nor sgd's, which has 2")
	}
	if s.curves[otherRank] == nil {
		return f.untold(shows, "alpha acts as a factor, and steps are %s; by which rule takes runs with another r: %s", kind, s.lacks(otherRank, "r"))
	}
	rank := s.byRank()
	shows += "; " + showRank(rank)
	spread, measured := s.spreadPower()
	if measured && math.Abs(spread) > near {
		shows += fmt.Sprintf(", of which the start of A has r^%s", decimals(spread))
	}
	found, ok := ruleOf(rank, proportional, spread)
	if !ok {
		return f.untold(shows, "alpha acts as a factor, and steps are %s, but the power of r fits no rule%s", kind, s.whyNoRule(rank))
	}
	means := s.meaning(found) + ". Steps are " + kind
	if !measured {
		means += ". This takes the spread of A at the start to be the same for every r, as PEFT's default is; with a spread of 1/r (PEFT's \"gaussian\") " +
			"the same figures would mean alpha/r for alpha/r^2, alpha for alpha/r: leave the adapter in {dir} to have it measured"
	}
	if p.States("scaling") && found != p.Scaling {
		return f.answer(No, shows, fmt.Sprintf("the grid says scaling = %q, and the program scales by %s: %s", p.Scaling, found, means))
	}
	return f.answer(Yes, shows, means)
}

// agree reports whether a measured power may be p; one that is not known agrees with all.
func agree(measured, p float64) bool {
	return math.IsNaN(measured) || math.Abs(measured-p) <= near
}

// stepsBy says whether steps of B are proportional to its gradient, by how the change of
// the loss goes with alpha. Without a change nothing is known, and nothing needed.
func stepsBy(alpha powers) (proportional bool, kind string) {
	switch {
	case math.IsNaN(alpha.change):
		return false, "of a length that is not told"
	case agree(alpha.change, 1):
		return false, "as long whatever alpha is, as Adam's are"
	case agree(alpha.change, 2):
		return true, "as long as the gradient, as sgd's are"
	default:
		return false, ""
	}
}

// ruleOf is the rule that the powers of r fit, both of them where both are known. Spread is
// the power of r in the spread of A.
func ruleOf(rank powers, proportional bool, spread float64) (name string, ok bool) {
	for _, r := range rules {
		norm, change := r.power+spread+0.5, r.power+spread+1
		if proportional {
			change = 2*(r.power+spread) + 1
		}
		if agree(rank.norm, norm) && agree(rank.change, change) {
			return r.name, !math.IsNaN(rank.norm) || !math.IsNaN(rank.change)
		}
	}
	return "", false
}

// meaning says what a rule means for reading alphas.
func (s *session) meaning(found string) string {
	p := s.base.Params
	r := max(p.R, secondRank(p.R))
	for _, rule := range rules {
		if rule.name != found || found == "alpha/r" {
			continue
		}
		means := fmt.Sprintf("scaling %s: alpha = %s at r = %d acts as %s would under alpha/r", found,
			sweep.FormatValue(p.Alpha), r, figures(rule.as(p.Alpha, float64(r))))
		if !p.States("scaling") {
			means += fmt.Sprintf("; set scaling = %q in [fixed] so that figures label it right", found)
		}
		return means
	}
	return "scaling alpha/r, as in the LoRA paper and by PEFT's default"
}

func (s *session) showAlpha(p powers) string {
	var parts []string
	if !math.IsNaN(p.norm) {
		parts = append(parts, fmt.Sprintf("the gradient norm at step 1 goes as alpha^%s", decimals(p.norm)))
	}
	if !math.IsNaN(p.change) {
		parts = append(parts, fmt.Sprintf("the loss changes as alpha^%s (at step %d, by %s at lr = %s)", decimals(p.change), s.firstChange(),
			figures(s.change(trained, still, s.firstChange())), figures(s.base.Params.LR)))
	}
	return strings.Join(parts, ", ")
}

func showRank(p powers) string {
	var parts []string
	if !math.IsNaN(p.norm) {
		parts = append(parts, "the norm as r^"+decimals(p.norm))
	}
	if !math.IsNaN(p.change) {
		parts = append(parts, "the change as r^"+decimals(p.change))
	}
	return strings.Join(parts, ", ")
}

// whyStill says why nothing is known of alpha.
func (s *session) whyStill() string {
	c := s.curves[moreAlpha]
	switch _, ok := s.curves[trained].loss(2); {
	case c == nil || c.err != nil:
		return s.lacks(moreAlpha, "alpha")
	case !ok:
		return "it logs no loss at step 2; log every step (logging_steps = 1 of transformers' Trainer)"
	default:
		return fmt.Sprintf("no loss up to step %d changes, at an lr up to %s, and no gradient norm is logged: a warm-up, for which warmup = 0 is the remedy, "+
			"or an lr that does not reach the optimizer", steps, figures(s.base.Params.LR))
	}
}

func (s *session) whyNoRule(rank powers) string {
	if math.IsNaN(rank.norm) && math.IsNaN(rank.change) {
		return ": neither gradient norms nor changes of the loss can be compared; " + s.lacks(otherRank, "r")
	}
	return ": those differ by 1/2 (sgd: by 1 in the change)"
}
