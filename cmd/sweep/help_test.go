package main

import (
	"strings"
	"testing"

	"sweep/sweep"
)

func TestTheGridThatExplainsGridsIsOne(t *testing.T) {
	spec, err := sweep.DecodeSpec(strings.NewReader(gridExample), "grid.toml")
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]sweep.Params{}
	for name, p := range spec.Cells() {
		cells[name] = p
	}
	if want := 18 + 18 + 36; len(cells) != want {
		t.Errorf("%d cells, want %d", len(cells), want)
	}
	p, ok := cells["twice-r/r16-lr3.16e-3-s1-dropout0.1"]
	if !ok || p.Alpha != 32 || p.LRA != 3.16e-3 || p.LRB != 16*3.16e-3 || p.Steps != 100 {
		t.Errorf("of %d cells, one is %+v", len(cells), p)
	}
	if p := cells["root-r/r4-lr1e-3-s0-dropout0-a8"]; p.Scale() != 4 {
		t.Errorf("alpha/sqrt(r) is %v, want 4", p.Scale())
	}
}
