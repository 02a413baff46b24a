package storetest

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

func heldRun(t *testing.T, s *suite) {
	const lease = 3 * time.Second // in which a slow machine asks twice
	began := time.Now()
	attempt := s.lease("aa", lease)
	other := s.handle()
	_, _, err := other.Begin(t.Context(), run("aa"), sweep.Claim{Retry: true, Copies: true})
	e, ok := errors.AsType[*sweep.LeasedError](err)
	if !ok || e.Key != "aa" || e.Owner != "host/1" {
		t.Fatalf("got %v, want a LeasedError that names host/1", err)
	}
	if left := e.Until.Sub(began); left < lease-10*time.Millisecond || left > lease+time.Second {
		t.Errorf("held for %v, want %v", left, lease)
	}
	_, _, err = other.Begin(t.Context(), run("aa"), sweep.Claim{PreviousOwner: "host/2"})
	if _, ok := errors.AsType[*sweep.LeasedError](err); !ok {
		t.Errorf("the heir of another: got %v, want a LeasedError", err)
	}
	time.Sleep(time.Until(e.Until) + 10*time.Millisecond)
	if r := s.result("aa"); r.State != sweep.StatePending {
		t.Errorf("once its lease has lapsed a run is %s, want pending", r.State)
	}
	second, _, err := other.Begin(t.Context(), run("aa"), sweep.Claim{Lease: time.Hour})
	s.ok(err)
	s.wantStale(s.Observe(t.Context(), "aa", attempt, curve(1), []byte("state")), second)
	s.wantStale(s.Restart(t.Context(), "aa", attempt), second)
	s.wantStale(s.Finish(t.Context(), "aa", attempt, done(nil)), second)
	s.wantCurve("aa", nil)
}

func inheritedRun(t *testing.T, s *suite) {
	attempt := s.begin("aa")
	s.ok(s.Observe(t.Context(), "aa", attempt, curve(2), []byte("state")))
	next, from, err := s.Begin(t.Context(), run("aa"), sweep.Claim{PreviousOwner: "host/1", Lease: time.Hour})
	s.ok(err)
	if string(from.State) != "state" {
		t.Errorf("the heir goes on from %q", from.State)
	}
	s.wantStale(s.Observe(t.Context(), "aa", attempt, nil, nil), next)
}

func renewedLease(t *testing.T, s *suite) {
	attempt := s.lease("aa", 3*time.Second)
	for i := range 8 {
		time.Sleep(500 * time.Millisecond)
		if i%2 == 0 {
			s.ok(s.Observe(t.Context(), "aa", attempt, nil, nil))
		} else {
			s.ok(s.Speed(t.Context(), "aa", attempt, 1))
		}
		_, _, err := s.Begin(t.Context(), run("aa"), sweep.Claim{})
		if _, ok := errors.AsType[*sweep.LeasedError](err); !ok {
			t.Fatalf("after %d signs of life: got %v, want a LeasedError", i+1, err)
		}
	}
}

func whatIsClaimed(t *testing.T, s *suite) {
	s.ok(s.Finish(t.Context(), "failed", s.begin("failed"), sweep.Outcome{State: sweep.StateFailed}))
	s.ok(s.Finish(t.Context(), "copy", s.begin("copy"), sweep.Outcome{State: sweep.StateDone, CopyOf: "aa"}))
	for key, c := range map[string]struct {
		state         sweep.State
		without, with sweep.Claim
	}{
		"failed": {sweep.StateFailed, sweep.Claim{Copies: true}, sweep.Claim{Retry: true}},
		"copy":   {sweep.StateDone, sweep.Claim{Retry: true}, sweep.Claim{Copies: true}},
	} {
		_, _, err := s.Begin(t.Context(), run(key), c.without)
		if e, ok := errors.AsType[*sweep.FinishedError](err); !ok || e.State != c.state {
			t.Errorf("%s: got %v, want a FinishedError", key, err)
		}
		_, _, err = s.Begin(t.Context(), run(key), c.with)
		s.ok(err)
	}
}

func prunedRun(t *testing.T, s *suite) {
	points := curve(4)
	attempt := s.begin("aa")
	s.ok(s.Observe(t.Context(), "aa", attempt, points, []byte("state")))
	s.ok(s.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: sweep.StatePruned, Steps: 4, Loss: math.NaN()}))
	if r := s.result("aa"); r.State != sweep.StatePruned || r.Steps != 4 {
		t.Errorf("got %+v", r)
	}
	s.wantCurve("aa", points)
	next, from, err := s.Begin(t.Context(), run("aa"), sweep.Claim{Lease: time.Hour})
	s.ok(err)
	if string(from.State) != "state" || s.result("aa").State != sweep.StateRunning {
		t.Errorf("it goes on from %q", from.State)
	}
	s.ok(s.Finish(t.Context(), "aa", next, done(points)))
}

func checkpointComesBack(t *testing.T, s *suite) {
	points, state := curve(6), []byte("state after four")
	for name, leave := range map[string]func(key string, attempt int){
		"killed":      func(string, int) {},
		"interrupted": func(key string, n int) { s.ok(s.Finish(t.Context(), key, n, sweep.Outcome{State: sweep.StatePending})) },
		"pruned":      func(key string, n int) { s.ok(s.Finish(t.Context(), key, n, sweep.Outcome{State: sweep.StatePruned})) },
		"failed":      func(key string, n int) { s.ok(s.Finish(t.Context(), key, n, sweep.Outcome{State: sweep.StateFailed})) },
	} {
		attempt := s.lease(name, 0)
		s.ok(s.Observe(t.Context(), name, attempt, points[:2], []byte("state after two")))
		s.ok(s.Observe(t.Context(), name, attempt, points[2:4], state))
		s.ok(s.Observe(t.Context(), name, attempt, points[4:], nil))
		leave(name, attempt)
		next, from, err := s.Begin(t.Context(), run(name), sweep.Claim{Lease: time.Hour, Retry: true})
		s.ok(err)
		if diff := cmp.Diff(sweep.Checkpoint{Points: points[:4], State: state}, from); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
		s.wantCurve(name, points[:4])
		s.ok(s.Observe(t.Context(), name, next, points[4:], nil))
		s.ok(s.Finish(t.Context(), name, next, done(points)))
		s.wantCurve(name, points)
	}
}

func largeCheckpoint(t *testing.T, s *suite) {
	state := bytes.Repeat([]byte{1, 2, 3, 5, 7}, 14<<20) // more than a row holds
	s.ok(s.Observe(t.Context(), "aa", s.lease("aa", 0), nil, state))
	_, from, err := s.Begin(t.Context(), run("aa"), sweep.Claim{})
	s.ok(err)
	if !bytes.Equal(from.State, state) {
		t.Errorf("%d bytes come back as %d, or others", len(state), len(from.State))
	}
}

func restartedRun(t *testing.T, s *suite) {
	s.ok(s.Observe(t.Context(), "aa", s.lease("aa", 0), curve(4), []byte("of no use")))
	attempt := s.lease("aa", 0)
	s.ok(s.Restart(t.Context(), "aa", attempt))
	s.wantCurve("aa", nil)
	s.ok(s.Observe(t.Context(), "aa", attempt, curve(2), nil))
	_, from, err := s.Begin(t.Context(), run("aa"), sweep.Claim{})
	s.ok(err)
	if from.State != nil || from.Points != nil {
		t.Errorf("after a restart there is a checkpoint %+v", from)
	}
}
