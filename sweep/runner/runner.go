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
// Of runs that are equal to the bit (see Orbit) it trains one and records the others
// as copies of it, except for a sample, which it trains to prove the equality.
type Runner struct {
	Trainer    sweep.Trainer
	Recorder   sweep.Recorder
	Workers    int              // runs that train at once; below 1 counts as 1
	Provenance sweep.Provenance // recorded with every attempt
	Progress   func(Event)      // is called with what happens, one call at a time; may be nil

	OwnerDead func(owner string) bool // whether an owner is known to have died; may be nil
	Owner     string                  // the name of this process for those that wait for its runs
	Lease     time.Duration           // how long after a sign of life others may not take its runs

	// StoreEvery is how long points of a run wait before they are passed to the recorder
	// together, so that it is not called for every step; 0 is half a second.
	StoreEvery time.Duration

	// StoreFrom is when StoreEvery is counted from, so that a recorder gets what runs of
	// several Runners logged at the same moments, and can store it together; zero is the
	// beginning of each run.
	StoreFrom time.Time

	// CheckpointEvery is the least time between two checkpoints of a run. It becomes
	// longer where checkpoints would take more than a hundredth of the time. At 0 only
	// that limits them.
	CheckpointEvery time.Duration

	Estimator sweep.Estimator // may be nil: then runs train in plan order
	Memory    int64           // bytes that the runs in training may take together; 0 = no limit

	// Estimated is told what the runs take that are about to be trained, again for those that
	// are left where Run waits for others or prunes; may be nil.
	Estimated func([]sweep.Estimate)

	// Lane says what a run trains on where that bounds how many do so at once: runs of one
	// lane are as many at a time as Lanes has for it. It may be nil.
	Lane  func(sweep.Run) string
	Lanes map[string]int

	MaxFailures int // stop once so many runs have failed; 0 = never

	TrainAll bool // record no copies, and train the runs that are recorded as copies

	// Pruner stops runs before their end. Without one, runs that were stopped go on.
	Pruner Pruner

	// Rescale multiplies the factors A and B of an adapter by 2^a and 2^b, for the
	// adapter of a copy. Without it copies have no adapter.
	Rescale func(adapter []byte, a, b int) ([]byte, error)
}

