package statistics

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// landscape is settings with known mean losses, and the noise of their runs.
type landscape struct {
	name        string
	means       []float64
	shared, own float64 // standard deviations of what seeds share, and of the rest
	uneven      float64 // factor of own from the first setting to the last
}

func landscapes() []landscape {
	flat := func(n int) []float64 {
		means := make([]float64, n)
		for i := range means {
			means[i] = 1
		}
		return means
	}
	curved := func(n int, bend float64) []float64 {
		means := flat(n)
		for i := range means {
			means[i] += bend * math.Pow(float64(i)-float64(n)/2.3, 2)
		}
		return means
	}
	var all []landscape
	means := map[string][]float64{
		"two equal": flat(2), "five equal": flat(5), "thirty equal": flat(30), "a valley": curved(7, .02), "a flat valley": curved(12, .003),
		"two near": {1, 1.01}, "a cliff": {1.2, 1.1, 1.02, 1, 1.5, 2},
	}
	for _, name := range slices.Sorted(maps.Keys(means)) {
		for _, noise := range [][3]float64{{0, .02, 1}, {.02, .02, 1}, {.03, .005, 1}, {.02, .005, 10}, {.02, .05, .1}} {
			all = append(all, landscape{fmt.Sprintf("%s, noise %g", name, noise), means[name], noise[0], noise[1], noise[2]})
		}
	}
	return all
}

func (l landscape) draw(random *rand.Rand, seeds int) []Losses {
	settings := make([]Losses, len(l.means))
	for seed := range seeds {
		common := l.shared * random.NormFloat64()
		for i, mean := range l.means {
			settings[i] = append(settings[i], SeedLoss{Seed: seed, Loss: mean + common + l.own*math.Pow(l.uneven, float64(i)/float64(len(l.means)-1))*random.NormFloat64()})
		}
	}
	return settings
}

// best is the place of the lowest mean.
func (l landscape) best() int { return slices.Index(l.means, slices.Min(l.means)) }

func TestTheLossOfTheChosenSettingIsNotFlattered(t *testing.T) {
	eachLandscape(t, func(l landscape, c Choice) bool {
		truth := l.means[c.Best]
		return c.Loss.Low <= truth && truth <= c.Loss.High
	})
}

func TestTheBestSettingIsSeldomCalledWorse(t *testing.T) {
	eachLandscape(t, func(l landscape, c Choice) bool { return !c.IsWorse(l.best()) })
}

// eachLandscape draws losses again and again, and asks that a claim on the choice
// among them be true in 94 of 100 cases, whatever the landscape and the seeds.
func eachLandscape(t *testing.T, claim func(landscape, Choice) bool) {
	t.Helper()
	const trials = 1000
	for _, l := range landscapes() {
		for _, seeds := range []int{2, 3, 4, 5, 8} {
			random := rand.New(rand.NewPCG(uint64(seeds), 1))
			held := 0
			for range trials {
				if claim(l, Choose(l.draw(random, seeds))) {
					held++
				}
			}
			if share := float64(held) / trials; share < 0.94-0.015 { // twice the error of so many trials
				t.Errorf("%s, %d seeds: true in %.3f of the cases", l.name, seeds, share)
			}
		}
	}
}

func TestOneSeedChoosesWithoutAnInterval(t *testing.T) {
	c := Choose([]Losses{{{Seed: 0, Loss: 2}}, {{Seed: 0, Loss: 1}}})
	if c.Best != 1 || c.Loss.Value != 1 || c.Loss.Bounded() || c.IsWorse(0) {
		t.Errorf("it chose %+v", c)
	}
}

func TestAnOnlySettingIsPricedByAllItsSeeds(t *testing.T) {
	c := Choose([]Losses{{{Seed: 0, Loss: 1}, {Seed: 1, Loss: 2}, {Seed: 2, Loss: 3}}})
	mean, low, high := MeanInterval([]float64{1, 2, 3})
	if math.Abs(c.Loss.Value-mean) > 1e-12 || math.Abs(c.Loss.Low-max(low, 0)) > 1e-12 || math.Abs(c.Loss.High-high) > 1e-12 {
		t.Errorf("its loss is %v, not %v (%v to %v)", c.Loss, mean, low, high)
	}
}
