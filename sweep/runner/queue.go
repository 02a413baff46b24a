package runner

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"sweep/sweep"
)

// queue hands out jobs in order, as many at a time as fit into memory and into their
// lanes. A job whose run another process has is put aside and handed out again later.
type queue struct {
	limit int64          // bytes; 0 = none
	lanes map[string]int // jobs at a time; a lane that is not there has no bound

	mu     sync.Mutex
	change sync.Cond // on mu: something below changed
	ready  []job
	aside  int   // jobs that will be ready after a while
	inUse  int64 // bytes of the jobs handed out
	inLane map[string]int
	closed bool
}

// job is a class to be settled.
type job struct {
	members []equivalentRun
	class   class   // as it was when the job was made
	again   bool    // it was handed out before
	lane    string  // of its runs
	bytes   int64   // of memory that one of its runs takes
	work    float64 // of one of its runs
}

func newQueue(jobs []job, limit int64, lanes map[string]int) *queue {
	q := &queue{ready: jobs, limit: limit, lanes: lanes, inLane: map[string]int{}}
	q.change.L = &q.mu
	return q
}

// next waits for a job and takes it. There is none once the queue is empty or
// closed.
func (q *queue) next() (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && len(q.ready)+q.aside > 0 {
		if i := slices.IndexFunc(q.ready, q.fits); i >= 0 {
			j := q.ready[i]
			copy(q.ready[1:i+1], q.ready[:i]) // the jobs before it, which are few
			q.ready[0], q.ready = job{}, q.ready[1:]
			q.inUse += j.bytes
			q.inLane[j.lane]++
			return j, true
		}
		q.change.Wait()
	}
	return job{}, false
}

// fits reports whether a job may be handed out beside those that are.
func (q *queue) fits(j job) bool {
	most, bounded := q.lanes[j.lane]
	return (q.limit == 0 || q.inUse+j.bytes <= q.limit) && (!bounded || q.inLane[j.lane] < most)
}

// release gives back what a job took.
func (q *queue) release(j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inUse -= j.bytes
	q.inLane[j.lane]--
	q.change.Broadcast()
}

// putAside makes a job ready again after a while.
func (q *queue) putAside(j job, after time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.aside++
	time.AfterFunc(after, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.aside--
		q.ready = append(q.ready, j)
		q.change.Broadcast()
	})
}

// close lets next return at once.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Broadcast()
}

// MemoryError refuses a run that takes more memory than there is for all runs.
type MemoryError struct {
	Run           sweep.Run
	Needs, Limits int64 // bytes
}

func (e *MemoryError) Error() string {
	return fmt.Sprintf("run %s takes about %s of memory in training, and there is %s for all runs",
		e.Run.Name, sweep.FormatBytes(e.Needs), sweep.FormatBytes(e.Limits))
}

// arrange sorts jobs by length, the longest first, so that no long one is left for a
// single worker at the end, and sets the memory that each takes, and its lane.
func (r *Runner) arrange(jobs []job) error {
	for i := range jobs {
		if r.Lane != nil {
			jobs[i].lane = r.Lane(jobs[i].class.open[0].Run) // those of a class are of one command, or of none
		}
	}
	if r.Estimator == nil {
		return nil
	}
	estimates := make([]sweep.Estimate, len(jobs))
	for i := range jobs {
		j := &jobs[i]
		run := j.class.open[0].Run // a class's runs are of one shape
		e, err := r.Estimator.Estimate(run.Params)
		if err != nil {
			return fmt.Errorf("estimate run %s: %w", run.Name, err)
		}
		if j.bytes, j.work = e.Memory, e.Work; r.Memory > 0 && j.bytes > r.Memory {
			return &MemoryError{run, j.bytes, r.Memory}
		}
		estimates[i] = e
	}
	if r.Estimated != nil {
		r.Estimated(estimates)
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(b.work, a.work) })
	return nil
}
