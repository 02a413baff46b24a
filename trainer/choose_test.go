package trainer

import (
	"math"
	"testing"

	"sweep/sweep"
	"sweep/trainer/random"
)

func TestTokensAreDrawnByTheirProbabilitiesAtTheTemperature(t *testing.T) {
	logits := []float32{0, 2, 1, -30, 1}
	for _, c := range []struct {
		s    sweep.Sampling
		want []float64 // by hand: e^(l/T) over the tokens that are kept
	}{
		{sweep.Sampling{}, []float64{0, 1, 0, 0, 0}},
		{sweep.Sampling{Temperature: 1, TopP: 1}, share(1, math.E*math.E, math.E, 0, math.E)},
		{sweep.Sampling{Temperature: 2, TopP: 1}, share(1, math.E, math.Sqrt(math.E), 0, math.Sqrt(math.E))},
		{sweep.Sampling{Temperature: 1, TopP: 0.5}, []float64{0, 1, 0, 0, 0}},
		{sweep.Sampling{Temperature: 1, TopP: 0.6}, share(0, math.E, 1, 0, 0)}, // the first of two that are as likely
		{sweep.Sampling{Temperature: 1, TopP: 0.9}, share(0, math.E, 1, 0, 1)},
	} {
		const n = 20_000
		chance, got := random.New(1, "test", 0), make([]float64, len(logits))
		for range n {
			got[choose(logits, c.s, chance)] += 1. / n
		}
		for i, want := range c.want {
			if math.Abs(got[i]-want) > 5*math.Sqrt(0.25/n) {
				t.Errorf("%+v: token %d is drawn with frequency %v, want %v", c.s, i, got[i], want)
			}
		}
	}
}

// share is weights as shares of their sum.
func share(weights ...float64) []float64 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		weights[i] /= sum
	}
	return weights
}

func TestOfTokensWithTheHighestLogitTheFirstIsTaken(t *testing.T) {
	nan := float32(math.NaN())
	for _, logits := range [][]float32{{1, 3, 3}, {-1, 0, -2}, {1, 1}, {3}} {
		token := highest(logits)
		for i := range logits {
			if got := isFirst(logits, int32(i)); got != (int32(i) == token) {
				t.Errorf("of %v greedy decoding takes token %d; isFirst of %d: %t", logits, token, i, got)
			}
		}
	}
	for _, logits := range [][]float32{{1, nan, 0}, {nan, nan}} {
		for i := range logits {
			if isFirst(logits, int32(i)) {
				t.Errorf("token %d of %v counts as right", i, logits)
			}
		}
	}
}
