package sweep_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
)

func keyed(p sweep.Params) sweep.Run {
	in := sweep.Inputs{Model: "m", Data: "d", Numerics: 1}
	return sweep.Run{Key: p.Key(in), Params: p, Inputs: in}
}

// drawParams draws settings such as grids have, with any mantissas.
func drawParams(t *rapid.T) sweep.Params {
	number := func(name string, low, high float64) float64 { return rapid.Float64Range(low, high).Draw(t, name) }
	maybe := func(name string, low, high float64) float64 {
		if rapid.Bool().Draw(t, "has "+name) {
			return number(name, low, high)
		}
		return 0
	}
	p := sweep.Defaults()
	p.Init = rapid.SampledFrom([]string{"kaiming", "gaussian", "swapped", "both"}).Draw(t, "init")
	p.Optimizer = rapid.SampledFrom([]string{"adamw", "adam", "sgd"}).Draw(t, "optimizer")
	p.Scaling = rapid.SampledFrom([]string{"alpha/r", "alpha/sqrt(r)", "alpha"}).Draw(t, "scaling")
	p.R = rapid.IntRange(1, 64).Draw(t, "r")
	p.Alpha = number("alpha", 1, 100)
	p.InitStd = maybe("init_std", 0.1, 1)
	p.LRA, p.LRB = number("lr_a", 1e-5, 1), number("lr_b", 1e-5, 1)
	p.EpsA, p.EpsB = maybe("eps_a", 1e-10, 1e-3), maybe("eps_b", 1e-10, 1e-3)
	p.WeightDecayA, p.WeightDecayB = maybe("weight_decay_a", 1e-3, 1), maybe("weight_decay_b", 1e-3, 1)
	p.Clip = maybe("clip", 0.1, 10)
	return p
}

// drawPowers draws log2 of what A and B of p may be multiplied by.
func drawPowers(t *rapid.T, p sweep.Params) (a, b int) {
	const far = 4 // keeps settings, which are up to 2^12 from their canonical form, within reach
	a, b = rapid.IntRange(-far, far).Draw(t, "a"), rapid.IntRange(-far, far).Draw(t, "b")
	fixed := p.InitStd == 0 && (p.Init == "kaiming" || p.Init == "both")
	switch {
	case fixed && (p.Clip > 0 || p.Init == "both"):
		return 0, 0
	case fixed:
		return 0, b
	case p.Clip > 0 || p.Init == "both":
		return a, a
	}
	return a, b
}

func TestRescalingByPowersOfTwoKeepsTheOrbit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawParams(t)
		a, b := drawPowers(t, p)
		q := p.Rescale(math.Ldexp(1, a), math.Ldexp(1, b))
		from, to := keyed(p).Orbit(), keyed(q).Orbit()
		if from.ID != to.ID || to.A-from.A != a || to.B-from.B != b {
			t.Fatalf("%+v -> %+v, rescaled by 2^%d and 2^%d", from, to, a, b)
		}
	})
}

func TestARunWithASettingThatIsNotRescaledIsInAnotherOrbit(t *testing.T) {
	scaled := map[string]func(*sweep.Params) *float64{
		"alpha":          func(p *sweep.Params) *float64 { return &p.Alpha },
		"init_std":       func(p *sweep.Params) *float64 { return &p.InitStd },
		"lr_a":           func(p *sweep.Params) *float64 { return &p.LRA },
		"lr_b":           func(p *sweep.Params) *float64 { return &p.LRB },
		"eps_a":          func(p *sweep.Params) *float64 { return &p.EpsA },
		"eps_b":          func(p *sweep.Params) *float64 { return &p.EpsB },
		"weight_decay_a": func(p *sweep.Params) *float64 { return &p.WeightDecayA },
		"weight_decay_b": func(p *sweep.Params) *float64 { return &p.WeightDecayB },
		"clip":           func(p *sweep.Params) *float64 { return &p.Clip },
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawParams(t)
		name := rapid.SampledFrom([]string{
			"alpha", "init_std", "lr_a", "lr_b", "eps_a", "eps_b", "weight_decay_a", "weight_decay_b", "clip",
		}).Draw(t, "changed")
		q := p
		x := scaled[name](&q)
		unused := p.Optimizer == "sgd" && (name == "eps_a" || name == "eps_b")
		if *x == 0 || unused {
			t.Skip("without effect")
		}
		*x *= rapid.SampledFrom([]float64{2, 0.5, 3, math.Nextafter(1, 2)}).Draw(t, "by")
		if name == "alpha" && p.Scale() == q.Scale() {
			t.Skip("rounded away")
		}
		if keyed(p).Orbit().ID == keyed(q).Orbit().ID {
			t.Fatalf("%s alone was changed, and the orbit stayed", name)
		}
	})
}

func TestRunsOfEqualScaleAreInOneOrbit(t *testing.T) {
	p := sweep.Defaults()
	p.R, p.Alpha = 16, 32
	q, u := p, p
	q.Scaling, q.Alpha = "alpha/sqrt(r)", 8
	u.Scaling, u.Alpha = "alpha", 2
	if id := keyed(p).Orbit().ID; keyed(q).Orbit().ID != id || keyed(u).Orbit().ID != id {
		t.Error("s = 2 by three scalings is not one orbit")
	}
}

func TestSettingsThatTheOptimizerIgnoresKeepTheOrbit(t *testing.T) {
	adam, sgd := sweep.Defaults(), sweep.Defaults()
	sgd.Optimizer = "sgd"
	for name, change := range map[string]struct {
		of     sweep.Params
		change func(*sweep.Params)
	}{
		"momentum under adamw":      {adam, func(p *sweep.Params) { p.Momentum = 0.9 }},
		"betas under sgd":           {sgd, func(p *sweep.Params) { p.Beta1, p.Beta2 = 0.8, 0.99 }},
		"eps under sgd":             {sgd, func(p *sweep.Params) { p.EpsA, p.EpsB = 1, 2 }},
		"lr where A and B have own": {adam, func(p *sweep.Params) { p.LR = 7 }},
	} {
		other := change.of
		change.change(&other)
		if keyed(change.of).Orbit().ID != keyed(other).Orbit().ID {
			t.Errorf("%s made another orbit", name)
		}
	}
}

func TestRunsWithoutTheSymmetryAreAloneInTheirOrbit(t *testing.T) {
	for name, change := range map[string]func(*sweep.Params){
		"full":            func(p *sweep.Params) { p.Method = "full" },
		"from an adapter": func(p *sweep.Params) { p.Adapter = "folder" },
		"large alpha":     func(p *sweep.Params) { p.Alpha = 0x1p50 },
		"small init_std":  func(p *sweep.Params) { p.InitStd = 0x1p-40 },
		"large lr":        func(p *sweep.Params) { p.LRA = 1e38 },
		"small eps":       func(p *sweep.Params) { p.EpsB = 1e-30 },
	} {
		p := sweep.Defaults()
		change(&p)
		q := p.Rescale(4, 4)
		if o := keyed(p).Orbit(); o != (sweep.Orbit{ID: keyed(p).Key}) {
			t.Errorf("%s: %+v, want an orbit of its own", name, o)
		}
		if keyed(p).Orbit().ID == keyed(q).Orbit().ID {
			t.Errorf("%s is merged with what Rescale makes of it", name)
		}
	}
}

func TestRunsOnDifferentRowsAreInDifferentOrbits(t *testing.T) {
	a, b := keyed(sweep.Defaults()), keyed(sweep.Defaults())
	b.Inputs.Data = "other rows"
	if a.Orbit().ID == b.Orbit().ID {
		t.Error("runs on different rows are one orbit")
	}
}
