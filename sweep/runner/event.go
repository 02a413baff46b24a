package runner

import (
	"sweep/sweep"
)

// Event is something that happened to a run.
type Event struct {
	Kind    EventKind
	Run     sweep.Run
	Point   sweep.Point   // where Kind is Advanced; where it is Began, the last point of its checkpoint
	Outcome sweep.Outcome // where Kind is Ended or Copied
	Err     error         // why, where Kind is Held, Restarted or Requeued
}

// EventKind is what happened.
type EventKind int

// The events of one run are Skipped alone; or Began, any number of Advanced, Ended;
// or Waiting, Copied. A run that is Waiting may be trained after all. Held may come
// before any of them, several times. Where runs are pruned, a run begins and ends,
// as Pending, several times, and may be Stopped in between. So does one that is Requeued
// after its end.
const (
	EventSkipped   EventKind = iota // its outcome was recorded before, or by another process
	EventBegan                      // a worker took it
	EventRestarted                  // it cannot go on from its checkpoint, so it trains from its start
	EventAdvanced                   // its curve grew by Point
	EventEnded                      // Outcome is recorded; its State is Pending if the run was given back
	EventWaiting                    // it is to be a copy of a run that is not trained yet
	EventCopied                     // it is recorded as a copy
	EventHeld                       // another process has it; the runner will ask for it again
	EventStopped                    // it was clearly worse than others
	EventRequeued                   // it was given back, and the runner will begin it again in a minute
)

// report passes an event to Progress.
func (s *session) report(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Progress != nil {
		s.Progress(e)
	}
}
