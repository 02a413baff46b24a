package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// slowScript is a program that logs a step every 30 ms, and goes on from its folder.
const slowScript = `
state="$SWEEP_DIR/state"
step=0
[ -e "$state" ] && step=$(cat "$state")
while [ "$step" -lt "$SWEEP_STEPS" ]; do
  sleep 0.03
  step=$((step + 1))
  echo "{\"step\": $step, \"loss\": $((100 - step)).$1}" >> "$SWEEP_METRICS"
  echo "$step" > "$state.new"
  mv "$state.new" "$state"
done
`

const slowGrid = `
name = "slow"
[command]
run   = ["sh", "train.sh", "{alpha}"]
files = ["train.sh"]
[fixed]
steps = 25
[grid]
alpha = [1, 2, 3, 4, 5, 6]
`

// writeSlowGrid writes a grid whose runs slowScript trains.
func writeSlowGrid(t *testing.T) (file, db string) {
	t.Helper()
	file, db = writeGrid(t, slowGrid)
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "train.sh"), []byte(slowScript), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, db
}

func TestKilledSweepsOfACommandEndAsIfTheyHadNotBeen(t *testing.T) {
	file, undisturbed := writeSlowGrid(t)
	sweepCommand(t, 0, "run", file, "--workers", "6", "--db", undisturbed)
	want := hashesIn(t, undisturbed)
	t.Logf("-kills.seed %d", *seed)
	moments := rand.New(rand.NewPCG(*seed, 0))
	for killed, round := 0, 0; killed < *kills; round++ {
		db := filepath.Join(t.TempDir(), "sweep.db")
		killed += torture(t, moments, *kills-killed, "run", file, "--db", db, "--workers", "2", "--checkpoint-every", "0s", "--lease", tortureLease.String())
		if diff := cmp.Diff(want, hashesIn(t, db)); diff != "" {
			t.Fatalf("round %d, after %d kills, -undisturbed +tortured:\n%s", round, killed, diff)
		}
		noneLeftIn(t, db)
	}
}

func TestKilledProgramsFailAndGoOnAtTheNextRun(t *testing.T) {
	for _, both := range []bool{false, true} {
		t.Run(fmt.Sprintf("with sweep: %v", both), func(t *testing.T) {
			file, undisturbed := writeSlowGrid(t)
			sweepCommand(t, 0, "run", file, "--workers", "6", "--db", undisturbed)
			db := filepath.Join(t.TempDir(), "sweep.db")
			args := []string{"run", file, "--db", db, "--workers", "2", "--lease", tortureLease.String()}
			p := start(t, args)
			killed := 0
			for !p.over() && killed < 4 {
				time.Sleep(150 * time.Millisecond)
				for _, pid := range processesIn(db) {
					if syscall.Kill(pid, syscall.SIGKILL) == nil {
						killed++
					}
				}
			}
			if both {
				p.signal(syscall.SIGKILL)
			}
			<-p.ended
			if killed < 4 || !both && p.ProcessState.ExitCode() != exitFailed {
				t.Errorf("after %d kills sweep ended with %v", killed, p.err)
			}
			noneLeftIn(t, db)
			sweepCommand(t, 0, args...)
			if diff := cmp.Diff(hashesIn(t, undisturbed), hashesIn(t, db)); diff != "" {
				t.Errorf("-undisturbed +killed:\n%s", diff)
			}
			noneLeftIn(t, db)
		})
	}
}

func TestAnInterruptedSweepOfACommandLosesNoStepAndGoesOn(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1} {
		t.Run(signal.String(), func(t *testing.T) {
			file, db := writeSlowGrid(t)
			args := []string{"run", file, "--db", db, "--workers", "2"}
			p := start(t, args)
			for states := []string{}; len(states) < 2 && !p.over(); time.Sleep(20 * time.Millisecond) { // that programs wrote
				states, _ = filepath.Glob(filepath.Join(db+".runs", "*", "state")) // a pattern that is right
			}
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			<-p.ended
			if p.ProcessState.ExitCode() != exitInterrupted {
				t.Errorf("sweep ended with %v: %s", p.err, p.stderr)
			}
			noneLeftIn(t, db)
			for _, r := range resultsIn(t, db) {
				if r.Attempt == 0 {
					continue
				}
				logged, err := os.ReadFile(filepath.Join(db+".runs", r.Key[:16], "state"))
				if err != nil && !errors.Is(err, fs.ErrNotExist) { // a program that just began logged nothing
					t.Error(err)
				}
				if steps, _ := strconv.Atoi(string(bytes.TrimSpace(logged))); r.State == sweep.StatePending && r.Progress.Step < steps {
					t.Errorf("%s has %d steps in the store, and logged %d", r.Name, r.Progress.Step, steps)
				}
			}
			sweepCommand(t, 0, args...)
			for _, r := range resultsIn(t, db) {
				if r.State != sweep.StateDone || r.Steps != 25 {
					t.Errorf("%s is %s at step %d", r.Name, r.State, r.Steps)
				}
			}
		})
	}
}

