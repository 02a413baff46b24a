package storetest

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/sweep"
)

func runComesBack(t *testing.T, s *suite) {
	from := sweep.Provenance{
		Version: "v1", Revision: "f00", Dirty: true, CPU: "a CPU", Kernels: "avx2", Go: "go1.26",
		Source: "runs/a.json", SourceHash: "ff", Foreign: "bf16 = true\nworld = 8", Unstated: "beta1",
	}
	attempt, _, err := s.Begin(t.Context(), run("aa"), sweep.Claim{Lease: time.Hour, Provenance: from})
	s.ok(err)
	want := sweep.Result{Run: run("aa"), Outcome: sweep.Outcome{State: sweep.StateRunning}, Provenance: from, Attempt: attempt}
	if diff := cmp.Diff(want, s.result("aa"), cmpopts.IgnoreFields(sweep.Result{}, "Progress")); diff != "" || attempt != 1 {
		t.Errorf("attempt %d, -want +got:\n%s", attempt, diff)
	}
}

// awkward are values that databases like to change.
var awkward = []float64{
	0, math.Copysign(0, -1), 1, -3, 0.1, 1e300, -1e-300, 1 << 53, 1<<62 + 1<<11,
	math.SmallestNonzeroFloat64, math.MaxFloat64, math.Nextafter(1, 2),
	math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0xfff8_0000_0000_0001),
}

func curveComesBack(t *testing.T, s *suite) {
	attempt := s.begin("aa")
	var points []sweep.Point
	for i, x := range awkward {
		y, z := awkward[(i+5)%len(awkward)], awkward[(i+11)%len(awkward)]
		points = append(points,
			sweep.Point{Step: 2 * i, Loss: x, GradNorm: y, EvalLoss: z, Evaluated: true, Match: sweep.Matches{Right: i, Of: 2 * i}},
			sweep.Point{Step: 2*i + 1, Loss: y, GradNorm: z, EvalLoss: x})
	}
	s.ok(s.Observe(t.Context(), "aa", attempt, points, nil))
	s.wantCurve("aa", points)
}

// sparseCurveComesBack is about what nobody logged, which is no NaN.
func sparseCurveComesBack(t *testing.T, s *suite) {
	attempt := s.begin("aa")
	points := []sweep.Point{
		{Step: 10, Loss: math.NaN(), GradNorm: math.NaN(), EvalLoss: 3, Evaluated: true, WithoutLoss: true, WithoutNorm: true},
		{Step: 20, Loss: math.NaN(), GradNorm: math.NaN()},
		{Step: 30, Loss: math.Copysign(0, -1), GradNorm: math.NaN(), WithoutNorm: true},
		{Step: 40, Loss: math.NaN(), GradNorm: 1, WithoutLoss: true},
	}
	s.ok(s.Observe(t.Context(), "aa", attempt, points, nil))
	s.wantCurve("aa", points)
	if got, want := sweep.HashCurve(s.curve("aa")), sweep.HashCurve(points); got != want {
		t.Errorf("the curve that comes back has hash %s, want %s", got, want)
	}
}

func longCurveComesBack(t *testing.T, s *suite) {
	attempt, points := s.begin("aa"), curve(100_000)
	for part := points; len(part) > 0; part = part[1000:] {
		s.ok(s.Observe(t.Context(), "aa", attempt, part[:1000], nil))
	}
	if got, want := sweep.HashCurve(s.curve("aa")), sweep.HashCurve(points); got != want {
		t.Errorf("stored curve has hash %s, want %s", got, want)
	}
}

func outcomeComesBack(t *testing.T, s *suite) {
	for i, x := range awkward {
		key := string(rune('a' + i))
		want := sweep.Outcome{
			State: sweep.StateDone, Steps: i, Loss: x, EvalLoss: awkward[(i+1)%len(awkward)], Evaluated: true, FirstLoss: awkward[(i+2)%len(awkward)],
			TokensPerSecond: 39_000.5, Seconds: 0.1, Adapter: bytes.Repeat([]byte{0, 255, byte(i)}, 1000), Match: sweep.Matches{Right: i, Of: 99}, FirstMatch: sweep.Matches{Of: 99},
		}
		s.ok(s.Finish(t.Context(), key, s.begin(key), want))
		sameBits := cmp.Comparer(func(a, b float64) bool {
			return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
		})
		if diff := cmp.Diff(want, s.result(key).Outcome, sameBits); diff != "" {
			t.Errorf("outcome with loss %v, -want +got:\n%s", x, diff)
		}
	}
}

func absentEvaluation(t *testing.T, s *suite) {
	for key, want := range map[string]sweep.Outcome{
		"never": {State: sweep.StateDiverged, EvalLoss: math.NaN()},
		"NaN":   {State: sweep.StateDiverged, EvalLoss: math.NaN(), Evaluated: true},
	} {
		s.ok(s.Finish(t.Context(), key, s.begin(key), want))
		if diff := cmp.Diff(want, s.result(key).Outcome, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("evaluated %s, -want +got:\n%s", key, diff)
		}
	}
}

