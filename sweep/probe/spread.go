package probe

import (
	"fmt"
	"math"

	"sweep/sweep"
)

// spread asks whether A is drawn as the grid says, or as kaiming_uniform where it says
// nothing. It looks at the adapter of a run in which nothing moved.
func (s *session) spread() Finding {
	expected := expectedDraw(s.base.Params)
	f := Finding{Check: "init", Claim: "A is drawn as " + expected.name}
	a := s.factors(still, false)
	if len(a) == 0 {
		return f.untold("", "%s", s.whyNoFactors())
	}
	d := drawOf(a)
	const rounding = 0.1
	switch fits := math.Abs(expected.share(d)-1) < rounding && d.uniform() == expected.uniform; {
	case fits:
		return f.answer(Yes, d.String(), "that is the start of which results hold here: best lr and alpha do not carry over to another")
	case s.base.Params.States("init"):
		return f.answer(No, d.String(), "A is drawn otherwise: best lr and alpha do not carry over from one start to another. Say in init and init_std what it is")
	default:
		return f.untold(d.String(), "A is drawn otherwise, and the grid does not say how; best lr and alpha do not carry over from one start to another. "+
			"Say in init and init_std what it is")
	}
}

// expectation is what the entries of A should be like.
type expectation struct {
	name    string
	share   func(draw) float64 // the standard deviation as a part of what it should be
	uniform bool
}

func expectedDraw(p sweep.Params) expectation {
	gaussian := p.States("init") && p.Init == "gaussian"
	switch {
	case p.States("init_std") && p.InitStd > 0:
		return expectation{"init_std = " + sweep.FormatValue(p.InitStd) + " has it", func(d draw) float64 { return d.std / p.InitStd }, !gaussian}
	case gaussian:
		return expectation{"PEFT's gaussian has it: normal with standard deviation 1/r", func(d draw) float64 { return d.perRank }, false}
	default:
		return expectation{"kaiming_uniform(a = sqrt 5) has it: uniform with standard deviation 1/sqrt(3 in)", func(d draw) float64 { return d.perWidth }, true}
	}
}

// draw is what the entries of the factors A of an adapter are like.
type draw struct {
	std      float64 // standard deviation, of all
	perWidth float64 // it, as a share of 1/sqrt(3 in): mean over the modules
	perRank  float64 // it, as a share of 1/r
	kurtosis float64 // 1.8 of a uniform distribution, 3 of a normal one
	entries  int
}

// uniform reports which of the two distributions the entries are nearer to.
func (d draw) uniform() bool { return d.kurtosis < (1.8+3)/2 }

func (d draw) String() string {
	kind := "normal"
	if d.uniform() {
		kind = "uniform"
	}
	return fmt.Sprintf("standard deviation %s = %s/sqrt(3 in) = %s/r, kurtosis %s (%s), over %d entries of A before training",
		figures(d.std), decimals(d.perWidth), decimals(d.perRank), decimals(d.kurtosis), kind, d.entries)
}

// drawOf measures factors A. Their kurtosis is that of entries as multiples of their
// module's standard deviation.
func drawOf(factors []Factor) (d draw) {
	squares, fourths := 0.0, 0.0
	for _, f := range factors {
		second, fourth := 0.0, 0.0
		for _, x := range f.Values {
			y := float64(x) * float64(x)
			second += y
			fourth += y * y
		}
		n := float64(len(f.Values))
		std := math.Sqrt(second / n)
		d.perWidth += std * math.Sqrt(3*float64(f.Width)) / float64(len(factors))
		d.perRank += std * float64(f.R) / float64(len(factors))
		squares += second
		fourths += fourth / (std * std * std * std)
		d.entries += len(f.Values)
	}
	d.std = math.Sqrt(squares / float64(d.entries))
	d.kurtosis = fourths / float64(d.entries)
	return d
}

// factors are the factors A of the adapter that a trial left, or its factors B.
func (s *session) factors(t trial, b bool) (of []Factor) {
	c := s.curves[t]
	if s.Factors == nil || c == nil || c.err != nil {
		return nil
	}
	all, err := s.Factors(c.run, c.outcome)
	if err != nil {
		return nil
	}
	for _, f := range all {
		if f.B == b && len(f.Values) > 0 {
			of = append(of, f)
		}
	}
	return of
}

func (s *session) whyNoFactors() string {
	c := s.curves[still]
	if s.Factors != nil && c != nil && c.err == nil {
		if _, err := s.Factors(c.run, c.outcome); err != nil {
			return fmt.Sprintf("the adapter cannot be read: %v", err)
		}
	}
	return "no adapter_model.safetensors is left in the run's folder; save the adapter to {dir} at the end, as save_pretrained does"
}

// spreadPower is the power of r in the spread of A; 0 where it is not measured.
func (s *session) spreadPower() (p float64, measured bool) {
	a, b := s.factors(still, false), s.factors(rankStill, false)
	if len(a) == 0 || len(b) == 0 {
		return 0, false
	}
	p = power(drawOf(b).std, drawOf(a).std, float64(b[0].R)/float64(a[0].R))
	return p, !math.IsNaN(p)
}

// zeroB reports whether B was zero at the start, where an adapter tells. What it moved
// by at an lr at which nothing moves is far below what A is.
func (s *session) zeroB() (zero, known bool) {
	a, b := s.factors(still, false), s.factors(still, true)
	if len(a) == 0 || len(b) == 0 {
		return false, false
	}
	return drawOf(b).std < 1e-4*drawOf(a).std, true
}
