package main

import (
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
)

func TestEveryExperimentParsesAndOpensWithItsQuestion(t *testing.T) {
	var files []string
	for _, folder := range []string{".", "full", "small"} {
		found, err := filepath.Glob("../../experiments/" + folder + "/*.toml")
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d experiments, %v", folder, len(found), err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		spec, err := sweep.ParseSpec(file)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, word := range []string{"Prediction:", "Refuted if"} {
			head, _, _ := strings.Cut(spec.Source, "\nname")
			if !strings.HasPrefix(head, "#") || !strings.Contains(head, word) {
				t.Errorf("%s does not open with a comment that says %q", file, word)
			}
		}
	}
}

// TestACommittedRunIsReproducedToTheBit trains one run of the first experiment
// and compares its curve with the hash beside its figure.
func TestACommittedRunIsReproducedToTheBit(t *testing.T) {
	const name = "a16-lr0.01-s0"
	spec, err := sweep.ParseSpec("../../experiments/alpha-tracks-lr.toml")
	if err != nil {
		t.Fatal(err)
	}
	tr := trainer.New(trainer.Options{})
	plan, err := sweep.NewPlan(spec, tr)
	if err != nil {
		t.Fatal(err)
	}
	want := committedHashes(t, "../../experiments/alpha-tracks-lr/runs.csv")
	if len(plan.Runs) != len(want) {
		t.Errorf("the grid has %d runs, the results %d", len(plan.Runs), len(want))
	}
	for _, run := range plan.Runs {
		if want[run.Name] == "" {
			t.Errorf("run %s is not among the results", run.Name)
		}
		if run.Name != name {
			continue
		}
		outcome, err := tr.Train(t.Context(), run, sweep.Observer(func(sweep.Point) error { return nil }))
		if err != nil || outcome.CurveHash != want[name] {
			t.Errorf("%s: curve hash %s, %v; want %s", name, outcome.CurveHash, err, want[name])
		}
	}
}

// committedHashes are the curve hashes of a table of results, by run.
func committedHashes(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	return hashes(t, f)
}

func hashes(t *testing.T, table io.Reader) map[string]string {
	t.Helper()
	rows, err := csv.NewReader(table).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]string{}
	for _, row := range rows[1:] {
		byName[row[0]] = row[len(row)-1]
	}
	return byName
}
