package sweep

import (
	"math"
	"strconv"
)

// ApproxOrbit identifies the runs that Params.Rescale makes of r by any factors,
// not only by powers of two, and whether or not eps, weight decay and clipping
// go along. Under Adam, with all else equal, they agree in s*std*lr_b and lr_a/std,
// std being that of A at the start; under SGD in s^2*std^2*lr_b and lr_a/std^2. Their
// losses are much alike, and equal to the bit only in one orbit: see Apart. It
// is "" for a run that is alone, as Orbit says.
func (r Run) ApproxOrbit() string {
	p := r.Params
	if p.Method != "lora" || p.Adapter != "" {
		return ""
	}
	a, b := p.factors()
	c := p.Rescale(1/a, 1/b)
	c.Scaling, c.Alpha = "alpha", c.Scale()
	c.EpsA, c.EpsB, c.Clip = 0, 0, 0
	for _, decay := range []*float64{&c.WeightDecayA, &c.WeightDecayB} {
		if *decay > 0 { // without any, adam and adamw are one
			*decay = 1
		}
	}
	for _, x := range []*float64{&c.Alpha, &c.InitStd, &c.LRA, &c.LRB} {
		*x = nineDigits(*x)
	}
	return c.Key(r.Inputs)
}

// factors are what A and B of p are multiplied by, from a form in which the
// standard deviation of what is drawn and the scale are 1.
func (p Params) factors() (a, b float64) {
	a = 1
	if std, known := p.drawn(); known {
		a = std
	}
	b = 1 / (p.Scale() * a)
	switch p.Init {
	case "both":
		b = a
	case "swapped":
		a, b = b, a
	}
	return a, b
}

// nineDigits rounds away what different ways to compute a number leave. It
// returns a multiple of x by an irrational number, since numbers as people write
// them may lie half-way between two roundings, and their multiples by the roots
// that alpha/sqrt(r) brings in.
func nineDigits(x float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(math.Pi*x, 'g', 9, 64), 64) // it is a number
	return rounded
}

// Apart names what keeps two runs of one loose orbit from being equal to the
// bit: the settings that are the same in both although the one run's factors A
// and B are powers of two times the other's ("eps", "weight_decay", "clip"), or
// "rounding" where they are by another factor and all else goes along. It is
// empty where the runs are equal, and where they differ for another reason.
func Apart(first, second Run) []string {
	p, q := first.Params, second.Params
	pa, pb := p.factors()
	qa, qb := q.factors()
	a, b := qa/pa, qb/pb
	want := p.Rescale(a, b)
	clipped := near(want.Clip, q.Clip) && (q.Clip == 0 || near(a, b))
	var alone []string
	for _, s := range []struct {
		name  string
		along bool // it was scaled as it should
		left  bool // it was left as it is
	}{
		{"eps", p.Optimizer == "sgd" || near(want.EpsA, q.EpsA) && near(want.EpsB, q.EpsB), p.EpsA == q.EpsA && p.EpsB == q.EpsB},
		{"weight_decay", near(want.WeightDecayA, q.WeightDecayA) && near(want.WeightDecayB, q.WeightDecayB), p.WeightDecayA == q.WeightDecayA && p.WeightDecayB == q.WeightDecayB},
		{"clip", clipped, p.Clip == q.Clip},
	} {
		switch {
		case s.along:
		case s.left:
			alone = append(alone, s.name)
		default:
			return nil
		}
	}
	whole := powerOfTwo(a) && powerOfTwo(b)
	switch {
	case whole && !(near(a, 1) && near(b, 1)):
		return alone
	case !whole && alone == nil:
		return []string{"rounding"}
	default:
		return nil
	}
}

// near reports whether two numbers are equal but for rounding.
func near(x, y float64) bool { return math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y)) }

func powerOfTwo(x float64) bool { return near(x, math.Exp2(math.Round(math.Log2(x)))) }
