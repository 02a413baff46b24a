package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

func notes(t *testing.T, s *suite) {
	saved := sweep.SavedSweep{Name: "a", Keys: []string{"aa"}, Names: []string{"r8-aa"}, Saved: time.Now()}
	s.ok(s.SaveSweep(t.Context(), saved))
	s.finish("aa")
	s.finish("bb")
	write := func(of sweep.Subject, n sweep.Note) {
		s.ok(s.EditNote(t.Context(), of, func(sweep.Note) sweep.Note { return n }))
	}
	about := sweep.Note{Text: "too short, it's clear", Tags: []string{"draft", "x y"}}
	write(sweep.Subject{Sweep: "a"}, about)
	write(sweep.Subject{Key: "aa"}, sweep.Note{Text: "odd"})
	write(sweep.Subject{Key: "bb"}, about)
	write(sweep.Subject{Key: "bb"}, sweep.Note{})

	s.ok(s.SaveSweep(t.Context(), saved)) // again
	all, err := s.SweepNotes(t.Context())
	s.ok(err)
	if diff := cmp.Diff(map[string]sweep.Note{"a": about}, all); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := s.result("aa").Note; got.Text != "odd" || got.Tags != nil {
		t.Errorf("the run's note is %+v", got)
	}
	if got := s.result("bb").Note; !cmp.Equal(got, sweep.Note{}) {
		t.Errorf("a note that was taken away is %+v", got)
	}

	var both sync.WaitGroup // two people at once lose nothing
	for _, tag := range []string{"one", "two", "three", "four"} {
		other := s.handle()
		both.Go(func() {
			err := other.EditNote(t.Context(), sweep.Subject{Key: "bb"}, func(n sweep.Note) sweep.Note {
				n.Tags = append(n.Tags, tag)
				return n
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if got := s.result("bb").Note.Tags; len(got) != 4 || !slices.Contains(got, "three") {
		t.Errorf("four tags at once leave %v", got)
	}

	for _, of := range []sweep.Subject{{Sweep: "nosuch"}, {Key: "nosuch"}} {
		err := s.EditNote(t.Context(), of, func(n sweep.Note) sweep.Note { return n })
		if _, ok := errors.AsType[*sweep.NotFoundError](err); !ok {
			t.Errorf("%+v: got %v, want a NotFoundError", of, err)
		}
	}
	r, err := s.RemovalOfSweep(t.Context(), "a")
	s.ok(err)
	s.ok(s.Remove(t.Context(), r))
	if all, err = s.SweepNotes(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("the sweep is gone, its note %v stays, %v", all, err)
	}
}
