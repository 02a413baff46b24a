//go:build experiments

package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sweep/store"
	"sweep/sweep"
)

// TestSmallExperimentsGiveTheCommittedCurves trains the small form of every
// experiment and compares each curve with the hash committed beside it; -update
// commits what it finds.
func TestSmallExperimentsGiveTheCommittedCurves(t *testing.T) {
	grids, err := filepath.Glob("../../experiments/small/*.toml")
	if err != nil || len(grids) == 0 {
		t.Fatalf("%d small experiments, %v", len(grids), err)
	}
	db := filepath.Join(t.TempDir(), "sweep.db")
	for _, file := range grids {
		base := strings.TrimSuffix(file, ".toml")
		t.Run(filepath.Base(base), func(t *testing.T) {
			var out bytes.Buffer
			if code := run(t.Context(), []string{"run", file, "--db", db}, nil, &out, &out); code != 0 {
				t.Fatalf("exit code %d\n%s", code, &out)
			}
			results := base + "/runs.csv"
			table := resultsTable(t, db, filepath.Base(base)+"-small")
			if *update {
				if err := errors.Join(os.MkdirAll(base, 0o755), os.WriteFile(results, table, 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			got, want := hashes(t, bytes.NewReader(table)), committedHashes(t, results)
			if len(got) != len(want) {
				t.Errorf("%d runs, want %d", len(got), len(want))
			}
			for name, hash := range want {
				if got[name] != hash {
					t.Errorf("%s: curve hash %s, want %s", name, got[name], hash)
				}
			}
		})
	}
}

// resultsTable is the runs of a sweep as experiments/ keeps them: a row a run,
// its name first and its curve's hash last.
func resultsTable(t *testing.T, db, name string) []byte {
	t.Helper()
	st, err := store.OpenReadOnly(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	results, err := st.Results(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"name", "state", "steps", "loss", "eval_loss", "curve_hash"}}
	for _, r := range results {
		rows = append(rows, []string{
			r.Name, string(r.State), strconv.Itoa(r.Steps), number(r.Loss), number(r.EvalLoss), r.CurveHash,
		})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// number writes x to the digits that the store's views show.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 15, 64) }
