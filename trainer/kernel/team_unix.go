//go:build unix

package kernel

/*
#include "kernels.h"

#cgo noescape run_together
#cgo nocallback run_together
#cgo noescape help
#cgo nocallback help
*/
import "C"

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
)

// canHelp says that there are helpers.
const canHelp = true

// team is the helpers of a queue.
type team struct {
	shared *C.team
	pipe   [2]int // from which helpers take a byte before they look for a list

	mu     sync.Mutex
	seats  []bool         // whether a helper is there
	wanted int            // helpers, on the first seats
	there  sync.WaitGroup // helpers
}

func newTeam(table *C.kernels) (*team, error) {
	t := &team{}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := syscall.Pipe(t.pipe[:]); err != nil {
		return nil, fmt.Errorf("start threads: %w", err)
	}
	for _, end := range t.pipe {
		syscall.CloseOnExec(end)
	}
	t.shared = &C.team{table: table, woken: C.int64_t(t.pipe[0]), wake: C.int64_t(t.pipe[1])}
	return t, nil
}

// want sets how many helpers there are to be.
func (t *team) want(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = n
	atomic.StoreInt64((*int64)(&t.shared.wanted), int64(n))
	for seat := range n {
		if seat == len(t.seats) {
			t.seats = append(t.seats, false)
		}
		if !t.seats[seat] {
			t.seats[seat] = true
			t.there.Go(func() { t.help(seat) })
		}
	}
	C.rouse(t.shared, C.idx(len(t.seats))) // those that are not wanted leave
}

// help is a helper at work.
func (t *team) help(seat int) {
	var scratch []float32
	for {
		switch C.help(t.shared, C.int64_t(seat), (*C.float)(at(scratch)), C.int64_t(len(scratch))) {
		case C.UNWANTED:
			if t.leave(seat) {
				return
			}
		case C.CRAMPED:
			scratch = Alloc(int(atomic.LoadInt64((*int64)(&t.shared.scratch))))
		}
	}
}

// leave gives up a seat, unless it is wanted again.
func (t *team) leave(seat int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seats[seat] = seat < t.wanted
	return !t.seats[seat]
}

func (t *team) hasHelpers() bool { return atomic.LoadInt64((*int64)(&t.shared.wanted)) > 0 }

// run runs calls together with the helpers, each of which has so many floats of scratch
// memory.
func (t *team) run(calls []C.call, scratch int) {
	t.shared.calls, t.shared.count = address(&calls[0]), C.int64_t(len(calls))
	atomic.StoreInt64((*int64)(&t.shared.scratch), int64(scratch))
	C.run_together(t.shared)
}

// close ends the helpers.
func (t *team) close() {
	t.want(0)
	t.there.Wait()
	for _, end := range t.pipe {
		_ = syscall.Close(end) // nobody reads or writes any longer
	}
}
