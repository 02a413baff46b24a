package kernel

/*
#include "kernels.h"

#cgo noescape run
#cgo nocallback run
static void run(const kernels *k, uintptr_t calls, idx n) { run_calls(k, (call *)calls, n); }
*/
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// lengths are the sizes of a call, in the order of its kernel's parameters.
func lengths(n ...int) (out [9]C.idx) {
	for i, x := range n {
		out[i] = C.idx(x)
	}
	return out
}

// reals are the numbers of a call.
func reals(x ...float32) (out [2]C.float) {
	for i, v := range x {
		out[i] = C.float(v)
	}
	return out
}

// places are the arrays of a call.
func places(p ...unsafe.Pointer) (out [8]unsafe.Pointer) {
	copy(out[:], p)
	return out
}

// at is where a slice begins; an empty one may be nil.
func at[T float32 | int32](x []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }

// operations is the work of a call, in floating-point operations.
func operations(c *C.call) float64 {
	s := c.size
	switch c.kernel {
	case C.MUL:
		return 2 * float64(s[0]) * float64(s[3]) * float64(s[4])
	case C.GEMM:
		return 2 * float64(s[0]) * float64(s[1]) * float64(s[2])
	case C.ATTENTION:
		return 2 * float64(s[0]) * float64(s[0]+2*s[1]) * float64(c.how.heads*c.how.dim)
	case C.ATTENTION_GRAD:
		return 5 * float64(s[0]) * float64(s[0]) * float64(c.how.heads*c.how.dim)
	case C.ROPE:
		return 16 * float64(s[0]) * float64(s[1]) * float64(s[3])
	default: // some of an element, of rows or alone
		return 32 * float64(s[0]) * float64(max(1, s[1]))
	}
}

// alone are calls that are run as they are made.
var alone = sync.Pool{New: func() any { return new(C.call) }}

// do runs a call, or queues it.
//
// What a call refers to is on the heap and held by it, and Go's heap does not move. So C
// is given the address of the calls as a number: they refer to more than cgo would pin.
func (k *Set) do(c C.call) {
	if k.queue != nil {
		k.queue.add(c)
		return
	}
	k.ask(c)
}

// ask runs a call at once, behind those that are queued, and returns its result.
func (k *Set) ask(c C.call) float64 {
	k.Wait()
	one := alone.Get().(*C.call)
	*one = c
	C.run(k.table, address(one), 1)
	result := float64(one.result)
	*one = C.call{} // which holds on to nothing
	alone.Put(one)
	return result
}

// address is where a call is, for C.
func address(c *C.call) C.uintptr_t { return C.uintptr_t(uintptr(unsafe.Pointer(c))) }

// queue has calls that are made but not run.
type queue struct {
	calls   []C.call
	beside  C.int   // what is added does not depend on what was before it
	work    float64 // operations
	scratch int     // floats that a thread needs
	team    *team   // of helpers; nil: none
	trust   trust
}

func (q *queue) add(c C.call) {
	work := operations(&c)
	c.beside, c.work = q.beside, C.double(work)
	q.calls = append(q.calls, c)
	q.work, q.scratch = q.work+work, max(q.scratch, int(c.scratch))
}

// Queue returns a Set of the same level whose calls are run when Wait is called, together
// in one call into C. Kernels of some 0.1 ms each, called one by one, have the monitor of
// Go's scheduler take the processor away and give it back each time, and look after it
// every 0.08 ms meanwhile, which is a tenth of a core. Until Wait nothing that a call reads may be changed otherwise, nor anything be read that it writes;
// what returns a figure waits by itself. The Set is for one goroutine at a time.
func (k *Set) Queue() *Set { return &Set{k.table, &queue{}} }

// worthHelp are the operations that are worth waking helpers for, some 0.1 ms, and enough
// those that are not kept waiting for more, some hundredths of a second.
const (
	worthHelp = 1e7
	enough    = 5e9
)

// Wait runs what is queued.
func (k *Set) Wait() {
	q := k.queue
	if q == nil || len(q.calls) == 0 {
		return
	}
	switch {
	case q.team == nil || q.work < worthHelp || !q.team.hasHelpers():
		k.runAlone(q.calls)
	case q.trust.now():
		began := time.Now()
		q.team.run(q.calls, q.scratch)
		q.trust.together(q.work / time.Since(began).Seconds())
	default:
		began := time.Now()
		k.runAlone(q.calls)
		q.trust.alone(q.work / time.Since(began).Seconds())
	}
	runtime.KeepAlive(q.calls)
	q.calls, q.work, q.scratch = q.calls[:0], 0, 0
}

func (k *Set) runAlone(calls []C.call) { C.run(k.table, address(&calls[0]), C.idx(len(calls))) }

// WaitIfLong runs what is queued, if it is much.
func (k *Set) WaitIfLong() {
	if k.queue != nil && k.queue.work > enough {
		k.Wait()
	}
}

// Together makes the calls that f makes, none of which depends on another or writes what
// another reads, so that threads need not wait in between.
func (k *Set) Together(f func()) {
	q := k.queue
	if q == nil {
		f()
		return
	}
	q.beside = 1
	f()
	q.beside = 0
	if n := len(q.calls); n > 0 {
		q.calls[n-1].beside = 0
	}
}