func checkedRuns(t *testing.T, s *suite) {
	s.finish("aa")
	attempt, points := s.begin("bb"), curve(3)
	s.ok(s.Observe(t.Context(), "bb", attempt, points[:2], []byte("state")))
	o := done(points) // of another curve
	s.ok(s.Finish(t.Context(), "bb", attempt, o))
	s.ok(s.CheckRuns(t.Context(), []string{"aa", "nobody"}))
	for _, err := range []error{s.CheckRuns(t.Context(), []string{"aa", "bb"}), s.Check(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "the curve of run r8-bb, key bb") {
			t.Errorf("a curve that is not its outcome's: %v", err)
		}
	}
	s.begin("cc")
	s.ok(s.CheckRuns(t.Context(), []string{"cc"}))
	// What was wrong goes, as the suite checks every store at its end.
	s.ok(s.Remove(t.Context(), sweep.Removal{Runs: []sweep.RemovalRun{{Key: "bb", Name: "r8-bb"}}}))
}

func divergedRun(t *testing.T, s *suite) {
	attempt, points := s.begin("aa"), curve(3)
	points[2].Loss = math.Inf(1)
	s.ok(s.Observe(t.Context(), "aa", attempt, points, nil))
	s.ok(s.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: sweep.StateDiverged, Loss: math.NaN()}))
	s.wantCurve("aa", points)
	if r := s.result("aa"); r.State != sweep.StateDiverged || !math.IsNaN(r.Loss) || r.Adapter != nil {
		t.Errorf("got state %s, loss %v, adapter %v", r.State, r.Loss, r.Adapter)
	}
}

func runGivenBack(t *testing.T, s *suite) {
	attempt := s.begin("aa")
	s.ok(s.Observe(t.Context(), "aa", attempt, curve(3), nil))
	s.ok(s.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: sweep.StatePending, Steps: 3, Loss: 1}))
	s.wantCurve("aa", nil)
	if r := s.result("aa"); !cmp.Equal(r.Outcome, sweep.Outcome{State: sweep.StatePending}) {
		t.Errorf("got outcome %+v", r.Outcome)
	}
	if next := s.begin("aa"); next != attempt+1 {
		t.Errorf("begun again as attempt %d, want %d", next, attempt+1)
	}
}

func failedRun(t *testing.T, s *suite) {
	attempt, points := s.begin("aa"), curve(3)
	s.ok(s.Observe(t.Context(), "aa", attempt, points, nil))
	s.ok(s.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: sweep.StateFailed, Error: "the data file is gone"}))
	if r := s.result("aa"); r.State != sweep.StateFailed || r.Error != "the data file is gone" {
		t.Errorf("got state %s, error %q", r.State, r.Error)
	}
	s.wantCurve("aa", points)
	again := s.begin("aa")
	s.wantCurve("aa", nil)
	s.ok(s.Observe(t.Context(), "aa", again, points, nil))
	if r := s.result("aa"); r.State != sweep.StateRunning || r.Error != "" || r.Attempt != 2 {
		t.Errorf("begun again: state %s, error %q, attempt %d", r.State, r.Error, r.Attempt)
	}
}

func finishedRun(t *testing.T, s *suite) {
	for _, state := range []sweep.State{sweep.StateDone, sweep.StateDiverged} {
		key, points := string(state), curve(3)
		attempt := s.begin(key)
		s.ok(s.Observe(t.Context(), key, attempt, points, nil))
		s.ok(s.Finish(t.Context(), key, attempt, sweep.Outcome{State: state, Loss: 2}))
		before := s.result(key)
		_, _, err := s.Begin(t.Context(), run(key), sweep.Claim{Retry: true, Copies: true})
		if e, ok := errors.AsType[*sweep.FinishedError](err); !ok || e.State != state || e.Key != key {
			t.Errorf("begin a run that is %s: %v", state, err)
		}
		s.wantStale(s.Observe(t.Context(), key, attempt, curve(5)[3:], nil), attempt)
		s.wantStale(s.Finish(t.Context(), key, attempt, sweep.Outcome{State: sweep.StatePending}), attempt)
		s.wantCurve(key, points)
		if diff := cmp.Diff(before, s.result(key), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("a run that is %s changed, -before +after:\n%s", state, diff)
		}
	}
}

func copies(t *testing.T, s *suite) {
	s.finish("original")
	for key, state := range map[string]sweep.State{"done": sweep.StateDone, "diverged": sweep.StateDiverged} {
		points := curve(3)
		o := done(points)
		o.State, o.CopyOf = state, "original"
		attempt := s.begin(key)
		s.ok(s.Observe(t.Context(), key, attempt, points, nil))
		s.ok(s.Finish(t.Context(), key, attempt, o))
		if r := s.result(key); !cmp.Equal(r.Outcome, o) {
			t.Errorf("a copy comes back as %+v, want %+v", r.Outcome, o)
		}
		s.wantCopies(map[string]string{key: "original"}, "original", key, "nobody")
		again := s.begin(key)
		s.wantCurve(key, nil)
		s.wantCopies(map[string]string{}, key)
		s.ok(s.Observe(t.Context(), key, again, points, nil))
		s.ok(s.Finish(t.Context(), key, again, done(points)))
		if r := s.result(key); r.CopyOf != "" || again != attempt+1 {
			t.Errorf("trained after all in attempt %d, it is a copy of %q", again, r.CopyOf)
		}
	}
}

