package probe

import (
	"fmt"
	"math"
	"slices"
	"time"

	"sweep/sweep"
)

// curve is a trial that was run.
type curve struct {
	run     sweep.Run
	outcome sweep.Outcome
	err     error // why there is no outcome
	points  map[int]sweep.Point
	began   time.Time
	heard   map[int]time.Time // when a step was first heard of
	took    time.Duration
}

// loss returns the training loss of a step, and whether one was logged.
func (c *curve) loss(step int) (x float64, ok bool) {
	if c == nil || c.err != nil {
		return math.NaN(), false
	}
	p, ok := c.points[step]
	return p.Loss, ok && p.HasLoss()
}

// norm returns the gradient norm of a step, NaN where none was logged.
func (c *curve) norm(step int) float64 {
	if c == nil || c.err != nil {
		return math.NaN()
	}
	if p, ok := c.points[step]; ok && !p.WithoutNorm {
		return p.GradNorm
	}
	return math.NaN()
}

// losses are those of all steps, in their order, and their steps.
func (c *curve) losses() (steps []int, losses []float64) {
	for step := range c.points {
		if _, ok := c.loss(step); ok {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	for _, step := range steps {
		losses = append(losses, c.points[step].Loss)
	}
	return steps, losses
}

// apart returns the largest difference of two curves' losses as a share of them, and at
// how many steps both have one.
func apart(a, b *curve) (share float64, shared int) {
	steps, losses := a.losses()
	for i, step := range steps {
		other, ok := b.loss(step)
		if !ok {
			continue
		}
		shared++
		switch x := math.Abs(losses[i]-other) / math.Abs(losses[i]); {
		case losses[i] == other, math.IsNaN(losses[i]) && math.IsNaN(other):
		case math.IsNaN(x):
			share = math.Inf(1)
		default:
			share = max(share, x)
		}
	}
	return share, shared
}

// unit is the last decimal place to which all these numbers were rounded, 0 if they were
// not.
func unit(numbers []float64) float64 {
	const places = 7 // more is what float32 has of itself
	for d := range places {
		scale := math.Pow10(d)
		whole := func(x float64) bool { return math.Abs(x*scale-math.Round(x*scale)) < 1e-6 }
		if len(numbers) > 0 && !slices.ContainsFunc(numbers, func(x float64) bool { return !whole(x) }) {
			return 1 / scale
		}
	}
	return 0
}

// power is the p in a = b factor^p, NaN where there is none.
func power(a, b, factor float64) float64 {
	if !(a/b > 0) || math.IsInf(a/b, 0) {
		return math.NaN()
	}
	return math.Log(a/b) / math.Log(factor)
}

// mean is that of the numbers that are not NaN; n is how many they are.
func mean(numbers ...float64) (m float64, n int) {
	for _, x := range numbers {
		if !math.IsNaN(x) {
			m += x
			n++
		}
	}
	return m / float64(n), n
}

func decimals(x float64) string { return fmt.Sprintf("%.2f", x+0) }

func figures(x float64) string { return fmt.Sprintf("%.6g", x) }
