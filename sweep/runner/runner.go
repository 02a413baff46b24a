package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// Runner trains the runs of a plan that its Recorder does not hold yet, on a
// pool of goroutines. Several processes may train one plan on one store: each
// run is trained by one of them. Trainer, Recorder and Lease must be set.
//
// Of runs that are equal to the bit (see Orbit) it trains one and records the
// others as its copies, but for a sample of them, which it trains for proof.
type Runner struct {
	Trainer    sweep.Trainer
	Recorder   sweep.Recorder
	Workers    int              // runs in flight at once; below 1 counts as 1
	Provenance sweep.Provenance // recorded with every attempt
	Progress   func(Event)      // is told what happens, one call at a time; may be nil

	OwnerDead func(owner string) bool // whether an owner is known to have died; may be nil
	Owner     string                  // names this process to those that wait for its runs
	Lease     time.Duration           // after so long without a sign of life others may take its runs

	// CheckpointEvery is how often a run in training is kept, at the most: more
	// seldom where that would take more than a hundredth of the time. 0 keeps
	// every step that the hundredth allows.
	CheckpointEvery time.Duration

	Estimator sweep.Estimator // may be nil: then runs train in plan order
	Memory    int64           // bytes that the runs in flight may take together; 0 = no limit

	MaxFailures int // stop once so many runs have failed; 0 = never

	TrainAll bool // record no copies, and train those that are recorded

	// Pruner stops runs before their end. Without one, runs that were stopped go on.
	Pruner Pruner

	// Rescale multiplies the factors A and B of an adapter by 2^a and 2^b, so
	// that a copy has its own. Without it copies have none.
	Rescale func(adapter []byte, a, b int) ([]byte, error)
}

// Event is something that happened to a run.
type Event struct {
	Kind    EventKind
	Run     sweep.Run
	Point   sweep.Point   // where Kind is Advanced, and that of its checkpoint where Kind is Began
	Outcome sweep.Outcome // where Kind is Ended or Copied
	Err     error         // where Kind is Held or Restarted: why
}

// EventKind is what happened.
type EventKind int

// The life of a run: Skipped alone, or Began, any number of Advanced, Ended, or
// Waiting, Copied. A run that waits for its twin may be trained after all. Held
// may come before any of them, and again and again. Where runs are pruned, one
// begins and ends, as Pending, several times, and may be Stopped in between.
const (
	EventSkipped   EventKind = iota // its outcome is recorded, from before or by another process
	EventBegan                      // a worker took it
	EventRestarted                  // its checkpoint is of no use, so it trains from its start
	EventAdvanced                   // its curve grew by Point
	EventEnded                      // Outcome is recorded; its State is Pending if the run was given back
	EventWaiting                    // it is to be a copy of a run that is not trained yet
	EventCopied                     // it is recorded as a copy
	EventHeld                       // another process has it; it will be asked for again
	EventStopped                    // it was clearly worse than others
)

// Summary counts what became of a plan's runs. Total is the sum of Skipped,
// Elsewhere, Done, Diverged, Copied, Proved, Pruned, Failed and Left.
type Summary struct {
	Total       int
	Skipped     int // recorded before
	Copies      int // of Skipped, those that are copies
	Elsewhere   int // recorded by another process in the meantime
	Done        int
	Diverged    int
	Copied      int // recorded as copies
	Proved      int // trained although they could have been copied
	Pruned      int // stopped, as others were clearly better
	Failed      int
	Left        int // neither trained nor copied, as the sweep was stopped or the proof failed
	Interrupted bool
	GaveUp      bool       // as too many runs failed
	Failures    []Failure  // in the order in which they happened
	Mismatches  []Mismatch // the proofs that failed
}

// Failure is a run that ended in an error.
type Failure struct {
	Run sweep.Run
	Err error
}

// Run trains what the recorder does not hold as final; failed runs are tried
// again. A run that errs, or panics, is recorded as failed, and the others go
// on. When ctx ends, the runs in flight are given back as pending, each with a
// checkpoint, and the Summary says so; that is no error. An error of the
// recorder stops the sweep the same way and is returned, as nothing more could
// be remembered. Runs that another process holds are waited for. Run returns
// only after all its goroutines have.
func (r *Runner) Run(ctx context.Context, plan *grid.Plan) (Summary, error) {
	if r.Lease <= 0 {
		return Summary{}, fmt.Errorf("runner: a lease of %v; it must be positive", r.Lease)
	}
	session := &session{Runner: r, counted: map[string]bool{}, pruned: map[string]bool{}}
	session.summary.Total = len(plan.Runs)
	ctx, session.stop = context.WithCancelCause(ctx)
	defer session.stop(nil)
	err := session.prune(ctx, plan)
	if err == nil {
		err = session.round(ctx, plan, session.settle)
	}
	if err != nil && ctx.Err() == nil {
		return session.summary, err
	}
	return session.close(ctx)
}