// Run trains the runs whose outcome is not recorded; failed runs are tried again. A
// run whose training returns an error, or panics, is recorded as failed, and the
// others go on. When ctx ends, the runs in training are given back as pending, each
// with a checkpoint, and the Summary says so; that is no error. An error of the
// recorder stops the sweep in the same way and is returned, as nothing more could be
// recorded. Run waits for runs that another process holds, and leaves a run alone for a
// minute whose training returns sweep.ErrRequeue. It returns only after all its
// goroutines have.
func (r *Runner) Run(ctx context.Context, plan *grid.Plan) (Summary, error) {
	session, ctx, err := r.newSession(ctx, len(plan.Runs))
	if err != nil {
		return Summary{}, err
	}
	defer session.stop(nil)
	err = session.prune(ctx, plan)
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

// requeueAfter is how long a run is left alone that is to go on later.
const requeueAfter = time.Minute

// requeuedError says that a run was given back to go on later.
type requeuedError struct {
	run   sweep.Run
	cause error
}

func (e *requeuedError) Error() string { return e.cause.Error() }

// recorderError is the cause of a sweep that stops early because of an error of the
// recorder.
type recorderError struct{ error }

var (
	errTooMany   = errors.New("too many runs failed")
	errElsewhere = errors.New("it failed in another process; its record says why")
)

// session is one call of Runner.Run.
type session struct {
	*Runner
	stop   context.CancelCauseFunc
	failed map[string]bool // keys of the runs that had failed before the session; nil until these are known

	mu      sync.Mutex // guards the fields below and calls of Progress
	summary Summary
	counted map[string]bool // keys of the runs that the summary counts
	pruned  map[string]bool // keys of the runs that were stopped before their end
}

// newSession is a session of so many runs, and the context that its stop ends.
func (r *Runner) newSession(ctx context.Context, runs int) (*session, context.Context, error) {
	if r.Lease <= 0 {
		return nil, ctx, fmt.Errorf("runner: a lease of %v; it must be positive", r.Lease)
	}
	s := &session{Runner: r, counted: map[string]bool{}, pruned: map[string]bool{}}
	s.summary.Total = runs
	ctx, s.stop = context.WithCancelCause(ctx)
	return s, ctx, nil
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

// todo returns the classes that have runs to settle, in plan order, and reports the
// runs whose outcome is recorded.
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
			s.failed[run.Key] = held.states[run.Key] == sweep.StateFailed
		}
		count := &s.summary.Elsewhere // since the round before
		if first {
			count = &s.summary.Skipped
		}
		if held.settled(run) && s.account(run, count) {
			if first && held.copyOf[run.Key] != "" {
				s.summary.Copies++
			}
			s.report(Event{Kind: EventSkipped, Run: run})
		}
	}
	var todo []job
	for _, members := range s.classes(plan) {
		f := newClass(members, held)
		f.open = slices.DeleteFunc(f.open, func(m equivalentRun) bool { return s.pruned[m.Key] })
		for _, m := range f.waiting() {
			if first {
				s.report(Event{Kind: EventWaiting, Run: m.Run})
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
	q := newQueue(jobs, s.Memory, s.Lanes)
	defer context.AfterFunc(ctx, q.close)()
	var workers sync.WaitGroup
	for range min(max(s.Workers, 1), len(jobs)) {
		workers.Go(func() {
			for j, ok := q.next(); ok; j, ok = q.next() {
				err := s.perform(ctx, &j, do)
				if wait, aside := s.aside(err, runsOf(j.members)); aside {
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

// perform calls do for the class of a job. If the job was put aside before, it reads
// from the recorder again how the class stands.
func (s *session) perform(ctx context.Context, j *job, do func(context.Context, class) error) error {
	if j.again && ctx.Err() == nil {
		var err error
		if j.class, err = s.reload(ctx, j.members); err != nil {
			return err
		}
	}
	j.again = true
	return do(ctx, j.class)
}

// reload sorts the members of a class again, after other processes may have trained
// some.
func (s *session) reload(ctx context.Context, members []equivalentRun) (class, error) {
	runs := runsOf(members)
	held, err := s.holdings(ctx, runs)
	if err != nil {
		return class{}, err
	}
	for _, run := range runs {
		if held.settled(run) && s.account(run, &s.summary.Elsewhere) {
			s.report(Event{Kind: EventSkipped, Run: run})
		}
	}
	return newClass(members, held), nil
}

// aside reports whether err says that one of the runs is to go on later, or that another
// process has it, or had it, and if so, how long to put them aside.
func (s *session) aside(err error, runs []sweep.Run) (wait time.Duration, aside bool) {
	if requeued, ok := errors.AsType[*requeuedError](err); ok {
		s.report(Event{Kind: EventRequeued, Run: requeued.run, Err: requeued.cause})
		return requeueAfter, true
	}
	key := heldKey(err)
	if key == "" {
		_, finished := errors.AsType[*sweep.FinishedError](err)
		return 0, finished
	}
	for _, run := range runs {
		if run.Key == key {
			s.report(Event{Kind: EventHeld, Run: run, Err: err})
		}
	}
	return min(askAgain, s.Lease), true
}

func runsOf(members []equivalentRun) []sweep.Run {
	runs := make([]sweep.Run, len(members))
	for i, m := range members {
		runs[i] = m.Run
	}
	return runs
}

// claim returns the terms on which the session asks for the run.
func (s *session) claim(run sweep.Run) sweep.Claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	origin := s.Provenance
	if run.Params.Command != nil {
		origin = origin.ForCommand()
	}
	return sweep.Claim{
		Owner: s.Owner, Lease: s.Lease, Provenance: origin,
		Retry: s.failed[run.Key] && !s.counted[run.Key], Copies: s.TrainAll,
	}
}

// begin begins a run. It does not wait for the lease of an owner that has died.
func (s *session) begin(ctx context.Context, run sweep.Run, claim sweep.Claim) (attempt int, from sweep.Checkpoint, err error) {
	attempt, from, err = s.Recorder.Begin(ctx, run, claim)
	if leased, ok := errors.AsType[*sweep.LeasedError](err); ok && s.OwnerDead != nil && s.OwnerDead(leased.Owner) {
		claim.PreviousOwner = leased.Owner
		return s.Recorder.Begin(ctx, run, claim)
	}
	return attempt, from, err
}

// train takes one run from Begin to Finish, or to the step pauseAt, where it is
// given back; 0 is none. The error is the recorder's, or a requeuedError: a run's own
// error is an outcome.
func (s *session) train(ctx context.Context, run sweep.Run, pauseAt int, forProof bool) (sweep.Outcome, error) {
	number, from, err := s.begin(ctx, run, s.claim(run))
	if ctx.Err() != nil && err != nil {
		return sweep.Outcome{State: sweep.StatePending}, nil // the sweep was stopped just before; the run stays as it was
	}
	if e, ok := errors.AsType[*sweep.FinishedError](err); ok && e.State == sweep.StateFailed {
		failed := sweep.Outcome{State: sweep.StateFailed}
		s.count(run, failed, errElsewhere, forProof)
		return failed, nil
	}
	if err != nil {
		return sweep.Outcome{}, fmt.Errorf("begin run %s: %w", run.Name, err)
	}
	if pauseAt > 0 && reaches(from.Points, pauseAt) {
		return sweep.Outcome{State: sweep.StatePending}, s.giveBack(ctx, run, number) // another process has just brought it there
	}
	began := Event{Kind: EventBegan, Run: run}
	if n := len(from.Points); n > 0 {
		began.Point = from.Points[n-1]
	}
	s.report(began)
	outcome, runErr, err := newAttempt(s, run, number, from, pauseAt).train(ctx)
	if err == nil {
		s.count(run, outcome, runErr, forProof)
	}
	s.report(Event{Kind: EventEnded, Run: run, Outcome: outcome})
	if err == nil && ctx.Err() == nil && errors.Is(runErr, sweep.ErrRequeue) {
		return outcome, &requeuedError{run, runErr}
	}
	return outcome, err
}

// giveBack ends an attempt that trained nothing.
func (s *session) giveBack(ctx context.Context, run sweep.Run, attempt int) error {
	return s.Recorder.Finish(context.WithoutCancel(ctx), run.Key, attempt, sweep.Outcome{State: sweep.StatePending})
}
