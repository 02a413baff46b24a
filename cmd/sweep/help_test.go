package main

import (
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
)

func TestTheGridThatExplainsGridsIsOne(t *testing.T) {
	spec, err := grid.DecodeSpec(strings.NewReader(gridExample), "grid.toml")
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]sweep.Params{}
	for name, p := range spec.Cells() {
		cells[name] = p
	}
	kept := 18 - 2 // for each arm without an axis of its own, but for the excluded
	if want := kept + kept + 2*kept - 6 + 2*kept; len(cells) != want {
		t.Errorf("%d cells, want %d", len(cells), want)
	}
	p, ok := cells["twice-r/r16-lr3.16e-3-s1-dropout0.1"]
	if !ok || p.Alpha != 32 || p.LRA != 3.16e-3 || p.LRB != 16*3.16e-3 || p.Steps != 100 {
		t.Errorf("of %d cells, one is %+v", len(cells), p)
	}
	if p := cells["sgd/r8-lr1e-3-s0-dropout0-momentum0.9"]; p.Momentum != 0.9 || p.Alpha != 16 {
		t.Errorf("momentum is %v, alpha %v", p.Momentum, p.Alpha)
	}
	if p := cells["root-r/r4-lr1e-3-s0-dropout0-a8"]; p.Scale() != 4 {
		t.Errorf("alpha/sqrt(r) is %v, want 4", p.Scale())
	}
}

func TestTheManualSaysWhenARunHasDiverged(t *testing.T) {
	for name, text := range map[string]string{"help": overview, "help columns": explainColumns()} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), sweep.WhenDiverged) {
			t.Errorf("%s does not say that a run diverged if %s", name, sweep.WhenDiverged)
		}
	}
}
