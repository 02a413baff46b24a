package main

import (
	"errors"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store"
	"sweep/sweep"
)

var (
	kills = flag.Int("kills", 6, "how many processes each torture test kills")
	gone  = flag.Duration("gone", 6*time.Second, "how long servers are gone that workers wait for")
	seed  = flag.Uint64("kills.seed", uint64(time.Now().UnixNano()), "of the moments at which it does")
)

const tortureGrid = `
name = "torture"
[fixed]
data    = "rows.jsonl"
holdout = 0.5
steps   = 60
eval_every = 7
batch   = 4
seq     = 32
dropout = 0.1
[grid]
optimizer = ["adamw", "sgd"]
lr        = [1e-3, 3e-3]
seed      = [0, 1, 2]
`

// tortureLease is short, so that a killed process's runs are soon taken over.
const tortureLease = time.Second

// TestKilledSweepsEndAsIfTheyHadNotBeen keeps two processes on one store,
// kills them at random moments, or stops one until its lease has lapsed, and
// lets them end. -kills 200 is the long form.
func TestKilledSweepsEndAsIfTheyHadNotBeen(t *testing.T) {
	t.Logf("-kills.seed %d", *seed)
	for name, c := range map[string]struct {
		grid  string
		flags []string
	}{
		"all cells": {tortureGrid, nil},
		"pruned": {
			strings.Replace(tortureGrid, "lr        = [1e-3, 3e-3]", "lr        = { log = [1e-5, 1], points = 6 }", 1),
			[]string{"--prune"},
		},
	} {
		t.Run(name, func(t *testing.T) { tortureSweeps(t, c.grid, c.flags) })
	}
}

func tortureSweeps(t *testing.T, text string, flags []string) {
	file, undisturbed := writeGrid(t, text)
	args := append([]string{"run", file}, flags...)
	sweepCommand(t, 0, append(slices.Clone(args), "--db", undisturbed)...)
	want := hashesIn(t, undisturbed)
	pruned := func(end string) bool { return strings.HasPrefix(end, string(sweep.StatePruned)) }
	if slices.Contains(flags, "--prune") && !slices.ContainsFunc(slices.Collect(maps.Values(want)), pruned) {
		t.Fatal("nothing was pruned")
	}
	moments := rand.New(rand.NewPCG(*seed, 0))
	for killed, round := 0, 0; killed < *kills; round++ {
		db := file + ".db"
		killed += torture(t, moments, *kills-killed, tortured(db, args)...)
		if diff := cmp.Diff(want, hashesIn(t, db)); diff != "" {
			t.Fatalf("round %d, after %d kills, -undisturbed +tortured:\n%s", round, killed, diff)
		}
		if err := os.Remove(db); err != nil {
			t.Fatal(err)
		}
	}
}

// tortured are the arguments of a process that is tortured.
func tortured(db string, args []string) []string {
	return append(slices.Clone(args), "--db", db, "--workers", "1", "--checkpoint-every", "0s", "--lease", tortureLease.String())
}

// torture runs two processes until both end by themselves. Until then it kills
// one at random moments, at most so many times, and starts another in its
// place. It returns how many it killed.
func torture(t *testing.T, moments *rand.Rand, most int, args ...string) (killed int) {
	t.Helper()
	processes := []*process{start(t, args), start(t, args)}
	for killed < most {
		time.Sleep(time.Duration(moments.IntN(600)) * time.Millisecond)
		victim := moments.IntN(2)
		p := processes[victim]
		if p.over() {
			break
		}
		if moments.IntN(5) == 0 {
			p.signal(syscall.SIGSTOP)
			time.Sleep(tortureLease * 3 / 2)
			p.signal(syscall.SIGCONT)
			continue
		}
		p.signal(syscall.SIGKILL)
		<-p.ended
		killed++
		processes[victim] = start(t, args)
	}
	for _, p := range processes {
		<-p.ended
		if p.err != nil {
			t.Fatalf("a process ended with %v:\n%s", p.err, p.stderr)
		}
	}
	return killed
}

// process is a sweep in a process of its own.
type process struct {
	*exec.Cmd
	t      testing.TB
	stdout *tail
	stderr *tail
	ended  chan struct{} // closed once err is known
	err    error
}

func start(t testing.TB, args []string) *process {
	t.Helper()
	return startProgram(t, "sweep", args...)
}

// startProgram starts any program, which is killed with the test.
func startProgram(t testing.TB, name string, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), name, args...), t: t, stdout: &tail{}, stderr: &tail{}, ended: make(chan struct{})}
	p.Stdout, p.Stderr = p.stdout, p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.Wait()
		close(p.ended)
	}()
	return p
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// signal signals a process that may have ended in the meantime.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// tail keeps the last of what is written to it.
type tail struct{ text []byte }

func (w *tail) Write(b []byte) (int, error) {
	w.text = append(w.text, b...)
	w.text = w.text[max(0, len(w.text)-2000):]
	return len(b), nil
}

func (w *tail) String() string { return string(w.text) }

// hashesIn checks a store and returns the state and the curve hash of each run.
func hashesIn(t *testing.T, db string) map[string]string {
	t.Helper()
	st, err := store.Open(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := st.Check(t.Context()); err != nil {
		t.Error(err)
	}
	results, err := st.Results(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	hashes, attempts := map[string]string{}, 0
	for _, r := range results {
		hashes[r.Name] = string(r.State) + " " + r.CurveHash
		attempts += r.Attempt
	}
	t.Logf("%d runs in %d attempts", len(results), attempts)
	return hashes
}
