package command

import (
	"math"
	"time"

	"sweep/sweep"
)

// speedNames are what programs call the tokens they train on in a second, and countNames
// the tokens they were trained on so far, as the Trainer, TRL and torchtune log them.
var (
	speedNames = []string{"tokens_per_second", "train_tokens_per_second", "tokens_per_second_per_gpu", "train/tokens_per_second"}
	countNames = []string{"num_tokens", "num_input_tokens_seen", "train/num_tokens", "train/num_input_tokens_seen", "tokens_seen"}
)

// speed is how fast a program trains, as far as it logs that.
type speed struct {
	tokensPerSecond float64 // 0 if it is not known

	first float64   // tokens trained on when their number was logged first
	since time.Time // when that was, zero before
}

// see takes note of points that were just logged, and reports whether one had a speed.
func (s *speed) see(points []sweep.Point, now time.Time) (told bool) {
	for _, p := range points {
		if x, ok := firstOf(p.Measures, speedNames); ok && x > 0 && !math.IsInf(x, 0) {
			s.tokensPerSecond, told = x, true
		}
	}
	if told || len(points) == 0 {
		return told
	}
	tokens, ok := firstOf(points[len(points)-1].Measures, countNames)
	switch passed := now.Sub(s.since); {
	case !ok:
		return false
	case s.since.IsZero():
		s.first, s.since = tokens, now
		return false
	case passed <= 0 || tokens <= s.first:
		return false
	default:
		s.tokensPerSecond = (tokens - s.first) / passed.Seconds()
		return true
	}
}

// firstOf returns the measure of the first of some names that there is.
func firstOf(all sweep.Measures, names []string) (x float64, ok bool) {
	for _, name := range names {
		if x, ok = all.Value(name); ok {
			return x, true
		}
	}
	return 0, false
}
