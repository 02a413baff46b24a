package probe

import (
	"fmt"
	"math"
	"slices"
)

// logged asks whether a logged loss is that of its step alone. Where nothing moves, two
// steps with half the batch have the rows of one step with all of it, so the loss of the
// one lies between the losses of the two. One that is averaged with the losses of earlier
// steps does not: after one step of the large batch and two of the small one a mean over all steps is the same in
// both, and a moving average with the factor 1 - c for what is new has gone only c times of the way.
func (s *session) logged() Finding {
	f := Finding{Check: "loss", Claim: "a logged loss is the mean of its step alone"}
	at, _ := s.curves[still].losses()
	first := s.curves[still]
	if !slices.Equal(at, []int{1, 2, 3, 4}) {
		shows := fmt.Sprintf("losses at steps %v of %d", at, Steps)
		if len(at) == 0 {
			return f.untold(shows, "no loss of these few steps is logged; log every step (logging_steps = 1 of transformers' Trainer)")
		}
		return f.answer(No, shows, "a loss is logged at some steps only, and may be a mean over those in between: log every step (logging_steps = 1 of transformers' Trainer)")
	}
	second := s.curves[batchStill]
	if _, ok := second.loss(Steps); !ok {
		return f.untold(fmt.Sprintf("losses at all of %d steps", Steps), "whether they are averaged over steps takes runs with another batch: %s", s.lacks(batchStill, "batch"))
	}
	large, small := first, second
	size := s.base.Params.Batch
	if secondBatch(size) > size {
		large, small = second, first
	}
	var whole, parts []float64
	for step := range Steps / 2 {
		whole = append(whole, large.points[step+1].Loss)
		parts = append(parts, small.points[2*step+1].Loss, small.points[2*step+2].Loss)
	}
	shows := fmt.Sprintf("steps of batch %d: %s; of batch %d: %s, at lr = %s",
		max(size, secondBatch(size)), listed(whole), min(size, secondBatch(size)), listed(parts), figures(s.base.Params.LR*stillRate))
	between, share := shares(whole, parts)
	tells := math.Abs(parts[0]-parts[1]) > 20*s.grain()*math.Abs(parts[0]) && math.Abs(parts[2]-parts[3]) > 20*s.grain()*math.Abs(parts[2])
	switch {
	case sums(whole, parts):
		return f.answer(No, shows, "twice the rows have twice the loss: it is a sum and no mean, so that batch acts on lr, too, and losses are not in nats a token")
	case !tells:
		return f.untold(shows, "the losses of the two halves are too close to tell")
	case between:
		return f.answer(Yes, shows, "each point of a curve is its own step")
	case ofAllSteps(whole, parts):
		return f.answer(No, shows, "a loss is the mean of all steps so far: curves lag behind, and a run that diverges shows late. Log the loss of the step itself")
	case share > 0 && share < 0.75:
		return f.answer(No, shows, fmt.Sprintf("a loss is smoothed, with %.2g as the part of the new one: curves lag behind, and a run that diverges shows late. "+
			"Log the loss of the step itself", share))
	default:
		return f.untold(shows, "the two batches do not have the same rows")
	}
}

// shares reports whether the loss of each whole lies well between those of its two parts.
// Share is how far the second part has moved from the first, relative to what the first
// whole says.
func shares(whole, parts []float64) (between bool, share float64) {
	between = true
	for i, x := range whole {
		a, b := parts[2*i], parts[2*i+1]
		w := (x - b) / (a - b)
		between = between && w > 0.1 && w < 0.9
	}
	return between, (parts[1] - parts[0]) / (2 * (whole[0] - parts[0]))
}

// ofAllSteps reports whether a loss is the same after the same rows, however many steps
// they were.
func ofAllSteps(whole, parts []float64) bool {
	for i, x := range whole {
		if math.Abs(x-parts[2*i+1]) > 0.1*math.Abs(parts[2*i]-parts[2*i+1]) {
			return false
		}
	}
	return true
}

// sums reports whether each whole is the sum of its parts.
func sums(whole, parts []float64) bool {
	for i, x := range whole {
		if sum := parts[2*i] + parts[2*i+1]; math.Abs(x-sum) > 0.01*math.Abs(sum) {
			return false
		}
	}
	return true
}
