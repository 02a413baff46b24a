package analysis_test

import (
	"testing"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// spreads are those of each coordinate.
func spreads(t *testing.T, best func(p sweep.Params) float64) map[string]analysis.Collapse {
	t.Helper()
	g := usual()
	g.lrs = nil
	for lr := 1.0 / (1 << 14); lr < 1; lr *= 2 {
		g.lrs = append(g.lrs, lr)
	}
	g.loss = func(p sweep.Params) float64 {
		p.Scaling = "alpha"
		return valley(best(p), p.LR)
	}
	results := alter(g.results(), func(sweep.Params) bool { return true }, func(r *sweep.Result) { r.Params.Scaling = "alpha" })
	c, err := analysis.Compare(results, "alpha")
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Collapses(results)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]analysis.Collapse{}
	for _, c := range all {
		by[c.Coordinate] = c
	}
	return by
}

func TestCurvesCollapseInTheirOwnCoordinateAlone(t *testing.T) {
	for _, tt := range []struct {
		own  string
		best func(p sweep.Params) float64
	}{
		{"lr", func(sweep.Params) float64 { return 0.01 }},
		{"s × std_A × lr", func(p sweep.Params) float64 { return 0.1 / p.Alpha }},
		{"sqrt(s) × lr", func(p sweep.Params) float64 { return bestLR(p.Alpha) }},
	} {
		t.Run(tt.own, func(t *testing.T) {
			for name, c := range spreads(t, tt.best) {
				if c.Overlap == 0 {
					t.Errorf("%s: no two curves overlap", name)
				}
				if onOne := c.Spread.Value < 1e-9; onOne != (name == tt.own) {
					t.Errorf("against %s the spread is %v", name, c.Spread)
				}
			}
		})
	}
}

func TestTheStartCountsInTheCoordinate(t *testing.T) {
	var own analysis.Coordinate
	for _, c := range analysis.Coordinates() {
		if c.Name == "s × std_A × lr" {
			own = c
		}
	}
	p := sweep.Params{R: 8, Alpha: 16, Scaling: "alpha/r", LR: 1e-3, InitStd: 0.5}
	near(t, "coordinate", own.Of(p), 2*0.5*1e-3, 1e-12)
	p.InitStd, p.Init = 0, "gaussian"
	near(t, "coordinate of a gaussian start", own.Of(p), 2*1e-3/8, 1e-12)
}

func TestCollapseNeedsRates(t *testing.T) {
	g := usual()
	g.lrs = []float64{1e-3}
	c, err := analysis.Compare(g.results(), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Collapses(g.results()); err == nil {
		t.Error("curves of one lr collapsed")
	}
}
