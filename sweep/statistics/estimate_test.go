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
		"-3.0 % (-12 to 6.1)":     {Value: -0.03, Low: -0.12, High: 0.061},
		"25 % (-97 to 1000)":      {Value: 0.25, Low: -0.97, High: 10},
		"25 % (-97 to over 1000)": {Value: 0.25, Low: -0.97, High: 2.4e7},
	} {
		if got := e.Percent(); got != want {
			t.Errorf("%v is %q, want %q", e, got, want)
		}
	}
}
