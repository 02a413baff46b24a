package sweep

import "math"

// Orbit places a run among those that Params.Rescale makes of it by powers of
// two. These round nothing, so the runs of an orbit have equal losses, to the
// bit, at every step.
type Orbit struct {
	ID   string // hex; runs are in one orbit if theirs are equal
	A, B int    // log2 of what the factors A and B are multiplied by, from the orbit's canonical form to the run
}

// reach bounds |A| and |B| of an orbit. In canonical form the scale s and the
// standard deviation of what is drawn are in [1, 2). Adam's second moment
// (1-beta2) g^2 of a gradient g of that form is 4^-A of itself in the run: at
// A = 16 and beta2 = 0.999 a g of 2^-40 keeps one above 2^-126, a normal float32.
const reach = 16

// Orbit returns the run's orbit. A run of method "full", one that starts from
// an adapter on disk, and one with a setting so extreme that float32 could
// round, are alone in theirs.
func (r Run) Orbit() Orbit { return Orbits()(r) }

// Orbits returns Run.Orbit for many runs, one after the other. It is not for use
// by several goroutines.
func Orbits() func(Run) Orbit { return NewEncoder(Parameters()).Orbit }

// Orbit is Run.Orbit.
func (e Encoder) Orbit(r Run) Orbit {
	a, b := r.Params.powers()
	extreme := max(a, -a, b, -b) > reach || !r.Params.representable()
	if r.Params.Method != "lora" || r.Params.Adapter != "" || extreme {
		return Orbit{ID: r.Key}
	}
	return Orbit{e.key(r.Params.canonical(a, b), r.Inputs), a, b}
}

// powers returns the A and B of the orbit. A factor that is drawn with a
// standard deviation that is known is brought to one in [1, 2); one that starts
// at zero is free to bring s there, unless clipping ties it to the other.
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

// representable reports whether what Rescale changes is a normal float32, far
// enough from the ends of their range to be rescaled within reach.
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

// canonical returns the settings of the orbit's canonical form, a and b being
// the powers that lead from it to p.
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
