package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/runner"
)

func certify(t *testing.T, train trainFunc, change func(*sweep.Params)) ([]runner.Certified, error) {
	t.Helper()
	p := sweep.Defaults()
	p.Steps = 3
	change(&p)
	return runner.Certify(t.Context(), train, p, 2, nil)
}

func TestCertificatesAreRunsOfOneOrbitAndControlsAreNot(t *testing.T) {
	certified, err := certify(t, symmetric, func(*sweep.Params) {})
	if err != nil {
		t.Fatal(err)
	}
	controls := 0
	for _, c := range certified {
		if c.Control {
			controls++
			if apart := sweep.Apart(identified(c.Pair[0]), identified(c.Pair[1])); len(apart) != 1 {
				t.Errorf("%s: kept apart by %v, want one thing", c.Name, apart)
			}
		}
		if !c.Holds() {
			t.Errorf("%s under %s: %v", c.Name, c.Pair[0].Optimizer, c.Losses)
		}
	}
	if controls != 4 || len(certified) != 11 {
		t.Errorf("%d controls among %d", controls, len(certified))
	}
}

func TestACertificateThatDoesNotHoldIsReported(t *testing.T) {
	all := func(loss func(sweep.Run) float64) trainFunc {
		return func(_ context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
			return sweep.Outcome{State: sweep.StateDone}, journal.Observe(sweep.Point{Step: 1, Loss: loss(run), GradNorm: 1})
		}
	}
	for name, c := range map[string]struct {
		train    trainFunc
		controls bool // whether the controls hold, and nothing else
	}{
		"all differ": {all(func(r sweep.Run) float64 {
			return r.Params.Alpha + r.Params.EpsA + r.Params.WeightDecayA + r.Params.Clip
		}), true},
		"all are equal": {all(func(sweep.Run) float64 { return 1 }), false},
	} {
		certified, err := certify(t, c.train, func(*sweep.Params) {})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range certified {
			if v.Holds() != (v.Control == c.controls) {
				t.Errorf("%s: %s holds: %t", name, v.Name, v.Holds())
			}
		}
	}
}

func TestCertifyRefusesWhatHasNoSymmetry(t *testing.T) {
	failing := trainFunc(func(context.Context, sweep.Run, sweep.Journal) (sweep.Outcome, error) {
		return sweep.Outcome{}, errors.New("cosmic ray")
	})
	for want, c := range map[string]struct {
		train  trainFunc
		change func(*sweep.Params)
	}{
		`method = "lora"`: {symmetric, func(p *sweep.Params) { p.Method = "full" }},
		"no adapter":      {symmetric, func(p *sweep.Params) { p.Adapter = "folder" }},
		"cosmic ray":      {failing, func(*sweep.Params) {}},
		"lower lr": {trainFunc(func(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
			return sweep.Outcome{State: sweep.StateDiverged}, journal.Observe(sweep.Point{Step: 1, Loss: 99, GradNorm: 1})
		}), func(*sweep.Params) {}},
	} {
		if _, err := certify(t, c.train, c.change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestASampleIsReproducible(t *testing.T) {
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	first := runner.Sample("menus", keys, 3)
	again := runner.Sample("menus", []string{"h", "g", "f", "e", "d", "c", "b", "a"}, 3)
	if strings.Join(first, "") != strings.Join(again, "") || len(first) != 3 {
		t.Errorf("%v and %v", first, again)
	}
	if all := runner.Sample("menus", keys, 99); len(all) != len(keys) {
		t.Errorf("%v", all)
	}
}

func identified(p sweep.Params) sweep.Run {
	in := sweep.Inputs{Model: "m", Data: "d", Numerics: 1}
	return sweep.Run{Key: p.Key(in), Params: p, Inputs: in}
}
