package sweep

import "errors"

// A Journal takes down a run as it trains, and knows where an earlier attempt at it
// stopped.
type Journal interface {
	// Checkpoint returns the point to go on from. One without a State is the start.
	Checkpoint() Checkpoint
	// Observe takes the next point of the curve. Its error ends the training.
	Observe(Point) error
	// Rewrite replaces the curve from a step on by these points, of which none comes before
	// that step. A program may log late, or go on from an earlier step than it had reached.
	Rewrite(from int, points []Point) error
	// Speed takes note of how many tokens a second the run was trained on so far.
	Speed(tokensPerSecond float64)
	// Save may keep the run as it is now. The trainer calls it after every point,
	// and once more when its context has ended. Save calls state, which encodes the
	// run, before it returns or not at all.
	Save(state func() []byte)
}

// Checkpoint is a run that was stopped before its end.
type Checkpoint struct {
	Points []Point // the curve up to State, in ascending order of steps
	State  []byte  // what the trainer needs to go on, in its own encoding
}

// ErrCheckpoint says that a Trainer cannot go on from a checkpoint: it is
// damaged, or of another run or another version.
var ErrCheckpoint = errors.New("cannot go on from the checkpoint")

// Observer is a Journal for a run that is trained from start to end, without
// checkpoints.
type Observer func(Point) error

var _ Journal = Observer(nil)

// Checkpoint returns the start.
func (Observer) Checkpoint() Checkpoint { return Checkpoint{} }

// Observe calls o.
func (o Observer) Observe(p Point) error { return o(p) }

// Rewrite calls o for each point, so that it may see a step twice.
func (o Observer) Rewrite(_ int, points []Point) error {
	for _, p := range points {
		if err := o(p); err != nil {
			return err
		}
	}
	return nil
}

// Speed is ignored.
func (Observer) Speed(float64) {}

// Save keeps nothing.
func (Observer) Save(func() []byte) {}
