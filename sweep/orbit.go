package sweep

import (
	"math"
	"slices"
)

// Orbit is the place of a run among those that Params.Rescale makes of it with
// powers of two. Multiplying by these rounds nothing, so the runs of an orbit have
// equal losses, to the bit, at every step.
type Orbit struct {
	ID   string // hex, the same for all runs of an orbit
	A, B int    // log2 of how much larger the factors A and B are in the run than in the orbit's canonical form
}

// reach bounds |A| and |B| of an orbit, so that no second moment of Adam becomes
// too small for a normal float32, which is at least 2^-126. In canonical form the
// scale s and the standard deviation of what is drawn are in [1, 2). The second
// moment (1-beta2) g^2 of a gradient g there is 4^A times that in the run. At A = 16
// and beta2 = 0.999, the moment of g = 2^-40 is still above 2^-126 in the run.
const reach = 16

// Orbit returns the run's orbit. There is no other run in the orbit of one of method
// "full", of one that starts from an adapter on disk, of one with modules of their own rank
// or alpha, of one with a setting so extreme that float32 could round, of one trained
// elsewhere, in unknown arithmetic, and of one that a command trains which does not ask for
// copies, or has words of its own. What such a command's grid does not state counts as
// having its default.
func (r Run) Orbit() Orbit { return Orbits()(r) }

// Orbits returns a function that computes Run.Orbit, and is faster for many runs. It
// is not for use by several goroutines.
func Orbits() func(Run) Orbit { return NewEncoder(Parameters()).Orbit }

// Orbit is Run.Orbit.
func (e Encoder) Orbit(r Run) Orbit {
	a, b := r.Params.powers()
	extreme := max(a, -a, b, -b) > reach || !r.Params.representable()
	if r.Params.Method != "lora" || r.Params.Adapter != "" || r.Params.patterned() || extreme || r.Inputs.Imported != "" || !e.copied(&r.Params) {
		return Orbit{ID: r.Key}
	}
	return Orbit{e.key(e.allStated(r.Params.canonical(a, b)), r.Inputs), a, b}
}

// powers returns the A and B of the orbit. In canonical form a factor that is drawn
// with a known standard deviation has one in [1, 2). A factor that starts at zero
// is then scaled to bring s there, unless clipping ties it to the other factor.
func (p Params) powers() (a, b int) {
	if std, known := p.drawn(); known {
		a = exponent(std)
	}
	b = a
	if p.Clip == 0 && p.Init != "both" {
		b = -exponent(p.Scale()) - a
	}
	if p.Init == "swapped" {
		a, b = b, a
	}
	return a, b
}

// representable reports whether all that Rescale changes are normal float32 numbers,
// and stay so when they are rescaled within reach.
func (p Params) representable() bool {
	for _, x := range []float64{
		p.Scale(), p.InitStd, p.LRA, p.LRB, p.EpsA, p.EpsB, p.WeightDecayA, p.WeightDecayB, p.Clip,
	} {
		if x != 0 && (x < 0x1p-60 || x > 0x1p60) {
			return false
		}
	}
	return true
}

// copied reports whether runs may be recorded as copies: where a command trains them, if it
// says so and no word of theirs is the command's own, of which nobody knows what it does.
func (e Encoder) copied(p *Params) bool {
	if p.Command == nil {
		return true
	}
	foreign := func(q Parameter) bool {
		return q.Kind == KindChoice && !slices.Contains(q.Choices, q.value(p).(string))
	}
	return p.Command.Copies && !slices.ContainsFunc(e.all, foreign)
}

// allStated returns the settings with all that Rescale may have changed stated: runs that
// differ in any of it are not of one orbit.
func (e Encoder) allStated(p Params) Params {
	if p.Command == nil {
		return p
	}
	c := *p.Command
	c.Stated = p.Custom.Names()
	for i := range e.all {
		c.Stated = append(c.Stated, e.all[i].Name)
	}
	p.Command = &c
	return p
}

// patterned reports whether some modules have a rank or an alpha of their own.
func (p Params) patterned() bool { return len(p.RankPattern)+len(p.AlphaPattern) > 0 }

// canonical returns the settings of the orbit's canonical form, given the powers a
// and b of p.
func (p Params) canonical(a, b int) Params {
	c := p.Rescale(math.Ldexp(1, -a), math.Ldexp(1, -b))
	c.Scaling, c.Alpha = "alpha", c.Scale()
	return c
}

// exponent returns e with x in [2^e, 2^(e+1)), x being positive.
func exponent(x float64) int {
	_, e := math.Frexp(x)
	return e - 1
}
