package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
)

func TestRunsAreFoundByNameAndByTheStartOfTheirKey(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	defer shut(t, s)
	for i, sw := range []store.Sweep{
		{Name: "old", Keys: []string{"aa11", "aa22"}, Names: []string{"s0", "s1"}},
		{Name: "new", Keys: []string{"bb11", "aa22"}, Names: []string{"s0", "low/s1"}},
	} {
		sw.Saved = time.Unix(int64(i), 0)
		if err := s.SaveSweep(t.Context(), sw); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Begin(t.Context(), sweep.Run{Key: "cc11", Name: "lone"}, sweep.Claim{Lease: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, sweep, want string }{
		{"s1", "", "aa22: old s1, new low/s1"},
		{"low/s1", "", "aa22: new low/s1, old s1"},
		{"bb", "", "bb11: new s0"},
		{"s0", "old", "aa11: old s0"},
		{"aa", "new", "aa22: new low/s1, old s1"},
		{"lone", "", "cc11: lone"},
		{"aa", "", `"aa" may mean 2 runs`},
		{"s0", "", "s0, key bb11, of sweep new\n  s0, key aa11, of sweep old"},
		{"s11", "", `no run "s11"; did you mean "s1"?`},
		{"lone", "old", `no run "lone"`},
		{"%", "", `no run "%"`},
	} {
		found, err := s.Find(t.Context(), c.text, c.sweep)
		var places []string
		for _, p := range found.Places {
			places = append(places, strings.TrimSpace(p.Sweep+" "+p.Name))
		}
		got := found.Key + ": " + strings.Join(places, ", ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q of sweep %q: got %s, want %s", c.text, c.sweep, got, c.want)
		}
	}
	if found, err := s.Find(t.Context(), "lone", ""); err != nil || found.Begun.IsZero() || !found.Ended.IsZero() {
		t.Errorf("begun %v, ended %v, %v; want a run that was begun and has not ended", found.Begun, found.Ended, err)
	}
}

func TestOnlyTheFirstOfManyCandidatesAreListed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "x.db"))
	defer shut(t, s)
	sw := store.Sweep{Name: "many"}
	for i := range 30 {
		sw.Keys, sw.Names = append(sw.Keys, fmt.Sprintf("aa%02d", i)), append(sw.Names, fmt.Sprintf("s%02d", i))
	}
	if err := s.SaveSweep(t.Context(), sw); err != nil {
		t.Fatal(err)
	}
	_, err := s.Find(t.Context(), "aa", "")
	if ambiguous, ok := errors.AsType[*store.AmbiguousError](err); !ok || len(ambiguous.Candidates) != 30 || !strings.HasSuffix(err.Error(), "and 22 more") {
		t.Errorf("got %v", err)
	}
}

// finishRun begins a run and ends it.
func finishRun(t *testing.T, s *store.Store, key string, o sweep.Outcome) {
	t.Helper()
	attempt, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Name: key}, sweep.Claim{})
	if err == nil {
		err = s.Finish(t.Context(), key, attempt, o)
	}
	if err != nil {
		t.Fatal(err)
	}
}
