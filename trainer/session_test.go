package trainer

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
)

const groupedQueries = "grouped queries, untied"

// trainTiny trains a model of shapes and returns its points.
func trainTiny(t *testing.T, k *kernel.Set, p sweep.Params) ([]sweep.Point, sweep.Outcome) {
	t.Helper()
	return trainCheckpoint(t, writeModel(t, shapes[groupedQueries]), k, p)
}

func trainCheckpoint(t *testing.T, c *pretrained.Model, k *kernel.Set, p sweep.Params) ([]sweep.Point, sweep.Outcome) {
	t.Helper()
	s := newTestSession(t, c, k, p)
	for module, l := range s.model.loras { // as runs start, unlike newTestSession
		clear(l.bt.value)
		l.initialise(module, p)
	}
	var points []sweep.Point
	outcome, err := s.run(context.Background(), sweep.Observer(func(q sweep.Point) error {
		points = append(points, q)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return points, outcome
}

func sameLosses(a, b []sweep.Point) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Loss != b[i].Loss || a[i].EvalLoss != b[i].EvalLoss {
			return false
		}
	}
	return true
}

func TestLossBeforeTrainingEqualsTheBaseModelsToTheBit(t *testing.T) {
	p := tinyParams("full")
	p.Steps = 1
	base, _ := trainTiny(t, kernel.Best(), p)
	p.Method = "lora"
	for _, scaling := range []string{"alpha/r", "alpha/sqrt(r)", "alpha"} {
		for _, r := range []int{1, 8, 20} {
			for _, alpha := range []float64{0.3, 16, 4096} {
				p.Scaling, p.R, p.Alpha = scaling, r, alpha
				points, _ := trainTiny(t, kernel.Best(), p)
				if points[0].EvalLoss != base[0].EvalLoss || points[1].Loss != base[1].Loss {
					t.Errorf("%s, r %d, alpha %g: loss before training %v and %v, base model %v and %v", scaling, r, alpha,
						points[0].EvalLoss, points[1].Loss, base[0].EvalLoss, base[1].Loss)
				}
			}
		}
	}
}

// TestAlphaTimesFourEqualsLearningRateTimesTwo holds training to the symmetry
// A -> pA, B -> pB, s -> s/p^2: under Adam it maps lr -> p lr, init_std -> p
// init_std, eps -> eps/p, decay -> decay/p, clip -> clip/p, and for p a power of
// two no rounding changes.
func TestAlphaTimesFourEqualsLearningRateTimesTwo(t *testing.T) {
	p := tinyParams("lora")
	p.Steps, p.InitStd, p.Eps, p.WeightDecay, p.Clip = 30, 0.1, 1e-3, 0.05, 0.7
	scaled := func(by float64) sweep.Params {
		q := p
		q.Alpha /= by * by
		q.LR *= by
		q.InitStd *= by
		q.Eps /= by
		q.WeightDecay /= by
		q.Clip /= by
		return q
	}
	want, _ := trainTiny(t, kernel.Best(), p)
	for _, by := range []float64{2, 0.25, 1024} {
		if got, _ := trainTiny(t, kernel.Best(), scaled(by)); !sameLosses(got, want) {
			t.Errorf("scaled by %g: losses differ, want the same bits", by)
		}
	}
	controls := map[string]func(*sweep.Params){
		"eps left alone":   func(q *sweep.Params) { q.Eps = p.Eps },
		"decay left alone": func(q *sweep.Params) { q.WeightDecay = p.WeightDecay },
		"clip left alone":  func(q *sweep.Params) { q.Clip = p.Clip },
		"init left alone":  func(q *sweep.Params) { q.InitStd = p.InitStd },
	}
	for name, change := range controls {
		q := scaled(2)
		change(&q)
		if got, _ := trainTiny(t, kernel.Best(), q); sameLosses(got, want) {
			t.Errorf("%s: losses are equal, want a difference", name)
		}
	}
	if got, _ := trainTiny(t, kernel.Best(), scaled(3)); sameLosses(got, want) {
		t.Error("scaled by 3, which rounds: losses are equal to the bit, want a difference")
	} else if last := len(want) - 1; math.Abs(got[last].EvalLoss/want[last].EvalLoss-1) > 1e-3 {
		t.Errorf("scaled by 3: final loss %v, want about %v", got[last].EvalLoss, want[last].EvalLoss)
	}
}

func TestAlphaTimesFourEqualsLearningRateOfBTimesFour(t *testing.T) {
	p := tinyParams("lora")
	p.Steps, p.WeightDecay = 30, 0.05
	p.Inherit()
	want, _ := trainTiny(t, kernel.Best(), p)
	p.Alpha, p.LRB, p.EpsB, p.WeightDecayB = p.Alpha/4, p.LRB*4, p.EpsB/4, p.WeightDecayB/4
	if got, _ := trainTiny(t, kernel.Best(), p); !sameLosses(got, want) {
		t.Error("losses differ, want the same bits")
	}
	p.LRA *= 4
	if got, _ := trainTiny(t, kernel.Best(), p); sameLosses(got, want) {
		t.Error("lr of A times four as well: losses are equal, want a difference")
	}
}

func TestUnderSGDAlphaTimesFourEqualsLearningRateTimesFour(t *testing.T) {
	for _, nesterov := range []bool{false, true} {
		p := tinyParams("lora")
		p.Optimizer, p.Momentum, p.Nesterov, p.Steps, p.LR, p.InitStd = "sgd", 0.9, nesterov, 30, 1e-3, 0.1
		want, _ := trainTiny(t, kernel.Best(), p)
		p.Alpha, p.LR, p.InitStd = p.Alpha/4, p.LR*4, p.InitStd*2
		if got, _ := trainTiny(t, kernel.Best(), p); !sameLosses(got, want) {
			t.Errorf("nesterov %t: losses differ, want the same bits", nesterov)
		}
	}
}

func TestEveryInstructionSetGivesTheSameCurve(t *testing.T) {
	for _, method := range []string{"lora", "full"} {
		p := tinyParams(method)
		p.Clip, p.Steps = 1, 8
		_, want := trainTiny(t, kernel.Best(), p)
		for _, k := range kernel.All() {
			if _, got := trainTiny(t, k, p); got.CurveHash != want.CurveHash {
				t.Errorf("%s on %s: curve hash differs from %s", method, k.Name(), kernel.Best().Name())
			}
		}
	}
}

func TestADivergingRunIsAnOutcomeAndTheSameEverywhere(t *testing.T) {
	p := tinyParams("lora")
	p.Optimizer, p.LR, p.Steps = "sgd", 1e38, 20
	points, want := trainTiny(t, kernel.Best(), p)
	if want.State != sweep.StateDiverged {
		t.Fatalf("state %q, want diverged; last point %+v", want.State, points[len(points)-1])
	}
	if last := points[len(points)-1]; finite(last.Loss) && finite(last.GradNorm) || last.Step == p.Steps {
		t.Errorf("last point %+v, want training to stop at the first loss that is not finite", last)
	}
	for _, k := range kernel.All() {
		if _, got := trainTiny(t, k, p); got.CurveHash != want.CurveHash {
			t.Errorf("%s: curve hash differs from %s", k.Name(), kernel.Best().Name())
		}
	}
}

func TestARowsLossDoesNotDependOnItsBatch(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	s := newTestSession(t, c, kernel.Best(), tinyParams("lora"))
	rows := raggedBatch(c.Config)
	losses := func(examples ...data.Example) []float32 {
		s.pass.load(data.Concat(examples), false)
		_, n, err := s.model.evaluate(t.Context(), s.pass)
		if err != nil {
			t.Fatal(err)
		}
		return append([]float32(nil), s.model.head.losses[:n]...)
	}
	together := losses(rows...)
	var apart []float32
	for _, row := range rows {
		apart = append(apart, losses(row)...)
	}
	for i := range together {
		if together[i] != apart[i] {
			t.Errorf("token %d: loss %v in a batch, %v alone", i, together[i], apart[i])
		}
	}
}

func TestTrainingStopsWhenItsContextEnds(t *testing.T) {
	s := newTestSession(t, writeModel(t, shapes[groupedQueries]), kernel.Best(), tinyParams("lora"))
	ctx, cancel := context.WithCancel(context.Background())
	last := 0
	_, err := s.run(ctx, sweep.Observer(func(p sweep.Point) error {
		if last = p.Step; last == 2 {
			cancel()
		}
		return nil
	}))
	if !errors.Is(err, context.Canceled) || last != 2 {
		t.Errorf("stopped after step %d with %v, want context.Canceled after step 2", last, err)
	}
}

func TestTrainingStopsWithTheObserversError(t *testing.T) {
	s := newTestSession(t, writeModel(t, shapes[groupedQueries]), kernel.Best(), tinyParams("lora"))
	full := errors.New("disk full")
	if _, err := s.run(context.Background(), sweep.Observer(func(sweep.Point) error { return full })); !errors.Is(err, full) {
		t.Errorf("got %v, want the observer's error", err)
	}
}

func TestMemoryDoesNotGrowWithSteps(t *testing.T) {
	s := newTestSession(t, writeModel(t, shapes[groupedQueries]), kernel.Best(), tinyParams("lora"))
	heapAfter := func(steps int) uint64 {
		for range steps {
			if err := s.step(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heapAfter(20)
	if after := heapAfter(500); after > before+64<<10 {
		t.Errorf("heap grew from %d to %d bytes in 500 steps", before, after)
	}
}

func TestSchedulesFollowTransformers(t *testing.T) {
	p := sweep.Params{Warmup: 4, Steps: 12}
	for schedule, want := range map[string]map[int]float64{
		"constant": {0: 0, 1: 0.5, 4: 2, 11: 2},
		"linear":   {0: 0, 2: 1, 4: 2, 8: 1, 11: 0.25},
		"cosine":   {0: 0, 3: 1.5, 4: 2, 8: 1, 10: 1 - math.Sqrt2/2},
	} {
		p.Schedule = schedule
		for step, lr := range want {
			near(t, schedule, 2*scheduleFactor(p, step), lr, 1e-12, 1e-12)
		}
	}
}
