package probe

import (
	"fmt"
	"math"
	"slices"
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
const near = 0.25

// byAlpha has the powers of alpha with which the gradient norm and the change of the loss
// go, NaN where they cannot be told. Between the runs lr was divided by the factor, too,
// which the change follows with the power 1.
func (s *session) byAlpha() (norm, change float64) {
	a, b := s.curves[trained], s.curves[moreAlpha]
	norm, change = math.NaN(), math.NaN()
	if s.unclipped() {
		norm = power(b.norm(1), a.norm(1), alphaFactor)
	}
	if step := s.firstChange(); step > 0 {
		x, y := s.change(trained, still, step), s.change(moreAlpha, still, step)
		change = 1 + power(y, x, alphaFactor)
	}
	return norm, change
}

// byRank has the powers of r, one for each seed that tells. A change counts as the sum of
// those at all steps, in which each row has a part.
func (s *session) byRank() (norms, changes []float64) {
	factor := float64(secondRank(s.base.Params.R)) / float64(s.base.Params.R)
	for _, seed := range []struct{ still, trained, otherStill, other trial }{
		{still, trained, rankStill, otherRank},
		{seedStill, otherSeed, bothStill, otherBoth},
	} {
		if x := power(s.curves[seed.otherStill].norm(1), s.curves[seed.still].norm(1), factor); s.unclipped() && !math.IsNaN(x) {
			norms = append(norms, x)
		}
		if x := power(s.changes(seed.other, seed.otherStill), s.changes(seed.trained, seed.still), factor); !math.IsNaN(x) {
			changes = append(changes, x)
		}
	}
	return norms, changes
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
	for step := 2; step <= Steps; step++ {
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
	for step := 2; step <= Steps; step++ {
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
	for step := 2; step <= Steps; step++ {
		if x := c.norm(step); !math.IsNaN(x) && math.Abs(x-first) > 1e-3*first {
			return true
		}
	}
	return false
}

// alphaActs reports whether alpha changes anything, where that can be told.
func (s *session) alphaActs() (acts, told bool) {
	norm, change := s.byAlpha()
	switch {
	case !math.IsNaN(norm):
		return math.Abs(norm) > near, true
	case !math.IsNaN(change):
		return math.Abs(change) > near, true
	default:
		return false, false
	}
}

// scaling asks by which of the rules alpha acts; see the package comment.
func (s *session) scaling() Finding {
	f := Finding{Check: "scaling", Claim: "alpha acts by alpha/r, alpha/sqrt(r) or alpha alone, as the grid has it"}
	norm, change := s.byAlpha()
	shows := s.showAlpha(norm, change)
	_, equal, _ := s.startsOfAlphas()
	if acts, told := s.alphaActs(); told && !acts && equal && agree(change, 0) {
		return f.answer(No, shows, "alpha is ignored: all values of alpha are one run, and lr alone decides. See that {alpha} gets to the LoRA layers")
	}
	if why := s.noFactor(norm, change); why != "" {
		return f.untold(shows, "%s", why)
	}
	proportional, kind := stepsBy(change)
	if s.curves[otherRank] == nil {
		return f.untold(shows, "alpha acts as a factor, and steps are %s; by which rule takes runs with another r: %s", kind, s.lacks(otherRank, "r"))
	}
	norms, changes := s.byRank()
	shows += "; " + showRank(norms, changes)
	spread, measured := s.spreadPower()
	if measured && math.Abs(spread) > near {
		shows += fmt.Sprintf(", of which the start of A has r^%s", decimals(spread))
	}
	found, ok := ruleOf(norms, changes, proportional, spread)
	if !ok {
		return f.untold(shows, "alpha acts as a factor, and steps are %s, but %s", kind, s.whyNoRule(norms, changes))
	}
	means := s.meaning(found) + ". Steps are " + kind
	if !measured {
		means += ". This takes the spread of A at the start to be the same for every r, as PEFT's default is; with a spread of 1/r (PEFT's \"gaussian\") " +
			"the same figures would mean alpha where they say alpha/r: leave the adapter in {dir} to have it measured"
	}
	if p := s.base.Params; p.States("scaling") && found != p.Scaling {
		return f.answer(No, shows, fmt.Sprintf("the grid says scaling = %q, and the program scales by %s: %s", p.Scaling, found, means))
	}
	return f.answer(Yes, shows, means)
}

// noFactor says why the powers of alpha do not show that it is a factor on B A x, "" where
// they do.
func (s *session) noFactor(norm, change float64) string {
	_, equal, _ := s.startsOfAlphas()
	acts, told := s.alphaActs()
	switch {
	case !told:
		return s.whyStill()
	case !equal:
		return "runs with different alpha start at different models, so that their gradients and changes do not compare; mend the start first"
	case !acts:
		return "the gradient does not follow alpha but the loss does: is the norm logged of gradients that were scaled?"
	case !agree(norm, 1) && math.Abs(power(s.curves[again].norm(1), s.curves[trained].norm(1), alphaFactor)) > near/10:
		return "two runs with the same settings have other gradients at step 1, so that those of other settings do not compare: see repeat"
	case !agree(norm, 1):
		return "alpha acts, but not as a factor on B A x: other weights train along, or the start depends on it"
	case math.IsNaN(norm) && !agree(change, 1) && !agree(change, 2):
		return "alpha acts, but the change of the loss is that of no optimizer known here: Adam's has the power 1, and sgd's 2"
	default:
		return ""
	}
}

// agree reports whether a measured power may be p; one that is not known agrees with all.
func agree(measured, p float64) bool {
	return math.IsNaN(measured) || math.Abs(measured-p) < near
}

// stepsBy says whether steps of B are proportional to its gradient, by the power of alpha
// in the change of the loss.
func stepsBy(change float64) (proportional bool, kind string) {
	switch {
	case math.IsNaN(change):
		return false, "of a length that is not told"
	case agree(change, 1):
		return false, "as long whatever alpha is, as Adam's are"
	case agree(change, 2):
		return true, "as long as the gradient, as sgd's are"
	default:
		return false, "neither Adam's nor sgd's"
	}
}

// ruleOf is the rule that the powers of r fit: the norms of all seeds or, where there are
// none, all changes, which scatter more. Spread is the power of r in the spread of A.
func ruleOf(norms, changes []float64, proportional bool, spread float64) (name string, ok bool) {
	for _, r := range rules {
		powers, p := norms, r.power+spread+0.5
		if len(norms) == 0 {
			powers, p = changes, r.power+spread+1
			if proportional {
				p += r.power + spread
			}
		}
		if len(powers) > 0 && allNear(powers, p) {
			return r.name, true
		}
	}
	return "", false
}

func allNear(powers []float64, p float64) bool {
	return !slices.ContainsFunc(powers, func(x float64) bool { return !agree(x, p) })
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
			means += fmt.Sprintf("; set scaling = %q in [fixed] so that figures label it right, and env = { SCALING = \"{scaling}\" } in [command] if the program takes none", found)
		}
		return means
	}
	return "scaling alpha/r, as in the LoRA paper and by PEFT's default"
}

func (s *session) showAlpha(norm, change float64) string {
	var parts []string
	if !math.IsNaN(norm) {
		parts = append(parts, fmt.Sprintf("the gradient norm at step 1 goes as alpha^%s", decimals(norm)))
	}
	if !math.IsNaN(change) {
		parts = append(parts, fmt.Sprintf("the loss changes as alpha^%s (at step %d, by %s at lr = %s)", decimals(change), s.firstChange(),
			figures(s.change(trained, still, s.firstChange())), figures(s.base.Params.LR)))
	}
	return strings.Join(parts, ", ")
}

func showRank(norms, changes []float64) string {
	var parts []string
	for _, by := range []struct {
		what   string
		powers []float64
	}{{"the norm", norms}, {"the change", changes}} {
		var texts []string
		for _, p := range by.powers {
			texts = append(texts, "r^"+decimals(p))
		}
		if len(texts) > 0 {
			parts = append(parts, by.what+" as "+strings.Join(texts, " and "))
		}
	}
	if len(norms)+len(changes) > 2 {
		return strings.Join(parts, ", ") + " with two seeds"
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
			"or an lr that does not reach the optimizer", Steps, figures(s.base.Params.LR))
	}
}

func (s *session) whyNoRule(norms, changes []float64) string {
	if len(norms)+len(changes) == 0 {
		return "neither gradient norms nor changes of the loss can be compared: " + s.lacks(otherRank, "r")
	}
	return "the powers of r fit no rule, or not both seeds the same one: for alpha/r, alpha/sqrt(r) and alpha they would be -0.5, 0 and 0.5 in the norm, and " +
		"0, 0.5 and 1 in the change (with sgd -1, 0 and 1). A larger batch makes the change clearer"
}
