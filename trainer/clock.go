package trainer

import "time"

// phase is a kind of work in a training step.
type phase int

// The phases. What is part of no other, such as gorgonia's walk through its graph, is
// outside.
const (
	outside phase = iota
	embedded
	residual
	normed
	projected
	attended
	gated
	updated
	headed
	optimised
	phases
)

// phaseNames are the names of the phases, for people.
var phaseNames = [phases]string{"graph", "embedding", "residual", "norms", "projections", "attention", "gates", "lora", "head", "optimizer"}

// clock adds up the time that a run spends in each phase. A nil clock does nothing.
type clock struct {
	wait  func() // for what is queued
	now   phase
	since time.Time
	spent [phases]time.Duration
}

// to goes over to a phase and returns the one before, so that a function that begins with
//
//	defer c.to(c.to(normed))
//
// is in that phase until it returns.
func (c *clock) to(next phase) (before phase) {
	if c == nil {
		return outside
	}
	c.wait()
	now := time.Now()
	c.spent[c.now] += now.Sub(c.since)
	before, c.now, c.since = c.now, next, now
	return before
}
