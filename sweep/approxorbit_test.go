package sweep_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
)

func TestRescalingByAnyFactorKeepsTheApproxOrbit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawParams(t)
		p.InitStd, p.Init = 0.05, "kaiming"
		rounding := rapid.SampledFrom([]float64{3, 0.7, 5, 1.1, 1.0 / 9})
		a := rounding.Draw(t, "a")
		b := a
		if p.Clip == 0 {
			b = rounding.Draw(t, "b")
		}
		q := p.Rescale(a, b)
		if keyed(p).ApproxOrbit() != keyed(q).ApproxOrbit() {
			t.Fatalf("rescaled by %g and %g it left the loose orbit", a, b)
		}
		if apart := sweep.Apart(keyed(p), keyed(q)); !slices.Equal(apart, []string{"rounding"}) {
			t.Fatalf("%v, want rounding", apart)
		}
		q.LRA *= 1.01
		if keyed(p).ApproxOrbit() == keyed(q).ApproxOrbit() {
			t.Fatal("another lr_a is in the loose orbit")
		}
	})
}

// Here lr_b*s*std is the root of 2 times a number half-way between two numbers of nine
// digits.
func TestARootInTheScaleKeepsTheApproxOrbit(t *testing.T) {
	p := sweep.Defaults()
	p.InitStd, p.Scaling, p.R, p.Alpha, p.LRA, p.LRB = 0.05, "alpha/sqrt(r)", 2, 2.00390625, 1, 1
	if q := p.Rescale(3, 3); keyed(p).ApproxOrbit() != keyed(q).ApproxOrbit() {
		t.Error("rescaled by 3 it left the loose orbit")
	}
}

func TestApartNamesTheSettingsThatWereNotScaled(t *testing.T) {
	p := sweep.Defaults()
	p.InitStd, p.Clip = 0.05, 1
	p.WeightDecayA, p.WeightDecayB = 0.01, 0.01
	for name, c := range map[string]struct {
		a, b   float64
		change func(*sweep.Params)
		want   []string
	}{
		"nothing":          {2, 2, func(*sweep.Params) {}, nil},
		"eps":              {2, 2, func(q *sweep.Params) { q.EpsA, q.EpsB = p.EpsA, p.EpsB }, []string{"eps"}},
		"decay":            {0.5, 0.5, func(q *sweep.Params) { q.WeightDecayA, q.WeightDecayB = 0.01, 0.01 }, []string{"weight_decay"}},
		"clip":             {4, 4, func(q *sweep.Params) { q.Clip = 1 }, []string{"clip"}},
		"two of them":      {2, 2, func(q *sweep.Params) { q.Clip, q.EpsA, q.EpsB = 1, p.EpsA, p.EpsB }, []string{"eps", "clip"}},
		"clip of B":        {1, 4, func(*sweep.Params) {}, []string{"clip"}},
		"a factor of 3":    {3, 3, func(*sweep.Params) {}, []string{"rounding"}},
		"another eps":      {2, 2, func(q *sweep.Params) { q.EpsA = 1 }, nil},
		"3, and eps alone": {3, 3, func(q *sweep.Params) { q.EpsA, q.EpsB = p.EpsA, p.EpsB }, nil},
		"eps alone":        {1, 1, func(q *sweep.Params) { q.EpsA *= 2 }, nil},
	} {
		q := p.Rescale(c.a, c.b)
		c.change(&q)
		if keyed(p).ApproxOrbit() != keyed(q).ApproxOrbit() {
			t.Errorf("%s: not in one loose orbit", name)
		}
		if got := sweep.Apart(keyed(p), keyed(q)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := sweep.Apart(keyed(q), keyed(p)); !slices.Equal(got, c.want) {
			t.Errorf("%s, in the other order: %v, want %v", name, got, c.want)
		}
	}
}

func TestFullFineTuningHasNoApproxOrbit(t *testing.T) {
	p := sweep.Defaults()
	p.Method = "full"
	if id := keyed(p).ApproxOrbit(); id != "" {
		t.Errorf("got %q", id)
	}
}
