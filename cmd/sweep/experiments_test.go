package main

import (
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/trainer"
)

func TestEveryExperimentParsesAndOpensWithItsQuestion(t *testing.T) {
	var files []string
	for _, folder := range []string{".", "full", "small", "scripts"} {
		found, err := filepath.Glob("../../experiments/" + folder + "/*.toml")
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d experiments, %v", folder, len(found), err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		spec, err := grid.ParseSpec(file)
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

// TestACommittedRunIsReproducedToTheBit trains one run of every experiment on
// the built-in model and compares its curve with the committed hash.
func TestACommittedRunIsReproducedToTheBit(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	for experiment, name := range map[string]string{
		"alpha-tracks-lr":      "a16-lr0.01-s0",
		"full/zero-start":      "zero/r64-a256-alpha-kaiming",
		"full/alpha-tracks-lr": "control-clip/a4-lr7.8125e-3-s0",
		"full/fixed-alpha":     "root-r/r16-s1-lr0.01",
		"full/too-large":       "r32/s2-a256-lr4.64e-3",
		"full/paper-tables":    "ratio-16/s0-lr4.64e-3",
	} {
		t.Run(experiment, func(t *testing.T) {
			spec, err := grid.ParseSpec("../../experiments/" + experiment + ".toml")
			if err != nil {
				t.Fatal(err)
			}
			plan, err := grid.NewPlan(spec, tr)
			if err != nil {
				t.Fatal(err)
			}
			want := committedHashes(t, "../../experiments/"+experiment+"/runs.csv")
			if len(plan.Cells) != len(want) {
				t.Errorf("the grid has %d cells, the results %d", len(plan.Cells), len(want))
			}
			for _, cell := range plan.Cells {
				if want[cell.Name] == "" {
					t.Errorf("cell %s is not among the results", cell.Name)
				}
			}
			i := slices.IndexFunc(plan.Runs, func(r sweep.Run) bool { return r.Name == name })
			if i < 0 {
				t.Fatalf("the grid has no run %s", name)
			}
			outcome, err := tr.Train(t.Context(), plan.Runs[i], sweep.Observer(func(sweep.Point) error { return nil }))
			if err != nil || outcome.CurveHash != want[name] {
				t.Errorf("%s: curve hash %s, %v; want %s", name, outcome.CurveHash, err, want[name])
			}
		})
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
