package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/runner"
)

// pretender trains nothing. The loss that it hands out is least at an lr that
// falls as alpha rises, with noise by seed, and at too high an lr it diverges.
type pretender struct{ idle }

func (pretender) Train(_ context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	p := run.Params
	off := math.Log10(p.LR) + 2.5 + 0.5*math.Log10(p.Alpha)
	noise := 0.02 * math.Sin(float64(p.Seed*12345+p.R*77)+1000*p.LR+p.Alpha)
	loss := 1 + off*off/4 + noise
	o := sweep.Outcome{State: sweep.StateDone, Steps: p.Steps, Loss: loss, EvalLoss: loss + 0.1, FirstLoss: 3}
	if off > 2 {
		o.State = sweep.StateDiverged
	}
	return o, journal.Observe(sweep.Point{Step: 1, Loss: loss, GradNorm: 1})
}

// storeOf fills a store with a finished sweep of 1,000 settings and so many
// seeds, and returns its path.
func storeOf(b *testing.B, seeds int) string {
	b.Helper()
	plan := benchPlan(b, fmt.Sprintf(`[grid]
		r = [4, 8, 16, 32]
		alpha = { pow2 = [1, 512] }
		lr = { log = [1e-5, 1e-1], points = 25 }
		seed = { range = [0, %d], step = 1 }`, seeds-1), pretender{})
	path := filepath.Join(b.TempDir(), "bench.db")
	st, err := store.Open(path, sweep.DefaultPatience())
	if err != nil {
		b.Fatal(err)
	}
	if err := st.SaveSweep(b.Context(), savedSweep(plan)); err != nil {
		b.Fatal(err)
	}
	r := runner.Runner{Trainer: pretender{}, Recorder: st, Lease: time.Minute, CheckpointEvery: time.Minute, Workers: 2, TrainAll: true}
	if s, err := r.Run(b.Context(), plan); err != nil || s.Done+s.Diverged != len(plan.Runs) {
		b.Fatalf("%+v, %v", s, err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkAtSize is how long commands take on a sweep of 10,000 runs and on
// one of 100,000. Making the larger store takes a minute.
func BenchmarkAtSize(b *testing.B) {
	for _, size := range []struct {
		seeds    int
		commands []string
	}{
		{10, []string{"report --out DIR/report.html", "plot --out DIR --format svg", "plot --kind curves --out DIR --format svg"}},
		{100, []string{
			"ls bench", "ls bench -o json", "ls bench --where r=8", "ls bench --group-by all-but-seed", "ls", "best",
			"show r8-a16-lr1e-3-s0", "diff r8-a16-lr1e-3-s0 r8-a16-lr1e-3-s1", "rm -n r8-a16-lr1e-3-s0", "rm -n --sweep bench",
			"export runs", "export curves",
		}},
	} {
		b.Run(fmt.Sprint(1000*size.seeds), func(b *testing.B) {
			path := storeOf(b, size.seeds)
			for _, command := range size.commands {
				b.Run(command, func(b *testing.B) {
					args := append(strings.Fields(strings.ReplaceAll(command, "DIR", b.TempDir())), "--db", path)
					for b.Loop() {
						if code := run(b.Context(), args, nil, io.Discard, os.Stderr); code != 0 {
							b.Fatalf("exit code %d", code)
						}
					}
				})
			}
		})
	}
}
