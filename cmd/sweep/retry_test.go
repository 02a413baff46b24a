package main

import (
	"strings"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/trainer"
)

func TestRetryTrainsWhatFailedAndNothingElse(t *testing.T) {
	file, db := writeGrid(t, "name = 'some'\n[fixed]\ndata = 'rows.jsonl'\nholdout = 0\nsteps = 1\nbatch = 1\nseq = 32\n[grid]\nseed = [0, 1, 2]\n")
	spec, err := grid.ParseSpec(file)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := grid.NewPlan(spec, trainer.New(trainer.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	fail(t, db, plan.Runs[1])
	for _, want := range []string{"some: 1 run: 1 done", "some: nothing to train"} {
		if stdout, _ := sweepCommand(t, 0, "retry", file, "--db", db); !strings.Contains(stdout, want) {
			t.Errorf("got %s, want %q", stdout, want)
		}
	}
	if stdout, _ := sweepCommand(t, 0, "run", file, "--db", db); !strings.Contains(stdout, "some: 3 runs: 1 trained before, 2 done") {
		t.Errorf("then run: got %s", stdout)
	}
}

// fail records that a run failed.
func fail(t *testing.T, db string, run sweep.Run) {
	t.Helper()
	st, err := store.Open(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	n, _, err := st.Begin(t.Context(), run, sweep.Claim{Lease: time.Minute})
	if err == nil {
		err = st.Finish(t.Context(), run.Key, n, sweep.Outcome{State: sweep.StateFailed, Error: "cosmic ray"})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}
