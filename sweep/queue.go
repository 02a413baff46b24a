package sweep

import (
	"slices"
	"sync"
	"time"
)

// queue hands out jobs in order, as many at a time as memory admits. One that
// another process is at is put aside and comes again.
type queue struct {
	limit int64 // bytes; 0 = none

	mu     sync.Mutex
	change sync.Cond // on mu: something below changed
	ready  []job
	aside  int   // jobs that will be ready after a while
	inUse  int64 // bytes of the jobs handed out
	closed bool
}

// job is a family to be settled.
type job struct {
	members []member
	family  family  // as it stood when the job was made
	again   bool    // it was attended to before
	bytes   int64   // of memory that one of its runs takes
	work    float64 // of one of its runs
}

func newQueue(jobs []job, limit int64) *queue {
	q := &queue{ready: jobs, limit: limit}
	q.change.L = &q.mu
	return q
}

// next waits for a job and takes it. There is none once the queue is empty or
// closed.
func (q *queue) next() (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && len(q.ready)+q.aside > 0 {
		fits := func(j job) bool { return q.limit == 0 || q.inUse+j.bytes <= q.limit }
		if i := slices.IndexFunc(q.ready, fits); i >= 0 {
			j := q.ready[i]
			copy(q.ready[1:i+1], q.ready[:i]) // those before it, as few as they are
			q.ready[0], q.ready = job{}, q.ready[1:]
			q.inUse += j.bytes
			return j, true
		}
		q.change.Wait()
	}
	return job{}, false
}

// release gives back what a job took.
func (q *queue) release(j job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inUse -= j.bytes
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
