package sweep

import (
	"sync"
	"time"
)

// queue hands out jobs in order. One that another process is at is put aside
// and comes again.
type queue struct {
	mu     sync.Mutex
	change sync.Cond // on mu: something below changed
	ready  []job
	aside  int // jobs that will be ready after a while
	closed bool
}

// job is a family to be settled.
type job struct {
	members []member
	family  family // as it stood when the job was made
	again   bool   // it was attended to before
}

func newQueue(jobs []job) *queue {
	q := &queue{ready: jobs}
	q.change.L = &q.mu
	return q
}

// next waits for a job and takes it. There is none once the queue is empty or
// closed.
func (q *queue) next() (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.closed && len(q.ready)+q.aside > 0 {
		if len(q.ready) > 0 {
			j := q.ready[0]
			q.ready = q.ready[1:]
			return j, true
		}
		q.change.Wait()
	}
	return job{}, false
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