// askAgain is how long a run that another process holds is left alone.
const askAgain = time.Second

// recorderError is the cause for which a sweep stops early, other than its
// context's end or errTooMany.
type recorderError struct{ error }

var (
	errTooMany   = errors.New("too many runs failed")
	errElsewhere = errors.New("it failed in another process; its record says why")
)

// session is one call of Runner.Run.
type session struct {
	*Runner
	stop   context.CancelCauseFunc
	failed map[string]bool // keys of the runs that had failed before

	mu      sync.Mutex // guards what follows and serialises Progress
	summary Summary
	counted map[string]bool // keys of the runs that the summary counts
	pruned  map[string]bool // keys of the runs that were stopped before their end
}

// round calls do for every class that has runs to settle.
func (s *session) round(ctx context.Context, plan *grid.Plan, do func(context.Context, class) error) error {
	todo, err := s.todo(ctx, plan)
	if err == nil {
		err = s.arrange(todo)
	}
	if err != nil {
		return err
	}
	s.work(ctx, todo, do)
	return nil
}

// todo returns the classes that have runs to settle, in plan order, and tells
// of the runs whose outcome is recorded.
func (s *session) todo(ctx context.Context, plan *grid.Plan) ([]job, error) {
	held, err := s.holdings(ctx, plan.Runs)
	if err != nil {
		return nil, err
	}
	first := s.failed == nil
	if first {
		s.failed = map[string]bool{}
	}
	for _, run := range plan.Runs {
		if first {
			s.failed[run.Key] = held.states[run.Key] == sweep.Failed
		}
		count := &s.summary.Elsewhere // since the round before
		if first {
			count = &s.summary.Skipped
		}
		if held.settled(run) && s.account(run, count) {
			if first && held.copyOf[run.Key] != "" {
				s.summary.Copies++
			}
			s.tell(Event{Kind: EventSkipped, Run: run})
		}
	}
	var todo []job
	for _, members := range s.classes(plan) {
		f := newClass(members, held)
		f.open = slices.DeleteFunc(f.open, func(m equivalentRun) bool { return s.pruned[m.Key] })
		for _, m := range f.waiting() {
			if first {
				s.tell(Event{Kind: EventWaiting, Run: m.Run})
			}
		}
		if len(f.open) > 0 {
			todo = append(todo, job{members: members, class: f})
		}
	}
	return todo, nil
}

// work calls do for the class of each job, on all workers.
func (s *session) work(ctx context.Context, jobs []job, do func(context.Context, class) error) {
	q := newQueue(jobs, s.Memory)
	defer context.AfterFunc(ctx, q.close)()
	var workers sync.WaitGroup
	for range min(max(s.Workers, 1), len(jobs)) {
		workers.Go(func() {
			for j, ok := q.next(); ok; j, ok = q.next() {
				err := s.attend(ctx, &j, do)
				if wait, taken := s.taken(j, err); taken {
					q.putAside(j, wait)
				} else if err != nil {
					s.stop(&recorderError{err})
				}
				q.release(j)
			}
		})
	}
	workers.Wait()
}

// attend calls do for the class of a job, read anew if the job was put aside.
func (s *session) attend(ctx context.Context, j *job, do func(context.Context, class) error) error {
	if j.again && ctx.Err() == nil {
		var err error
		if j.class, err = s.reload(ctx, j.members); err != nil {
			return err
		}
	}
	j.again = true
	return do(ctx, j.class)
}

// reload sorts the members of a class anew after other processes have been at
// it.
func (s *session) reload(ctx context.Context, members []equivalentRun) (class, error) {
	var runs []sweep.Run
	for _, m := range members {
		runs = append(runs, m.Run)
	}
	held, err := s.holdings(ctx, runs)
	if err != nil {
		return class{}, err
	}
	for _, run := range runs {
		if held.settled(run) && s.account(run, &s.summary.Elsewhere) {
			s.tell(Event{Kind: EventSkipped, Run: run})
		}
	}
	return newClass(members, held), nil
}

// taken reports whether err says that another process has, or had, one of the
// job's runs, and how long to leave the job alone then.
func (s *session) taken(j job, err error) (wait time.Duration, taken bool) {
	key := ""
	if leased, ok := errors.AsType[*sweep.LeasedError](err); ok {
		key = leased.Key
	} else if stale, ok := errors.AsType[*sweep.StaleError](err); ok {
		key = stale.Key
	} else {
		_, finished := errors.AsType[*sweep.FinishedError](err)
		return 0, finished
	}
	for _, m := range j.members {
		if m.Key == key {
			s.tell(Event{Kind: EventHeld, Run: m.Run, Err: err})
		}
	}
	return min(askAgain, s.Lease), true
}

