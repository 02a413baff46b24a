package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// TestARunOfACommandGoesOnOnAnotherMachine has a worker give a run back in the middle, and
// another one, which has neither its folder nor the grid's, go on with it.
func TestARunOfACommandGoesOnOnAnotherMachine(t *testing.T) {
	home(t)
	db := postgrestest.Store(t)
	file, _ := writeGrid(t, strings.NewReplacer("25", "200", "[1, 2, 3, 4, 5, 6]", "[1]").Replace(slowGrid))
	put(t, filepath.Join(filepath.Dir(file), "train.sh"), slowScript)
	sweepCommand(t, 0, "run", file, "--db", db, "--detach")
	if err := os.RemoveAll(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	work := func(cache string) []string {
		return []string{"work", "--db", db, "--cache", filepath.Join(t.TempDir(), cache), "--idle-exit", "1s", "--workers", "1", "--lease", "2s"}
	}
	until := func(r sweep.Result) bool { return r.Progress.Step >= 10 }
	if got := interrupted(t, db, work("a"), until); got.Progress.Checkpoint < 10 || got.Progress.Checkpoint >= 200 {
		t.Fatalf("it was given back as %+v", got)
	}
	second := home(t)
	sweepCommand(t, 0, work("b")...)
	results := resultsIn(t, db)
	if len(results) != 1 || results[0].State != sweep.StateDone || results[0].Steps != 200 {
		t.Fatalf("the run came to %+v", results)
	}
	logs, err := filepath.Glob(filepath.Join(second, "sweep", "*.runs", "*", ".sweep", "metrics-*.jsonl"))
	if err != nil || len(logs) != 2 {
		t.Errorf("the second machine has %v, %v", logs, err)
	}
	if text, err := os.ReadFile(logs[1]); err != nil || strings.Contains(string(text), `"step": 10,`) || !strings.Contains(string(text), `"step": 200,`) {
		t.Errorf("it trained\n%s%v", text, err)
	}
}

// interrupted runs a command until a run of the store has come so far, tells it to end, and
// returns the run as it is then.
func interrupted(t *testing.T, db string, args []string, until func(sweep.Result) bool) sweep.Result {
	t.Helper()
	p := start(t, args)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if results := resultsIn(t, db); len(results) > 0 && until(results[0]) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not come so far: %s", p.stderr)
		}
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	return resultsIn(t, db)[0]
}

// TestAScriptThatChangesWhileWorkersTrainIsTakenFromTheStore has the script of a command
// changed, to one that fails, while a worker trains by it in its place.
func TestAScriptThatChangesWhileWorkersTrainIsTakenFromTheStore(t *testing.T) {
	home(t)
	db := postgrestest.Store(t)
	file, _ := writeGrid(t, strings.NewReplacer("25", "40", "[1, 2, 3, 4, 5, 6]", "[1, 2, 3]").Replace(slowGrid))
	script := filepath.Join(filepath.Dir(file), "train.sh")
	put(t, script, slowScript)
	sweepCommand(t, 0, "run", file, "--db", db, "--detach")
	p := start(t, []string{"work", "--db", db, "--cache", t.TempDir(), "--idle-exit", "2s", "--workers", "1", "--lease", "2s"})
	for deadline := time.Now().Add(time.Minute); !slices.ContainsFunc(resultsIn(t, db), func(r sweep.Result) bool { return r.Progress.Step > 4 }); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no run comes so far: %s", p.stderr)
		}
	}
	put(t, script+".new", "exit 1")
	if err := os.Rename(script+".new", script); err != nil { // the run in training has the old one open
		t.Fatal(err)
	}
	<-p.ended
	for _, r := range resultsIn(t, db) {
		if r.State != sweep.StateDone || r.Steps != 40 {
			t.Errorf("%s is %s after %d steps: %s", r.Name, r.State, r.Steps, r.Error)
		}
	}
}
