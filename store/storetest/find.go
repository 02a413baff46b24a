package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
)

// saveCells saves a sweep of cells, each written as KEY=NAME.
func (s *suite) saveCells(name string, saved time.Time, cells ...string) {
	s.t.Helper()
	sw := sweep.SavedSweep{Name: name, Saved: saved}
	for _, cell := range cells {
		key, cellName, _ := strings.Cut(cell, "=")
		sw.Keys, sw.Names = append(sw.Keys, key), append(sw.Names, cellName)
	}
	s.ok(s.SaveSweep(s.t.Context(), sw))
}

func foundRuns(t *testing.T, s *suite) {
	s.saveCells("old", at(0), "aa11=s0", "aa22=s1", "b%_=odd")
	s.saveCells("new", at(1), "bb11=s0", "aa22=low/s1")
	attempt := s.begin("cc11") // which is named r8-cc11, and no sweep has it
	for _, c := range []struct{ text, sweep, want string }{
		{"s1", "", "aa22: old s1, new low/s1"},
		{"low/s1", "", "aa22: new low/s1, old s1"},
		{"bb", "", "bb11: new s0"},
		{"s0", "old", "aa11: old s0"},
		{"aa", "new", "aa22: new low/s1, old s1"},
		{"r8-cc11", "", "cc11: r8-cc11"},
		{"cc", "", "cc11: r8-cc11"},
		{"b%", "", "b%_: old odd"},
		{"aa", "", `"aa" may mean 2 runs`},
		{"s0", "", "s0, key bb11, of sweep new\n  s0, key aa11, of sweep old"},
		{"s11", "", `no run "s11"; did you mean "s1"?`},
		{"r8-cc11", "old", `no run "r8-cc11"`},
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
	if found, err := s.Find(t.Context(), "cc", ""); err != nil || found.Begun.IsZero() || !found.Ended.IsZero() {
		t.Errorf("begun %v, ended %v, %v; want a run that was begun and has not ended", found.Begun, found.Ended, err)
	}
	s.ok(s.Finish(t.Context(), "cc11", attempt, done(nil)))
	if found, err := s.Find(t.Context(), "cc", ""); err != nil || found.Ended.Before(found.Begun) {
		t.Errorf("begun %v, ended %v, %v; want a run that has ended", found.Begun, found.Ended, err)
	}
}

func ambiguousText(t *testing.T, s *suite) {
	var cells []string
	for i := range 30 {
		cells = append(cells, fmt.Sprintf("aa%02d=s%02d", i, i))
	}
	s.saveCells("many", at(0), cells...)
	_, err := s.Find(t.Context(), "aa", "")
	if e, ok := errors.AsType[*sweep.AmbiguousError](err); !ok || len(e.Candidates) != 30 || !strings.HasSuffix(err.Error(), "and 22 more") {
		t.Errorf("got %v", err)
	}
}

func namesOfRuns(t *testing.T, s *suite) {
	s.saveCells("a", at(0), "k1=s0", "k2=s1")
	s.saveCells("b", at(1), "k1=s0", "k3=s2")
	s.begin("k4")
	for name, want := range map[string][]string{"": {"r8-k4", "s0", "s1", "s2"}, "b": {"s0", "s2"}, "nobody's": nil} {
		got, err := s.RunNames(t.Context(), name)
		s.ok(err)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("the runs of sweep %q are named %v, want %v", name, got, want)
		}
	}
}
