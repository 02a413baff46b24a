package sqlite

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"sweep/sweep"
)

const (
	// lockTimeout is how long SQLite itself waits before a try counts as failed.
	lockTimeout = time.Second
	// tryAgain is the pause between two tries.
	tryAgain = 20 * time.Millisecond
)

// lock is how a store gets at its file, which another process may have locked.
type lock struct {
	sweep.Patience
	turn      chan struct{} // holds one: who has it tries, and others wait in memory
	told      bool          // that the store is locked; by who has the turn
	abandoned atomic.Bool   // it was still locked after Stop
}

func newLock(p sweep.Patience) lock { return lock{Patience: p, turn: make(chan struct{}, 1)} }

// wait calls try until the store is not locked by another process, and returns
// its error, of the last call where it gives up. try must change nothing where
// it finds the store locked.
func (l *lock) wait(ctx context.Context, try func() error) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.turn }()
	for began := time.Now(); ; {
		stopping := l.Stopping()
		if stopping && l.abandoned.Load() {
			return errLocked
		}
		err := try()
		switch {
		case !busy(err):
			l.tell("")
			return err
		case stopping:
			l.abandoned.Store(true)
			return err
		case ctx.Err() != nil:
			return err
		case time.Since(began) >= l.For:
			return fmt.Errorf("%w for %v: %w", errLocked, l.For, err)
		}
		l.tell("is locked by another process")
		select {
		case <-time.After(tryAgain):
		case <-ctx.Done():
		case <-l.Stop:
		}
	}
}

// tell says so where the store is found locked, or free, and was not before.
func (l *lock) tell(why string) {
	if locked := why != ""; locked != l.told {
		l.told = locked
		if l.Tell != nil {
			l.Tell(why)
		}
	}
}
