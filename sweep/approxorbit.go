package sweep

import (
	"math"
	"strconv"
)

// ApproxOrbit returns an ID that r shares with the runs that Params.Rescale makes
// of it with any factors, not only with powers of two, and whether or not eps,
// weight decay and clipping are scaled, too. With std the standard deviation of A at
// the start, such runs have the same s*std*lr_b and lr_a/std under Adam, and the
// same s^2*std^2*lr_b and lr_a/std^2 under SGD. Their losses are much alike; equal to
// the bit they are only within one Orbit: see Apart. The ID is "" for a run that has
// no others, as Orbit says.
func (r Run) ApproxOrbit() string {
	p := r.Params
	if p.Method != "lora" || p.Adapter != "" || p.patterned() || !r.TrainedHere() {
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

// factors returns by how much A and B of p are larger than in the form in which
// the standard deviation of what is drawn and the scale are 1.
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

// nineDigits returns pi*x to nine digits, so that numbers which differ by rounding
// errors become equal. Without pi, numbers as people write them, and such numbers
// times the roots in alpha/sqrt(r), may lie half-way between two results.
func nineDigits(x float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(math.Pi*x, 'g', 9, 64), 64) // it is a number
	return rounded
}

// Apart returns what keeps two runs of one ApproxOrbit from being equal to the bit.
// Where the factors A and B of one run are powers of two times those of the other,
// that is the settings which were not scaled with them: some of "eps", "weight_decay"
// and "clip". Where they are not powers of two, and all is scaled, it is "rounding".
// It is empty where the runs are equal, and where they differ for another reason.
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
		along bool // it was scaled as it should be
		left  bool // it was not scaled
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

// near reports whether two numbers are equal up to rounding errors.
func near(x, y float64) bool { return math.Abs(x-y) <= 1e-9*max(math.Abs(x), math.Abs(y)) }

func powerOfTwo(x float64) bool { return near(x, math.Exp2(math.Round(math.Log2(x)))) }
