package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/sweep"
)

// marks are those of a sweep, by key.
func (s *suite) marks(name string) map[string]string {
	s.t.Helper()
	all, err := s.Marks(s.t.Context(), name)
	s.ok(err)
	texts := map[string]string{}
	for _, m := range all {
		texts[m.Key] = m.Text
	}
	return texts
}

func marksTell(t *testing.T, s *suite) {
	s.save("a", at(0), "aa", "bb", "cc")
	all, err := s.Marks(t.Context(), "")
	s.ok(err)
	if want := []sweep.Mark{{Key: "aa", Name: "cell-aa"}, {Key: "bb", Name: "cell-bb"}, {Key: "cc", Name: "cell-cc"}}; !slices.Equal(all, want) {
		t.Errorf("the marks of a new sweep are %v, want %v", all, want)
	}
	points := curve(6)
	attempt := 0
	before := s.marks("a")
	for _, change := range []struct {
		name string
		make func() error
	}{
		{"begun", func() error { attempt = s.begin("bb"); return nil }},
		{"points", func() error { return s.Observe(t.Context(), "bb", attempt, points[:3], []byte("state")) }},
		{"speed", func() error { return s.Speed(t.Context(), "bb", attempt, 99) }},
		{"rewritten", func() error { return s.Rewrite(t.Context(), "bb", attempt, 2, points[2:3]) }},
		{"given back", func() error { return s.Finish(t.Context(), "bb", attempt, sweep.Outcome{State: sweep.StatePending}) }},
		{"begun again", func() error { attempt = s.begin("bb"); return nil }},
		{"started anew", func() error { return s.Restart(t.Context(), "bb", attempt) }},
		{"ended", func() error { return s.Finish(t.Context(), "bb", attempt, done(points[:0])) }},
		{"noted", func() error {
			return s.EditNote(t.Context(), sweep.Subject{Key: "bb"}, func(sweep.Note) sweep.Note { return sweep.Note{Text: "odd"} })
		}},
		{"tagged", func() error {
			return s.EditNote(t.Context(), sweep.Subject{Key: "bb"}, func(n sweep.Note) sweep.Note { n.Tags = []string{"x"}; return n })
		}},
		{"lapsed", func() error { s.lease("cc", 0); return nil }},
		{"removed", func() error {
			r, err := s.RemovalOfRun(t.Context(), "bb")
			s.ok(err)
			return s.Remove(t.Context(), r)
		}},
	} {
		time.Sleep(2 * time.Millisecond) // a lease renewed within one is the same
		s.ok(change.make())
		after := s.marks("a")
		changed := "bb"
		if change.name == "lapsed" {
			changed = "cc"
		}
		for key := range after {
			if (before[key] != after[key]) != (key == changed) {
				t.Errorf("%s: the mark of %s was %q and is %q", change.name, key, before[key], after[key])
			}
		}
		if again := s.marks("a"); !cmp.Equal(after, again) {
			t.Errorf("%s: nothing changed, and the marks %v are %v", change.name, after, again)
		}
		before = after
	}
}

func someResults(t *testing.T, s *suite) {
	s.save("a", at(0), "aa", "bb", "cc", "dd")
	s.finish("bb")
	s.begin("dd")
	all, err := s.Results(t.Context(), "a")
	s.ok(err)
	some, err := s.SomeResults(t.Context(), "a", []string{"dd", "nosuch", "aa", "bb"})
	s.ok(err)
	want := []sweep.Result{all[0], all[1], all[3]}
	if diff := cmp.Diff(want, some, cmpopts.EquateEmpty(), cmpopts.EquateNaNs(), cmpopts.IgnoreFields(sweep.Progress{}, "Heard")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func curvesFromAStep(t *testing.T, s *suite) {
	points := curve(6)
	for _, key := range []string{"aa", "bb", "cc"} {
		s.ok(s.Observe(t.Context(), key, s.begin(key), points, nil))
	}
	curves, err := s.CurvesFrom(t.Context(), map[string]int{"aa": points[4].Step, "bb": 0, "cc": points[5].Step + 1, "nosuch": 0})
	s.ok(err)
	want := map[string][]sweep.Point{"aa": points[4:], "bb": points}
	if diff := cmp.Diff(want, curves, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
