package humanize_test

import (
	"math"
	"testing"

	"sweep/cmd/sweep/humanize"
)

func TestDurationsAreReadAndNeverOverflow(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0s", 0.6: "1s", 90: "1m30s", 3600: "1h0m0s", 9 * 86400: "216h0m0s", 40 * 86400: "40 days",
		3e8: "3,472 days", 4e8: "10 years or more", 1e300: "10 years or more", math.Inf(1): "10 years or more",
	} {
		if got := humanize.Duration(seconds); got != want {
			t.Errorf("%g s: %q, want %q", seconds, got, want)
		}
	}
	if got := humanize.Duration(math.NaN()); got != "unknown" {
		t.Errorf("NaN: %q, want unknown", got)
	}
}