// wantCopies compares which of the keys are copies, and of what.
func (s *suite) wantCopies(want map[string]string, keys ...string) {
	s.t.Helper()
	got, err := s.Copies(s.t.Context(), keys)
	s.ok(err)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("copies, -want +got:\n%s", diff)
	}
}

func newestAttemptWrites(t *testing.T, s *suite) {
	old, points := s.lease("aa", 0), curve(6)
	s.ok(s.Observe(t.Context(), "aa", old, points[:2], nil))
	current := s.begin("aa")
	if current != old+1 {
		t.Errorf("second attempt is %d, after %d", current, old)
	}
	s.wantCurve("aa", nil)
	s.ok(s.Observe(t.Context(), "aa", current, points[:3], nil))
	s.wantStale(s.Observe(t.Context(), "aa", old, points[3:], nil), current)
	s.wantStale(s.Finish(t.Context(), "aa", old, sweep.Outcome{State: sweep.StateFailed}), current)
	s.wantStale(s.Observe(t.Context(), "aa", current+1, points[3:], nil), current)
	s.ok(s.Observe(t.Context(), "aa", current, points[3:], nil))
	s.ok(s.Finish(t.Context(), "aa", current, done(points)))
	s.wantCurve("aa", points)
}

func closedAttempt(t *testing.T, s *suite) {
	for _, state := range []sweep.State{sweep.StatePending, sweep.StateFailed} {
		key := string(state)
		attempt := s.begin(key)
		s.ok(s.Finish(t.Context(), key, attempt, sweep.Outcome{State: state}))
		s.wantStale(s.Observe(t.Context(), key, attempt, curve(1), nil), attempt)
		s.wantStale(s.Finish(t.Context(), key, attempt, done(nil)), attempt)
		if r := s.result(key); r.State != state {
			t.Errorf("state %s, want %s", r.State, state)
		}
	}
}

func pointsAllOrNone(t *testing.T, s *suite) {
	attempt, points := s.begin("aa"), curve(6)
	s.ok(s.Observe(t.Context(), "aa", attempt, points[:3], nil))
	if err := s.Observe(t.Context(), "aa", attempt, []sweep.Point{points[3], points[1]}, nil); err == nil {
		t.Error("a step was stored twice")
	}
	s.wantCurve("aa", points[:3])
	s.ok(s.Observe(t.Context(), "aa", attempt, points[3:], nil))
	s.ok(s.Observe(t.Context(), "aa", attempt, nil, nil))
	s.wantCurve("aa", points)
}

func unknownKeys(t *testing.T, s *suite) {
	s.finish("aa")
	states, err := s.States(t.Context(), []string{"aa", "nobody", "aa"})
	s.ok(err)
	if want := (map[string]sweep.State{"aa": sweep.StateDone}); !cmp.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
	curves, err := s.Curves(t.Context(), []string{"nobody"})
	s.ok(err)
	if diff := cmp.Diff(map[string][]sweep.Point{}, curves, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("curves of nobody: %s", diff)
	}
	_, err = s.Result(t.Context(), "nobody")
	if _, prefixErr := s.Result(t.Context(), "a"); prefixErr == nil {
		t.Error("the start of a key is no key")
	}
	for _, err := range []error{err, s.Observe(t.Context(), "nobody", 1, curve(1), nil), s.Finish(t.Context(), "nobody", 1, done(nil))} {
		if e, ok := errors.AsType[*sweep.NotFoundError](err); !ok || e.Name != "nobody" {
			t.Errorf("got %v, want a NotFoundError", err)
		}
	}
}

func impossibleRequests(t *testing.T, s *suite) {
	attempt := s.begin("aa")
	nameless, unwritable := run(""), run("bb")
	unwritable.Params.LR = math.NaN()
	for _, r := range []sweep.Run{nameless, unwritable} {
		if _, _, err := s.Begin(t.Context(), r, sweep.Claim{}); err == nil {
			t.Errorf("began run %+v", r)
		}
	}
	for _, state := range []sweep.State{"", sweep.StateRunning, "finished"} {
		if err := s.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: state}); err == nil {
			t.Errorf("finished in state %q", state)
		}
	}
	states, err := s.States(t.Context(), []string{"aa", "bb", ""})
	s.ok(err)
	if want := (map[string]sweep.State{"aa": sweep.StateRunning}); !cmp.Equal(states, want) {
		t.Errorf("states %v, want %v", states, want)
	}
}

// wantStale expects err to refuse an attempt because the run is at another, or
// that one is closed.
func (s *suite) wantStale(err error, current int) {
	s.t.Helper()
	if e, ok := errors.AsType[*sweep.StaleError](err); !ok || e.Current != current {
		s.t.Errorf("got %v, want a StaleError with current attempt %d", err, current)
	}
}
