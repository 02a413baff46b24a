package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
	"sweep/trainer"
)

// scaledGrid has three distinct runs among four, and copies with all that is to
// be scaled along; under adamw and under clipped sgd.
const scaledGrid = `
name = "scaled"
[fixed]
data      = "rows.jsonl"
data_eval = "rows.jsonl"
steps     = 12
batch     = 2
[grid]
alpha = [16, 64]
[derive]
init_std = "0.05*4/sqrt(alpha)"
clip     = "0.5*sqrt(alpha)/4"
[[arm]]
name = "adamw"
[arm.fixed]
schedule  = "cosine"
[arm.grid]
lr = { pow2 = [0.0078125, 0.0625] }
[arm.derive]
eps          = "1e-8*sqrt(alpha)/4"
weight_decay = "0.1*sqrt(alpha)/4"
[[arm]]
name = "sgd"
[arm.fixed]
optimizer = "sgd"
momentum  = 0.9
[arm.grid]
lr = [0.03125, 0.125, 0.5]
[arm.derive]
weight_decay = "0.1*alpha/16"
`

func writeGrid(t testing.TB, text string) (file, db string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"grid.toml": text, "rows.jsonl": smallRows} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "grid.toml"), filepath.Join(dir, "sweep.db")
}

// sweepCommand runs the program and expects an exit code.
func sweepCommand(t testing.TB, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), args, nil, &out, &errs); got != code {
		t.Fatalf("sweep %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// stored are the runs of the latest sweep with their adapters, and their curves.
func stored(t *testing.T, db string) (runs []sweep.Result, curves map[string][]sweep.Point) {
	t.Helper()
	st, err := store.OpenReadOnly(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	results, err := st.Results(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range results {
		whole, err := st.Result(t.Context(), r.Key)
		if err != nil {
			t.Fatal(err)
		}
		runs, keys = append(runs, whole), append(keys, r.Key)
	}
	if curves, err = st.Curves(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	return runs, curves
}

// TestACopyIsWhatTrainingGives trains every cell of a grid, and then one of each
// orbit only.
func TestACopyIsWhatTrainingGives(t *testing.T) {
	file, db := writeGrid(t, scaledGrid)
	sweepCommand(t, 0, "run", file, "--db", db, "--no-symmetry")
	stdout, _ := sweepCommand(t, 0, "run", file, "--db", db+"2")
	if want := "scaled: 14 runs: 9 done, 4 copied, 1 trained for proof\n"; !strings.Contains(stdout, want) {
		t.Errorf("got %s, want %s", stdout, want)
	}
	trained, curves := stored(t, db)
	recorded, copied := stored(t, db+"2")
	copies := 0
	for i, want := range trained {
		got := recorded[i]
		if want.CopyOf != "" {
			t.Errorf("%s is a copy in spite of --no-symmetry", want.Name)
		}
		if got.CopyOf != "" {
			copies++
		}
		if c := sweep.ContrastCurves(curves[want.Key], copied[got.Key]); !c.Equal || got.CurveHash != want.CurveHash {
			t.Errorf("%s: %v, hash %s, want %s", got.Name, c, got.CurveHash, want.CurveHash)
		}
		if !bytes.Equal(got.Adapter, want.Adapter) || len(got.Adapter) == 0 {
			t.Errorf("%s: the adapter differs from the trained one", got.Name)
		}
		if got.State != want.State || got.Loss != want.Loss || got.EvalLoss != want.EvalLoss || got.FirstLoss != want.FirstLoss || got.Steps != want.Steps {
			t.Errorf("%s: got %+v, want %+v", got.Name, got.Outcome, want.Outcome)
		}
	}
	if copies != 4 {
		t.Errorf("%d copies, want 4", copies)
	}
}

func TestACopyThatCannotBeProvedIsReported(t *testing.T) {
	file, db := writeGrid(t, strings.ReplaceAll(scaledGrid, "[16, 64]", "[4, 16, 64]"))
	spec, err := grid.ParseSpec(file)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := grid.NewPlan(spec, trainer.New(trainer.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	originals, known := &grid.Plan{Spec: spec}, map[string]bool{}
	for _, run := range plan.Runs {
		if id := run.Orbit().ID; !known[id] {
			known[id], originals.Runs = true, append(originals.Runs, run)
		}
	}
	pool := runner.Runner{Lease: time.Minute, Trainer: trainer.New(trainer.Options{}), Recorder: corrupting{st}}
	if summary, err := pool.Run(t.Context(), originals); err != nil || summary.Done != len(originals.Runs) {
		t.Fatalf("%+v, %v", summary, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	_, stderr := sweepCommand(t, exitFailed, "run", file, "--db", db)
	for _, want := range []string{"not equal", "loss at step 0 is 99 and 0", "--no-symmetry"} {
		if !strings.Contains(strings.Join(strings.Fields(stderr), " "), want) {
			t.Errorf("got %s, want %q", stderr, want)
		}
	}
}

// corrupting is a store that changes the curves it is given.
type corrupting struct{ sweep.Store }

func (c corrupting) Observe(ctx context.Context, key string, attempt int, points []sweep.Point, state []byte) error {
	points = slices.Clone(points)
	for i := range points {
		points[i].Loss = 99
	}
	return c.Store.Observe(ctx, key, attempt, points, state)
}
