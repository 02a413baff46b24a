package sweep

import "errors"

// A Journal is told of a run in training, and knows where an earlier attempt
// at it stopped.
type Journal interface {
	// Checkpoint returns where to go on from; one without a State stands for
	// the start.
	Checkpoint() Checkpoint
	// Observe takes the next point of the curve. Its error ends the training.
	Observe(Point) error
	// Save offers to keep the run as it is. The trainer calls it after every
	// point, and once more when ctx has ended; state encodes the run, and is
	// called now or never.
	Save(state func() []byte)
}

// Checkpoint is a run stopped short of its end.
type Checkpoint struct {
	Points []Point // the curve up to State, in ascending order of steps
	State  []byte  // what the trainer needs to go on, in its own encoding
}

// ErrCheckpoint says that a Trainer cannot go on from a checkpoint: it is
// damaged, or of another run or another version.
var ErrCheckpoint = errors.New("cannot go on from the checkpoint")

// Observer is a Journal for a run that is trained in one go and keeps no state.
type Observer func(Point) error

var _ Journal = Observer(nil)

// Checkpoint is that of a run not begun.
func (Observer) Checkpoint() Checkpoint { return Checkpoint{} }

// Observe calls o.
func (o Observer) Observe(p Point) error { return o(p) }

// Save keeps nothing.
func (Observer) Save(func() []byte) {}
