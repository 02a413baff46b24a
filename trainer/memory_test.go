package trainer_test

import (
	"runtime"
	"testing"

	"sweep/trainer"
)

// TestARunLeavesNothingBehind looks at the heap after one garbage collection:
// what waits for a second one makes the heap of a long sweep grow with every
// run.
func TestARunLeavesNothingBehind(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	tr := trainer.New(trainer.Options{})
	p := builtinParams()
	train(t, tr, p) // what runs share is read by the first
	runtime.GC()
	runtime.GC()
	before := heap()
	train(t, tr, p)
	held := heap()
	runtime.GC()
	if after := heap(); after > before+(held-before)/4 {
		t.Errorf("%d kB before a run, %d kB with its garbage, %d kB after one collection", before>>10, held>>10, after>>10)
	}
}
