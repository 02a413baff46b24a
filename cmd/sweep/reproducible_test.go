package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
	"sweep/trainer"
	"sweep/trainer/kernel"
)

// smallGrid is eight short runs of the built-in model, two of which diverge.
const smallGrid = `
name = "small"
[fixed]
data      = "rows.jsonl"
data_eval = "rows.jsonl"
steps     = 4
batch     = 2
optimizer = "sgd"
[grid]
alpha = [1, 16]
lr    = [0.1, 1e38]
seed  = [0, 1]
`

const smallRows = `{"prompt": "one and one? ", "completion": "two"}
{"prompt": "two and one? ", "completion": "three"}
{"prompt": "one and four? ", "completion": "five"}
`

// circumstances are what may not move a bit of a curve.
type circumstances struct {
	kernels   *kernel.Set
	workers   int
	reversed  bool
	interrupt int // stop the sweep after so many points, then run it again; 0: never
}

// hashes trains smallGrid and returns the curve hash of each run by key, from
// the stored points.
func (c circumstances) hashes(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"small.toml": smallGrid, "rows.jsonl": smallRows} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := grid.ParseSpec(filepath.Join(dir, "small.toml"))
	if err != nil {
		t.Fatal(err)
	}
	tr := trainer.New(trainer.Options{Kernels: c.kernels})
	plan, err := grid.NewPlan(spec, tr)
	if err != nil {
		t.Fatal(err)
	}
	if c.reversed {
		slices.Reverse(plan.Runs)
	}
	st, err := store.Open(filepath.Join(dir, "sweep.db"), sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if c.interrupt > 0 {
		stopping := &stoppingTrainer{Trainer: tr, left: c.interrupt, stop: cancel}
		summary, err := (&runner.Runner{Lease: time.Minute, Trainer: stopping, Recorder: st, Workers: 1}).Run(ctx, plan)
		if err != nil || !summary.Interrupted || summary.Left == 0 {
			t.Fatalf("interrupted sweep: %+v, %v; want runs left", summary, err)
		}
	}
	summary, err := (&runner.Runner{Lease: time.Minute, Trainer: tr, Recorder: st, Workers: c.workers}).Run(context.Background(), plan)
	if err != nil || summary.Failed+summary.Left > 0 {
		t.Fatalf("%+v, %v; want every run done", summary, err)
	}
	var keys []string
	for _, run := range plan.Runs {
		keys = append(keys, run.Key)
	}
	curves, err := st.Curves(context.Background(), keys)
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]string{}
	for key, points := range curves {
		hashes[key] = sweep.HashCurve(points)
	}
	return hashes
}

// stoppingTrainer ends the sweep after some points.
type stoppingTrainer struct {
	sweep.Trainer
	left int
	stop func()
}

func (s *stoppingTrainer) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	return s.Trainer.Train(ctx, run, &stoppingJournal{journal, s})
}

type stoppingJournal struct {
	sweep.Journal
	trainer *stoppingTrainer
}

func (j *stoppingJournal) Observe(p sweep.Point) error {
	if j.trainer.left--; j.trainer.left == 0 {
		j.trainer.stop()
	}
	return j.Journal.Observe(p)
}

func TestCurvesDependOnTheirParametersAndInputsAlone(t *testing.T) {
	want := circumstances{workers: 1}.hashes(t)
	if len(want) != 8 {
		t.Fatalf("%d curves, want 8", len(want))
	}
	cases := map[string]circumstances{
		"two workers":       {workers: 2},
		"five workers":      {workers: 5},
		"reverse order":     {workers: 2, reversed: true},
		"run again":         {workers: 2, interrupt: 12},
		"run again at once": {workers: 1, interrupt: 1},
	}
	for _, k := range kernel.All() {
		cases["kernels "+k.Name()] = circumstances{workers: 2, kernels: k}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.hashes(t); !maps.Equal(got, want) {
				t.Errorf("curve hashes %v, want %v", got, want)
			}
		})
	}
}