// claim is what the sweep asks for run on.
func (s *session) claim(run sweep.Run) sweep.Claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sweep.Claim{
		Owner: s.Owner, Lease: s.Lease, Provenance: s.Provenance,
		Retry: s.failed[run.Key] && !s.counted[run.Key], Copies: s.TrainAll,
	}
}

// begin begins a run, without waiting for the lease of one who died.
func (s *session) begin(ctx context.Context, run sweep.Run, claim sweep.Claim) (attempt int, from sweep.Checkpoint, err error) {
	attempt, from, err = s.Recorder.Begin(ctx, run, claim)
	if leased, ok := errors.AsType[*sweep.LeasedError](err); ok && s.OwnerDead != nil && s.OwnerDead(leased.Owner) {
		claim.PreviousOwner = leased.Owner
		return s.Recorder.Begin(ctx, run, claim)
	}
	return attempt, from, err
}

// train takes one run from Begin to Finish, or to the step pauseAt, where it is
// given back; 0 is none. The error is the recorder's: a run's own error is an
// outcome.
func (s *session) train(ctx context.Context, run sweep.Run, pauseAt int, forProof bool) (sweep.Outcome, error) {
	number, from, err := s.begin(ctx, run, s.claim(run))
	if ctx.Err() != nil && err != nil {
		return sweep.Outcome{State: sweep.Pending}, nil // the sweep was stopped just before; the run is left as it was
	}
	if e, ok := errors.AsType[*sweep.FinishedError](err); ok && e.State == sweep.Failed {
		failed := sweep.Outcome{State: sweep.Failed}
		s.count(run, failed, errElsewhere, forProof)
		return failed, nil
	}
	if err != nil {
		return sweep.Outcome{}, fmt.Errorf("begin run %s: %w", run.Name, err)
	}
	if pauseAt > 0 && reaches(from.Points, pauseAt) {
		return sweep.Outcome{State: sweep.Pending}, s.giveBack(ctx, run, number) // another process has just brought it there
	}
	began := Event{Kind: EventBegan, Run: run}
	if n := len(from.Points); n > 0 {
		began.Point = from.Points[n-1]
	}
	s.tell(began)
	outcome, runErr, err := newAttempt(s, run, number, from, pauseAt).train(ctx)
	if err == nil {
		s.count(run, outcome, runErr, forProof)
	}
	s.tell(Event{Kind: EventEnded, Run: run, Outcome: outcome})
	return outcome, err
}

// count accounts for a run that was trained here, once.
func (s *session) count(run sweep.Run, o sweep.Outcome, err error, forProof bool) {
	switch {
	case o.State == sweep.Pending:
	case o.State == sweep.Failed:
		if s.account(run, &s.summary.Failed) {
			s.fail(Failure{run, err})
		}
	case forProof:
		s.account(run, &s.summary.Proved)
	case o.State == sweep.Diverged:
		s.account(run, &s.summary.Diverged)
	default:
		s.account(run, &s.summary.Done)
	}
}

// fail remembers a failure, and stops the sweep at the last that is borne.
func (s *session) fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.summary.Failures = append(s.summary.Failures, f)
	if s.summary.Failed == s.MaxFailures {
		s.stop(errTooMany)
	}
}

// account adds the run to a count of the summary, unless it is in one already.
func (s *session) account(run sweep.Run, count *int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted[run.Key] {
		return false
	}
	s.counted[run.Key] = true
	*count++
	return true
}

// giveBack ends an attempt that trained nothing.
func (s *session) giveBack(ctx context.Context, run sweep.Run, attempt int) error {
	return s.Recorder.Finish(context.WithoutCancel(ctx), run.Key, attempt, sweep.Outcome{State: sweep.Pending})
}

func (s *session) tell(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Progress != nil {
		s.Progress(e)
	}
}

// close completes the summary once all workers have returned.
func (s *session) close(ctx context.Context) (Summary, error) {
	sum := s.summary
	sum.Left = sum.Total - sum.Skipped - sum.Elsewhere - sum.Done - sum.Diverged - sum.Copied - sum.Proved - sum.Pruned - sum.Failed
	if cause, ok := errors.AsType[*recorderError](context.Cause(ctx)); ok {
		return sum, cause.error
	}
	sum.GaveUp = errors.Is(context.Cause(ctx), errTooMany)
	sum.Interrupted = ctx.Err() != nil && !sum.GaveUp
	return sum, nil
}
