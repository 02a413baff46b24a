package storetest

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/sweep"
)

// strangeNames are names that JSON, SQL or a sorting may change.
var strangeNames = []string{"", " ", `"quoted"`, `back\slash`, "accuracy", "comma,colon:}", "eval/accuracy", "line\nfeed", "NaN", "Ähre", "日本", "😀", "\x00"}

func measuresComeBack(t *testing.T, s *suite) {
	attempt, points := s.begin("aa"), curve(len(awkward))
	var last sweep.Measures
	for i := range points {
		for j, name := range strangeNames[:min(i, len(strangeNames))] {
			points[i].Measures = points[i].Measures.With(name, awkward[(i+j)%len(awkward)])
		}
		last = last.Merge(points[i].Measures)
	}
	s.ok(s.Observe(t.Context(), "aa", attempt, points, nil))
	s.wantCurve("aa", points)
	o := done(points)
	o.Measures, o.Environment = last, "python = 3.13\ntorch = 2.15.0"
	s.ok(s.Finish(t.Context(), "aa", attempt, o))
	if diff := cmp.Diff(o, s.result("aa").Outcome, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the outcome, -want +got:\n%s", diff)
	}
	s.ok(s.Check(t.Context()))
}

// rewrittenCurve replaces the end, the middle and all of a curve, from steps that it has,
// lacks and has not reached yet.
func rewrittenCurve(t *testing.T, s *suite) {
	for _, from := range []int{0, 1, 3, 6, 7, 9} {
		key := fmt.Sprintf("from%d", from)
		attempt, points := s.begin(key), curve(6)
		for i := range points {
			points[i].Measures = sweep.Measures{{Name: "accuracy", Value: 0.5}, {Name: "old", Value: 1}}
		}
		s.ok(s.Observe(t.Context(), key, attempt, points, nil))
		var again []sweep.Point
		for step := max(from, 1); step < 12; step += 2 {
			again = append(again, sweep.Point{Step: step, Loss: float64(step), GradNorm: math.NaN(), Measures: sweep.Measures{{Name: "accuracy", Value: float64(step)}}})
		}
		s.ok(s.Rewrite(t.Context(), key, attempt, from, again))
		want := append(points[:min(max(from-1, 0), 6):min(max(from-1, 0), 6)], again...)
		s.wantCurve(key, want)
		s.ok(s.Observe(t.Context(), key, attempt, []sweep.Point{{Step: 20, Loss: 1}}, nil))
		want = append(want, sweep.Point{Step: 20, Loss: 1})
		s.ok(s.Finish(t.Context(), key, attempt, done(want)))
		s.wantCurve(key, want)
		s.wantStale(s.Rewrite(t.Context(), key, attempt, 1, nil), attempt)
		s.wantCurve(key, want)
	}
}

// rewrittenBelowCheckpoint is about a checkpoint that is later than where the curve is
// rewritten from: it stays, and the next attempt gets the curve up to its step.
func rewrittenBelowCheckpoint(t *testing.T, s *suite) {
	points := curve(6)
	attempt := s.lease("aa", 0)
	s.ok(s.Observe(t.Context(), "aa", attempt, points[:4], []byte("after four")))
	s.ok(s.Observe(t.Context(), "aa", attempt, points[4:], nil))
	again := []sweep.Point{{Step: 2, Loss: 7}, {Step: 4, Loss: 8}, {Step: 5, Loss: 9}}
	s.ok(s.Rewrite(t.Context(), "aa", attempt, 2, again))
	want := append(points[:1:1], again...)
	s.wantCurve("aa", want)
	next, from, err := s.Begin(t.Context(), run("aa"), sweep.Claim{Lease: time.Hour})
	s.ok(err)
	if diff := cmp.Diff(sweep.Checkpoint{Points: want[:3], State: []byte("after four")}, from, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the checkpoint, -want +got:\n%s", diff)
	}
	s.wantCurve("aa", want[:3])
	s.ok(s.Rewrite(t.Context(), "aa", next, 0, nil))
	s.wantCurve("aa", nil)
	s.ok(s.Finish(t.Context(), "aa", next, sweep.Outcome{State: sweep.StatePending}))
	_, from, err = s.Begin(t.Context(), run("aa"), sweep.Claim{Lease: time.Hour})
	s.ok(err)
	if len(from.Points) != 0 || string(from.State) != "after four" {
		t.Errorf("after the whole curve was taken away, the checkpoint is %+v", from)
	}
}

// rewrittenAllOrNone is about points that cannot be stored.
func rewrittenAllOrNone(t *testing.T, s *suite) {
	attempt, points := s.begin("aa"), curve(4)
	s.ok(s.Observe(t.Context(), "aa", attempt, points, nil))
	if err := s.Rewrite(t.Context(), "aa", attempt, 3, []sweep.Point{{Step: 3}, {Step: 3}}); err == nil {
		t.Error("a step was stored twice")
	}
	if err := s.Rewrite(t.Context(), "aa", attempt, 3, []sweep.Point{{Step: 2}}); err == nil {
		t.Error("a step before those that are replaced was stored")
	}
	s.wantCurve("aa", points)
}
