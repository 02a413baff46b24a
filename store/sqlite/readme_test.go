package sqlite_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// TestTheSQLOfTheREADMEReadsACurve runs the statement that the README shows on a store
// that has the run it names, and another of that name in another sweep.
func TestTheSQLOfTheREADMEReadsACurve(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?s)sqlite3 sweep\.db "(SELECT .*? sweep = '(.*?)' AND name = '(.*?)')"`).FindSubmatch(readme)
	if shown == nil {
		t.Fatal("the README shows no SQL that selects the curve of a run")
	}
	statement, sweepName, name := string(shown[1]), string(shown[2]), string(shown[3])
	path := filepath.Join(t.TempDir(), "sweep.db")
	s := open(t, path)
	defer shut(t, s)
	for i, key := range []string{"k1", "k2"} {
		saved := sweep.SavedSweep{Name: []string{sweepName, "other"}[i], Keys: []string{key}, Names: []string{name}, Saved: time.Unix(1, 0)}
		points := []sweep.Point{{EvalLoss: 3, Evaluated: true}, {Step: 1, Loss: 2.5 + float64(i)}, {Step: 2, Loss: 2.25, EvalLoss: 2, Evaluated: true}}
		_, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Name: name}, sweep.Claim{Lease: time.Hour})
		for _, err := range []error{err, s.SaveSweep(t.Context(), saved), s.Observe(t.Context(), key, 1, points, nil)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff([]string{"0 <nil>", "1 2.5", "2 2.25"}, query(t, path, statement)); diff != "" {
		t.Errorf("%s, -want +got:\n%s", statement, diff)
	}
}
