package trainer

import (
	"runtime"
	"testing"

	"sweep/sweep"
)

// heap is what is in use once garbage is collected.
func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// heapOfSession is what a run takes that is laid out, with two states on their way to the
// store.
func heapOfSession(t *testing.T, tr *Trainer, p sweep.Params) int {
	t.Helper()
	before := heap()
	s, err := tr.session(p)
	if err != nil {
		t.Fatal(err)
	}
	states := [2][]byte{s.state(), s.state()}
	took := heap() - before
	runtime.KeepAlive(s)
	runtime.KeepAlive(states)
	return took
}

// TestARunTakesTheMemoryThatIsEstimated compares estimates with the heap.
func TestARunTakesTheMemoryThatIsEstimated(t *testing.T) {
	tr := New(Options{})
	for name, change := range map[string]func(*sweep.Params){
		"small":         func(*sweep.Params) {},
		"a large batch": func(p *sweep.Params) { p.Batch, p.Seq = 32, 128 },
		"a long row":    func(p *sweep.Params) { p.Batch, p.Seq = 1, 160 },
		"a high rank":   func(p *sweep.Params) { p.R, p.Targets = 64, allTargets },
		"dropout":       func(p *sweep.Params) { p.Batch, p.Dropout, p.Targets = 16, 0.1, allTargets },
		"sgd":           func(p *sweep.Params) { p.Optimizer, p.R, p.Targets = "sgd", 64, allTargets },
		"every weight":  func(p *sweep.Params) { p.Method = "full" },
		"held-out rows": func(p *sweep.Params) { p.Holdout = 0.4 },
	} {
		t.Run(name, func(t *testing.T) {
			p := sweep.Defaults()
			p.Steps, p.Holdout = 1, 0
			change(&p)
			p.Inherit()
			e, err := tr.Estimate(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tr.Inspect(p); err != nil { // reads what runs share
				t.Fatal(err)
			}
			got := heapOfSession(t, tr, p)
			if ratio := float64(e.Memory) / float64(got); ratio < 0.97 || ratio > 1.1 {
				t.Errorf("takes %d bytes, estimated at %d, %.3f of it", got, e.Memory, ratio)
			}
		})
	}
}

func TestAModelTakesTheMemoryThatIsEstimated(t *testing.T) {
	tr := New(Options{})
	p := sweep.Defaults()
	p.Inherit()
	b, err := tr.base(p.Model)
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	f, err := b.frozen(p.DType)
	if err != nil {
		t.Fatal(err)
	}
	got := heap() - before
	shared, err := b.shared(p.DType)
	if err != nil {
		t.Fatal(err)
	}
	estimated := rounded(shared)
	if ratio := float64(estimated) / float64(got); ratio < 0.95 || ratio > 1.1 {
		t.Errorf("takes %d bytes, estimated at %d, %.3f of it", got, estimated, ratio)
	}
	runtime.KeepAlive(f)
}

func TestLongerRunsAreEstimatedAsMoreWork(t *testing.T) {
	tr := New(Options{})
	work := func(change func(*sweep.Params)) float64 {
		p := sweep.Defaults()
		p.Steps, p.Holdout = 100, 0.01
		change(&p)
		p.Inherit()
		e, err := tr.Estimate(p)
		if err != nil {
			t.Fatal(err)
		}
		return e.Work
	}
	base := work(func(*sweep.Params) {})
	for name, change := range map[string]func(*sweep.Params){
		"steps":      func(p *sweep.Params) { p.Steps = 110 },
		"batch":      func(p *sweep.Params) { p.Batch++ },
		"r":          func(p *sweep.Params) { p.R++ },
		"targets":    func(p *sweep.Params) { p.Targets = allTargets },
		"method":     func(p *sweep.Params) { p.Method = "full" },
		"eval_every": func(p *sweep.Params) { p.EvalEvery = 10 },
		"seq":        func(p *sweep.Params) { p.Seq *= 2 },
	} {
		if work(change) <= base {
			t.Errorf("more %s is not more work", name)
		}
	}
}
