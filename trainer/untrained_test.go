package trainer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/pretrained"
)

// asked is a context that counts how often it is asked whether it has ended, which a walk
// does before every stage of the network.
type asked struct {
	context.Context
	times int
}

func (a *asked) Err() error {
	a.times++
	return a.Context.Err()
}

// trainAsked trains a run that begins with s, and returns its curve and outcome as text,
// and how often its context was asked.
func trainAsked(t *testing.T, s *session) (curve string, times int) {
	t.Helper()
	ctx, n := &asked{Context: t.Context()}, &notebook{}
	o, err := s.run(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	o.Seconds, o.TokensPerSecond = 0, 0
	return fmt.Sprintf("%+v %+v %+v", n.points, o, s.start), ctx.times
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// fewRows writes rows of several lengths with prompts, and returns their path.
func fewRows(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	var rows []byte
	for i := range 12 {
		rows = fmt.Appendf(rows, "{\"prompt\": \"row %d: %*d\", \"completion\": \"of %d\"}\n", i, i, i, 12)
	}
	put(t, path, rows)
	return path
}

// fewRowsParams is a run of one step on such rows.
func fewRowsParams(data string) sweep.Params {
	p := sweep.Defaults()
	p.Data, p.DataEval, p.Holdout, p.Seq = data, data, 0, 32
	p.Steps, p.Batch = 1, 2
	return p
}

// begin lays out a run.
func begin(t *testing.T, tr *Trainer, p sweep.Params) *session {
	t.Helper()
	if p.LRA == 0 && p.LRB == 0 {
		p.Inherit()
	}
	s, err := tr.session(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRunsThatReadTheSameBeforeTrainingReadItOnce compares each run, after another that
// may have read the same, with the run that shares nothing.
func TestRunsThatReadTheSameBeforeTrainingReadItOnce(t *testing.T) {
	data := fewRows(t)
	others, ids := filepath.Join(t.TempDir(), "others.jsonl"), filepath.Join(t.TempDir(), "ids.jsonl")
	put(t, others, []byte(`{"text": "another row"}`))
	put(t, ids, []byte(`{"input_ids": [1, 2, 3, 4], "labels": [-100, 2, 3, 4]}`))
	model := func(eps float64) string {
		dir, c := t.TempDir(), shapes[groupedQueries]
		c.NormEps = eps
		if err := pretrained.Write(dir, c, randomTensors(c), "F32", nil); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	one, another := model(1e-5), model(1e-3)
	judgedByTraining := func(p *sweep.Params) { p.DataEval, p.Shuffle = "", false }
	shuffled := func(p *sweep.Params) { p.DataEval, p.Shuffle = "", true }
	tr := New(Options{})
	for _, c := range []struct {
		name   string
		both   func(*sweep.Params) // of the run before, too; nil: nothing
		change func(*sweep.Params)
		shared bool
	}{
		{"the same", nil, func(*sweep.Params) {}, true},
		{"lr and optimizer", nil, func(p *sweep.Params) { p.LR, p.Optimizer = 1, "sgd" }, true},
		{"alpha, r and scaling", nil, func(p *sweep.Params) { p.Alpha, p.R, p.Scaling = 4096, 3, "alpha" }, true},
		{"targets", nil, func(p *sweep.Params) { p.Targets = []string{"down_proj"} }, true},
		{"seed and init", nil, func(p *sweep.Params) { p.Seed, p.Init, p.InitStd = 5, "gaussian", 7 }, true},
		{"dropout", nil, func(p *sweep.Params) { p.Dropout = 0.5 }, true},
		{"steps and eval_every", nil, func(p *sweep.Params) { p.Steps, p.EvalEvery = 2, 1 }, true},
		{"rows to train on", nil, func(p *sweep.Params) { p.Rows = 3 }, true},
		{"int4, both", func(p *sweep.Params) { p.DType = "int4" }, func(p *sweep.Params) { p.LR = 1 }, true},
		{"match, both", func(p *sweep.Params) { p.Eval = []string{"loss", "match"} }, func(p *sweep.Params) { p.LR = 1 }, true},
		{"judged by rows to train on", judgedByTraining, func(p *sweep.Params) { p.Seed = 5 }, true},
		{"judged by the same, shuffled", shuffled, func(p *sweep.Params) { p.Alpha = 64 }, true},

		{"judged by others, shuffled", shuffled, func(p *sweep.Params) { p.Seed = 5 }, false},
		{"model", func(p *sweep.Params) { p.Model, p.Data, p.DataEval = one, ids, ids }, func(p *sweep.Params) { p.Model = another }, false},
		{"dtype", nil, func(p *sweep.Params) { p.DType = "bfloat16" }, false},
		{"rows", nil, func(p *sweep.Params) { p.DataEval = others }, false},
		{"rows to train on instead", nil, func(p *sweep.Params) { p.DataEval = ""; p.Rows = 5 }, false},
		{"match", nil, func(p *sweep.Params) { p.Eval = []string{"loss", "match"} }, false},
		{"what bears a loss", nil, func(p *sweep.Params) { p.LossOn = "all" }, false},
		{"batch", nil, func(p *sweep.Params) { p.Batch = 1 }, false},
		{"seq", nil, func(p *sweep.Params) { p.Seq = 16 }, false},
		{"B drawn, A zero", nil, func(p *sweep.Params) { p.Init = "swapped" }, false},
		{"both factors drawn", nil, func(p *sweep.Params) { p.Init = "both" }, false},
		{"method full", nil, func(p *sweep.Params) { p.Method = "full" }, false},
		{"alpha infinite in float32", nil, func(p *sweep.Params) { p.Alpha = 1e45 }, false},
		{"alpha so large that A's output overflows", nil, func(p *sweep.Params) { p.Alpha = 2e39 }, false},
		{"A so large that its output overflows", nil, func(p *sweep.Params) { p.InitStd = 1e38 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := fewRowsParams(data)
			if c.both != nil {
				c.both(&p)
			}
			tr.untrained = untrainedBy{}
			trainAsked(t, begin(t, tr, p))
			c.change(&p)
			alone := begin(t, tr, p)
			alone.untrained = nil
			want, all := trainAsked(t, alone)
			got, times := trainAsked(t, begin(t, tr, p))
			if got != want {
				t.Errorf("curve and outcome\n%s, alone\n%s", got, want)
			}
			if shared := times < all; shared != c.shared {
				t.Errorf("its context was asked %d times, alone %d; want fewer: %t", times, all, c.shared)
			}
		})
	}
}

func TestARunThatStartsFromAnAdapterReadsItBeforeTraining(t *testing.T) {
	p := fewRowsParams(fewRows(t))
	tr := New(Options{})
	first := begin(t, tr, p)
	trainAsked(t, first)
	s := begin(t, tr, p)
	if err := s.model.load(first.model.adapter()); err != nil {
		t.Fatal(err)
	}
	trainAsked(t, s)
	if s.start.loss != first.latest.loss {
		t.Errorf("reads %v, want what the adapter ended with, %v", s.start.loss, first.latest.loss)
	}
	zero := &adapter.Adapter{Factors: map[string]adapter.Factor{}}
	for module, f := range first.model.adapter().Factors {
		clear(f.B)
		zero.Factors[module] = f
	}
	if s = begin(t, tr, p); s.model.load(zero) != nil {
		t.Fatal("cannot load it")
	}
	if trainAsked(t, s); s.start.loss != first.start.loss {
		t.Errorf("reads %v with B zero, want the base model's, %v", s.start.loss, first.start.loss)
	}
}

// waiting is a context that says when somebody waits for its end.
type waiting struct {
	context.Context
	once  sync.Once
	began chan struct{}
}

func (w *waiting) Done() <-chan struct{} {
	w.once.Do(func() { close(w.began) })
	return w.Context.Done()
}

// halted is a context that stops whoever asks it for the third time, says so, and ends
// once that may go on.
type halted struct {
	context.Context
	times            int
	reached, proceed chan struct{}
}

func (h *halted) Err() error {
	if h.times++; h.times < 3 {
		return nil
	}
	if h.times == 3 {
		close(h.reached)
		<-h.proceed
	}
	return context.Canceled
}

// TestACancelledRunLeavesItsReadingToThoseThatWait cancels the run that reads the base
// model, while two others wait for that: one goes on, the other is cancelled as well.
func TestACancelledRunLeavesItsReadingToThoseThatWait(t *testing.T) {
	tr, p := New(Options{}), fewRowsParams(fewRows(t))
	alone := begin(t, tr, p)
	alone.untrained = nil
	want, _ := trainAsked(t, alone)

	train := func(ctx context.Context, s *session) <-chan error {
		done := make(chan error, 1)
		go func() {
			_, err := s.run(ctx, &notebook{})
			done <- err
		}()
		return done
	}
	first := &halted{Context: t.Context(), reached: make(chan struct{}), proceed: make(chan struct{})}
	firstDone := train(first, begin(t, tr, p))
	<-first.reached

	cancellable, cancel := context.WithCancel(t.Context())
	second := &waiting{Context: cancellable, began: make(chan struct{})}
	secondDone := train(second, begin(t, tr, p))
	third := &waiting{Context: t.Context(), began: make(chan struct{})}
	s := begin(t, tr, p)
	thirdDone := train(third, s)
	<-second.began
	<-third.began

	cancel()
	if err := <-secondDone; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it waits: %v", err)
	}
	close(first.proceed)
	if err := <-firstDone; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while it reads: %v", err)
	}
	if err := <-thirdDone; err != nil {
		t.Fatal(err)
	}
	if s.start.loss != alone.start.loss {
		t.Errorf("the run that waited reads %v, alone %v", s.start.loss, alone.start.loss)
	}
	if got, _ := trainAsked(t, begin(t, tr, p)); got != want {
		t.Errorf("the run after them\n%s, alone\n%s", got, want)
	}
}

func TestAPanicDoesNotLeaveOthersWaiting(t *testing.T) {
	var r relay[int, string]
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		_, _ = r.get(t.Context(), 1, func() (string, error) { panic("no") })
	}()
	if got, err := r.get(t.Context(), 1, func() (string, error) { return "yes", nil }); got != "yes" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
