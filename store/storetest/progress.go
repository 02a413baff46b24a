package storetest

import (
	"math"
	"testing"
	"time"

	"sweep/sweep"
)

// progress is that of a run without the time, once it was held to now.
func (s *suite) progress(key string) sweep.Progress {
	s.t.Helper()
	p := s.result(key).Progress
	if age := time.Since(p.Heard); p != (sweep.Progress{}) && (age < -time.Second || age > time.Minute) {
		s.t.Errorf("the last sign of life of run %s was %v ago", key, age)
	}
	p.Heard = time.Time{}
	return p
}

func (s *suite) wantProgress(key string, want sweep.Progress) {
	s.t.Helper()
	got := s.progress(key)
	if math.IsNaN(got.Loss) && math.IsNaN(want.Loss) {
		got.Loss, want.Loss = 0, 0
	}
	if got != want {
		s.t.Errorf("run %s is at %+v, want %+v", key, got, want)
	}
}

func runInTraining(t *testing.T, s *suite) {
	other, points := s.handle(), curve(6)
	attempt := s.begin("aa")
	s.wantProgress("aa", sweep.Progress{Loss: math.NaN(), Owner: "host/1"})
	s.ok(s.Observe(t.Context(), "aa", attempt, points[:2], []byte("state")))
	s.ok(s.Speed(t.Context(), "aa", attempt, 1234.5))
	s.ok(s.Observe(t.Context(), "aa", attempt, points[2:5], nil))
	want := sweep.Progress{Step: 5, Loss: points[4].Loss, Checkpoint: 2, TokensPerSecond: 1234.5, Owner: "host/1"}
	s.wantProgress("aa", want)
	seen, err := other.Result(t.Context(), "aa")
	s.ok(err)
	if seen.Progress.Step != 5 || seen.State != sweep.StateRunning {
		t.Errorf("another process sees %+v, %s", seen.Progress, seen.State)
	}
	s.wantCurve("aa", points[:5])
	broken := sweep.Point{Step: 6, Loss: math.NaN()}
	s.ok(s.Observe(t.Context(), "aa", attempt, []sweep.Point{broken}, nil))
	want.Step, want.Loss = 6, math.NaN()
	s.wantProgress("aa", want)
}

func runStopped(t *testing.T, s *suite) {
	points := curve(4)
	attempt := s.lease("aa", 0)
	s.ok(s.Observe(t.Context(), "aa", attempt, points[:3], []byte("state")))
	s.ok(s.Observe(t.Context(), "aa", attempt, points[3:], nil))
	s.ok(s.Speed(t.Context(), "aa", attempt, 99))
	killed := sweep.Progress{Step: 4, Loss: points[3].Loss, Checkpoint: 3, TokensPerSecond: 99}
	s.wantProgress("aa", killed)
	next := s.begin("aa")
	s.wantStale(s.Speed(t.Context(), "aa", attempt, 1), next)
	s.wantProgress("aa", sweep.Progress{Step: 3, Loss: points[2].Loss, Checkpoint: 3, Owner: "host/1"})
	s.ok(s.Finish(t.Context(), "aa", next, sweep.Outcome{State: sweep.StatePending}))
	s.wantProgress("aa", sweep.Progress{Step: 3, Loss: points[2].Loss, Checkpoint: 3})
	last := s.begin("aa")
	s.ok(s.Observe(t.Context(), "aa", last, points[3:], nil))
	s.ok(s.Finish(t.Context(), "aa", last, done(points)))
	s.wantProgress("aa", sweep.Progress{})
	s.wantCurve("aa", points)
}
