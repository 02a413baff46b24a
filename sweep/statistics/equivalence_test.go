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

// logs are the logarithms of losses, by seed.
func logs(losses ...float64) []float64 {
	all := make([]float64, len(losses))
	for i, loss := range losses {
		all[i] = math.Log(loss)
	}
	return all
}

// The trend over a factor of e from one setting to another is their paired difference:
// scipy.stats.ttest_1samp of the log ratios gives its 90 % interval, which is stretched
// here to 95 % by Student's t of three degrees of freedom.
func TestATrendOfTwoSettingsAgreesWithScipy(t *testing.T) {
	d := statistics.NewTrend([]float64{1, math.E}, [][]float64{logs(.208, .205, .214, .213), logs(.210, .202, .220, .215)})
	mean, stretch := math.Log(1.0079878749495346), 3.182446305284263/2.353363434801825
	near(t, "difference", d.Value, mean, 1e-9)
	near(t, "low end", d.Low, mean+stretch*(math.Log(0.9875667969541658)-mean), 1e-9)
	near(t, "high end", d.High, mean+stretch*(math.Log(1.0288312235475392)-mean), 1e-9)
	// The larger of scipy's one-sided p-values is .0091 for a margin of 5 %.
	if d.Seeds != 4 || !d.Same(math.E, 0.05) || d.Apart(math.E, 0.05) {
		t.Errorf("%+v", d)
	}
}

func TestNoDifferenceFoundIsNotTheSame(t *testing.T) {
	for _, tt := range []struct {
		name          string
		first, second []float64
		same, apart   bool
	}{
		{"noise wider than the margin", logs(.2, .3, .25), logs(.3, .2, .25), false, false},
		{"far apart", logs(.40, .41, .42), logs(.20, .205, .21), false, true},
		{"far apart the other way", logs(.20, .205, .21), logs(.40, .41, .42), false, true},
		{"equal to the bit", logs(.2, .3, .4), logs(.2, .3, .4), true, false},
		{"what seeds share cancels", logs(.200, .300, .401), logs(.201, .301, .400), true, false},
		{"one seed", logs(.2), logs(.2), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := statistics.NewTrend([]float64{1, math.E}, [][]float64{tt.first, tt.second})
			if d.Same(math.E, 0.05) != tt.same || d.Apart(math.E, 0.05) != tt.apart {
				t.Errorf("same %v, apart %v: %+v", d.Same(math.E, 0.05), d.Apart(math.E, 0.05), d)
			}
		})
	}
}

// steep is a valley whose seeds have these losses at its best x, and twice as much
// beside it.
func steep(losses ...float64) statistics.Valley {
	cells := make([]statistics.Cell, 3)
	for i := range cells {
		cells[i].X = math.Pow(2, float64(i))
		for seed, loss := range losses {
			if i != 1 {
				loss *= 2
			}
			cells[i].Losses = append(cells[i].Losses, statistics.SeedLoss{Seed: seed, Loss: loss})
		}
	}
	return statistics.NewValley(cells)
}

func TestValleysAreComparedAtTheirBestX(t *testing.T) {
	a, ok := statistics.Agree([]statistics.Valley{steep(.2, .3, .4), steep(.201, .3, .4), steep(.41, .6, .8)}, 0.05)
	// Three cells leave open what lies between them.
	if !ok || a.Same || !a.Coarse || a.High != 2 || a.Low != 0 || math.Abs(a.Furthest.Value-1.01) > 0.01 {
		t.Errorf("%+v, %v", a, ok)
	}
	if a, ok = statistics.Agree([]statistics.Valley{steep(.2, .3, .4), steep(.201, .3, .4)}, 0.05); !ok || !a.Same || a.Coarse {
		t.Errorf("%+v, %v", a, ok)
	}
	if _, ok = statistics.Agree([]statistics.Valley{steep(.2), steep(.2, .3)}, 0.05); ok {
		t.Error("one shared seed was enough for a test")
	}
	change, seeds := statistics.TunedChange(steep(.2, .3, .4), steep(.22, .33, .44), 1)
	if seeds != 3 || math.Abs(change.Value-0.1) > 1e-9 || math.Abs(change.High-0.1) > 1e-9 {
		t.Errorf("%d seeds change by %v", seeds, change)
	}
}

// Where cells are alike, seeds choose one by chance, and much the same one: the best may
// be another.
func TestATunedChangeTakesInThatTheBestXMayBeAnother(t *testing.T) {
	alike := statistics.NewValley([]statistics.Cell{
		{X: 1, Losses: statistics.Losses{{Seed: 0, Loss: .20}, {Seed: 1, Loss: .21}, {Seed: 2, Loss: .19}}},
		{X: 2, Losses: statistics.Losses{{Seed: 0, Loss: .21}, {Seed: 1, Loss: .18}, {Seed: 2, Loss: .22}}},
	})
	change, _ := statistics.TunedChange(steep(.2, .2, .2), alike, 1)
	over := statistics.Paired(logs(.20, .21, .19), logs(.2, .2, .2)).Ratio()
	if change.Low > over.Low || change.Low >= change.Value {
		t.Errorf("%v, and over the first x %v", change, over)
	}
}
