package main

import (
	"testing"

	"sweep/store/postgres/fleet"
	"sweep/sweep"
)

func TestAWorkerKeepsToItsMemoryAndForgetsModelsThatNoRunTrains(t *testing.T) {
	m := newWorkerModels(100, recomputeFlag{}, newFineTuner)
	run := func(model string) sweep.Run { return sweep.Run{Inputs: sweep.Inputs{Model: model}} }
	needs := fleet.Needs{Memory: 30, Shared: 20}
	endA, ok := m.begin(run("a"), needs)
	if !ok {
		t.Fatal("the first run does not fit into 100 bytes")
	}
	a := m.trainer(run("a"), needs)
	endB, ok := m.begin(run("b"), needs)
	if !ok {
		t.Fatal("a second run, of another model, does not fit: 100 of 100 bytes")
	}
	if _, ok := m.begin(run("a"), needs); ok {
		t.Error("a third run fits: 130 of 100 bytes")
	}
	if m.trainer(run("a"), needs) != a {
		t.Error("a model in training is forgotten")
	}
	endA()
	if _, ok := m.begin(run("b"), needs); !ok {
		t.Error("a run of the same model does not fit: 80 of 100 bytes")
	}
	endB()
	m.trainer(run("c"), needs)
	if m.trainer(run("a"), needs) == a {
		t.Error("a model that no run trains is kept beside another")
	}
	large := newWorkerModels(10, recomputeFlag{}, newFineTuner)
	if _, ok := large.begin(run("a"), needs); !ok {
		t.Error("a run that is alone waits for memory, which nobody will give back")
	}
}
