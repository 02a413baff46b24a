package statistics_test

import (
	"math"
	"testing"

	"sweep/sweep/statistics"
)

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func seeded(losses ...float64) statistics.Losses {
	var all statistics.Losses
	for seed, loss := range losses {
		all = append(all, statistics.SeedLoss{Seed: seed, Loss: loss})
	}
	return all
}

// scipy.stats.ttest_1samp of the log ratios gives the numbers: the greater of
// its two one-sided p-values, and its 90 % interval.
func TestEquivalenceAgreesWithScipy(t *testing.T) {
	d, err := statistics.Equivalent(seeded(.210, .202, .220, .215), seeded(.208, .205, .214, .213), 0.05)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "p", d.P, 0.009135881675752683, 1e-9)
	near(t, "ratio", d.Ratio, 1.0079878749495346, 1e-12)
	near(t, "low end", d.Low, 0.9875667969541658, 1e-9)
	near(t, "high end", d.High, 1.0288312235475392, 1e-9)
	if d.N != 4 || !d.Same() || d.Apart() {
		t.Errorf("%+v", d)
	}
}

func TestNoDifferenceFoundIsNotTheSame(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second statistics.Losses
		same, apart   bool
	}{
		{"noise wider than the margin", seeded(.2, .3, .25), seeded(.3, .2, .25), false, false},
		{"far apart", seeded(.40, .41, .42), seeded(.20, .205, .21), false, true},
		{"far apart the other way", seeded(.20, .205, .21), seeded(.40, .41, .42), false, true},
		{"equal to the bit", seeded(.2, .3, .4), seeded(.2, .3, .4), true, false},
		{"what seeds share cancels", seeded(.200, .300, .401), seeded(.201, .301, .400), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := statistics.Equivalent(tt.first, tt.second, 0.05)
			if err != nil {
				t.Fatal(err)
			}
			if d.Same() != tt.same || d.Apart() != tt.apart {
				t.Errorf("same %v, apart %v: %+v", d.Same(), d.Apart(), d)
			}
		})
	}
}

func TestEquivalenceNeedsTwoSharedSeeds(t *testing.T) {
	if _, err := statistics.Equivalent(seeded(.2), seeded(.2, .3), 0.05); err == nil {
		t.Error("one shared seed was enough for a test")
	}
}
