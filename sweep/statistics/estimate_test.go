package statistics_test

import (
	"testing"

	"sweep/sweep/statistics"
)

func TestASharesIntervalIsToldAsFarAsSomethingBoundsIt(t *testing.T) {
	for want, e := range map[string]statistics.Estimate{
		"unknown":                 statistics.Unknown(),
		"1.2 %":                   statistics.Exactly(0.012),
		"1500 %":                  statistics.Exactly(15),
		"0.0 % (0.0 to 0.1)":      {Value: -0.0002, Low: -0.0004, High: 0.0006},
		"-3.0 % (-12 to 6.1)":     {Value: -0.03, Low: -0.12, High: 0.061},
		"25 % (-97 to 1000)":      {Value: 0.25, Low: -0.97, High: 10},
		"25 % (-97 to over 1000)": {Value: 0.25, Low: -0.97, High: 2.4e7},
	} {
		if got := e.Percent(); got != want {
			t.Errorf("%v is %q, want %q", e, got, want)
		}
	}
}

func TestASmallNumberKeepsItsSignAndNothingHasNone(t *testing.T) {
	for _, c := range []struct {
		of            statistics.Estimate
		digits, fixed string
	}{
		{statistics.Exactly(-5.61e-16), "0", "0.00"},
		{statistics.Estimate{Value: 2e-16, Low: -1e-15, High: 3e-16}, "0 (0 to 0)", "0.00 (0.00 to 0.00)"},
		{statistics.Estimate{Value: -0.004, Low: -0.0123, High: 0.006}, "-0.004 (-0.0123 to 0.006)", "-0.004 (-0.01 to 0.01)"},
		{statistics.Exactly(-1e-9), "-1e-09", "-1e-09"},
	} {
		if got := c.of.String(); got != c.digits {
			t.Errorf("%q to three digits, want %q", got, c.digits)
		}
		if got := c.of.Fixed(); got != c.fixed {
			t.Errorf("%q to two decimals, want %q", got, c.fixed)
		}
	}
}
