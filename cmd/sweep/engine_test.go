package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
	"sweep/trainer"
)

// idle trains nothing: it hands out so many points at once.
type idle struct{ points int }

func (i idle) Train(_ context.Context, _ sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	for step := 1; step <= i.points; step++ {
		if err := journal.Observe(sweep.Point{Step: step, Loss: 3 / float64(step), GradNorm: 1 / float64(step)}); err != nil {
			return sweep.Outcome{}, err
		}
		journal.Save(func() []byte { return make([]byte, 64<<10) })
	}
	return sweep.Outcome{State: sweep.StateDone, Steps: i.points}, nil
}

func (idle) Inspect(sweep.Params) (sweep.Inputs, error) { return sweep.Inputs{}, nil }

func (idle) Adapter(string) (sweep.AdapterSettings, error) { return sweep.AdapterSettings{}, nil }

// benchPlan plans a grid whose only axis is the seed.
func benchPlan(b *testing.B, fixed string, inspector sweep.Inspector) *grid.Plan {
	b.Helper()
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'bench'\n[fixed]\n"+fixed), "bench.toml")
	if err != nil {
		b.Fatal(err)
	}
	plan, err := grid.NewPlan(spec, inspector)
	if err != nil {
		b.Fatal(err)
	}
	return plan
}

// engine runs a plan on a store of its own.
func engine(b *testing.B, t sweep.Trainer, plan *grid.Plan, workers int) runner.Summary {
	b.Helper()
	st, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), sweep.DefaultPatience())
	if err != nil {
		b.Fatal(err)
	}
	r := runner.Runner{Trainer: t, Recorder: st, Lease: 30 * time.Second, CheckpointEvery: time.Second, Workers: workers}
	s, err := r.Run(b.Context(), plan)
	if err != nil || s.Done != len(plan.Runs) {
		b.Fatalf("%+v, %v", s, err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkEngineRuns is 10,000 runs that train nothing.
func BenchmarkEngineRuns(b *testing.B) {
	plan := benchPlan(b, "[grid]\nseed = { range = [0, 9999], step = 1 }", idle{})
	for b.Loop() {
		engine(b, idle{points: 1}, plan, 2)
	}
	b.ReportMetric(float64(b.N*len(plan.Runs))/b.Elapsed().Seconds(), "runs/s")
}

// BenchmarkEnginePoints is ten runs that hand out 100,000 points each.
func BenchmarkEnginePoints(b *testing.B) {
	plan := benchPlan(b, "[grid]\nseed = { range = [0, 9], step = 1 }", idle{})
	for b.Loop() {
		engine(b, idle{points: 100_000}, plan, 2)
	}
	b.ReportMetric(float64(b.N*1_000_000)/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkEngineTraining compares a run of the built-in model on the engine,
// kept every second, with the trainer alone, measured in turns.
func BenchmarkEngineTraining(b *testing.B) {
	t := trainer.New(trainer.Options{})
	plan := benchPlan(b, "steps = 150\nbatch = 4\nholdout = 0", t)
	var alone, onEngine time.Duration
	for b.Loop() {
		began := time.Now()
		_, err := t.Train(b.Context(), plan.Runs[0], sweep.Observer(func(sweep.Point) error { return nil }))
		if err != nil {
			b.Fatal(err)
		}
		alone += time.Since(began)
		began = time.Now()
		engine(b, t, plan, 1)
		onEngine += time.Since(began)
	}
	b.ReportMetric(100*alone.Seconds()/onEngine.Seconds(), "%-of-trainer")
}