func TestRunsOfACommandThatAreClearlyWorseAreStopped(t *testing.T) {
	grid := strings.ReplaceAll(slowGrid, "alpha = [1, 2, 3, 4, 5, 6]", "lr = [1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3]")
	script := strings.ReplaceAll(slowScript, "$((100 - step)).$1", `$(echo $1 | cut -c1)$((100 - step))`)
	file, db := writeGrid(t, strings.ReplaceAll(grid, "{alpha}", "{lr}"))
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), "train.sh"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	sweepCommand(t, 0, "run", file, "--db", db, "--workers", "2", "--prune")
	counts := map[sweep.State]int{}
	for _, r := range resultsIn(t, db) {
		counts[r.State]++
	}
	if want := map[sweep.State]int{sweep.StateDone: 3, sweep.StatePruned: 3}; !maps.Equal(counts, want) {
		t.Errorf("got %v, want %v", counts, want)
	}
	noneLeftIn(t, db)
}

func resultsIn(t *testing.T, db string) []sweep.Result {
	t.Helper()
	runs, _ := stored(t, db)
	return runs
}

// processesIn returns the processes of programs that train runs of a store.
func processesIn(db string) (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	for _, name := range names {
		environ, _ := os.ReadFile(filepath.Join(name, "environ")) // it may have ended
		if bytes.Contains(environ, []byte("SWEEP_DIR="+db+".runs")) {
			pid, _ := strconv.Atoi(filepath.Base(name))
			pids = append(pids, pid)
		}
	}
	return pids
}

// noneLeftIn waits until no program trains runs of a store.
func noneLeftIn(t *testing.T, db string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(processesIn(db)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("left are the processes %v", processesIn(db))
		}
	}
}

// BenchmarkRunsOfACommandThatEndsAtOnce runs a sweep of 2,000 runs of a program that logs
// one line and ends, and reports what a run takes beyond the program, started plainly as
// often.
func BenchmarkRunsOfACommandThatEndsAtOnce(b *testing.B) {
	const runs = 2000
	const line = `echo '{"step": 1, "loss": 1}' >> "$SWEEP_METRICS"`
	dir := b.TempDir()
	file := filepath.Join(dir, "grid.toml")
	grid := fmt.Sprintf("name = 'short'\n[command]\nrun = ['sh', '-c', '''%s''']\n[fixed]\nsteps = 1\n[grid]\nseed = { range = [1, %d], step = 1 }\n",
		strings.NewReplacer("{", "{{", "}", "}}").Replace(line), runs)
	if err := os.WriteFile(file, []byte(grid), 0o600); err != nil {
		b.Fatal(err)
	}
	var plain, whole time.Duration
	for b.Loop() {
		began := time.Now()
		for range runs {
			c := exec.Command("sh", "-c", line)
			c.Env = append(os.Environ(), "SWEEP_METRICS="+filepath.Join(dir, "metrics"))
			if err := c.Run(); err != nil {
				b.Fatal(err)
			}
		}
		plain += time.Since(began)
		began = time.Now()
		var out, errs bytes.Buffer
		if code := run(context.Background(), []string{"run", file, "--workers", "1", "--db", filepath.Join(b.TempDir(), "sweep.db")}, nil, &out, &errs); code != 0 {
			b.Fatalf("exit code %d: %s%s", code, out.String(), errs.String())
		}
		whole += time.Since(began)
	}
	n := float64(b.N * runs)
	b.ReportMetric(1000*plain.Seconds()/n, "ms-plain/run")
	b.ReportMetric(1000*(whole-plain).Seconds()/n, "ms-more/run")
}
