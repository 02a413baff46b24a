// Package storetest holds every backend to the behaviour that sweep.Store
// promises.
package storetest

import (
	"path/filepath"
	"testing"
	"time"

	"sweep/sweep"
)

// Backend opens the stores of a backend, as sweep/store opens them by name.
type Backend struct {
	Open         func(name string) (sweep.Store, error)
	OpenReadOnly func(name string) (sweep.Store, error) // fs.ErrNotExist where there is none
}

// Exercise runs the suite. Names are paths of files that are not there; whatever
// is opened by the same name is one store.
func Exercise(t *testing.T, b Backend) {
	for _, claim := range []struct {
		name string
		test func(t *testing.T, s *suite)
	}{
		{"a run comes back as it was given", runComesBack},
		{"a curve comes back to the bit", curveComesBack},
		{"a curve trained elsewhere keeps what was not logged apart from NaN", sparseCurveComesBack},
		{"a curve of 100,000 points comes back to the bit", longCurveComesBack},
		{"an outcome comes back to the bit", outcomeComesBack},
		{"what else a command logged comes back to the bit", measuresComeBack},
		{"a curve is rewritten from any step on", rewrittenCurve},
		{"a curve is rewritten below a checkpoint, which stays", rewrittenBelowCheckpoint},
		{"a curve is rewritten all or not at all", rewrittenAllOrNone},
		{"no evaluation is told apart from one that is NaN", absentEvaluation},
		{"the losses of held-out rows come back to the bit where they are asked for", rowLossesComeBack},
		{"the losses of held-out rows go with what they are of", rowLossesGo},
		{"runs are checked one by one", checkedRuns},
		{"a run that diverged keeps its points and no adapter", divergedRun},
		{"a run given back is pending and has no points", runGivenBack},
		{"a failed run can be begun again", failedRun},
		{"a finished run stays as it is", finishedRun},
		{"a copy names the run that was trained, until it is trained itself", copies},
		{"only the newest attempt writes", newestAttemptWrites},
		{"a closed attempt writes no more", closedAttempt},
		{"a run that is held is refused until its lease lapses", heldRun},
		{"a run that was pruned may go on", prunedRun},
		{"the next owner need not wait for the lease of one that is gone", inheritedRun},
		{"every write renews the lease", renewedLease},
		{"only who asks for them gets failures and copies", whatIsClaimed},
		{"a checkpoint comes back with the curve up to it", checkpointComesBack},
		{"a checkpoint of any size comes back", largeCheckpoint},
		{"an attempt may start anew", restartedRun},
		{"a run in training is seen as far as it came", runInTraining},
		{"a run that was stopped is seen as far as it came, and not once it has ended", runStopped},
		{"points are added all or none", pointsAllOrNone},
		{"unknown keys are told apart", unknownKeys},
		{"impossible requests change nothing", impossibleRequests},
		{"sweeps are listed newest first", sweepsNewestFirst},
		{"what was planned, predicted and seen stays in order", sweepHistory},
		{"a sweep run again replaces its cells and keeps its runs", sweepRunAgain},
		{"sweeps share runs", sweepsShareRuns},
		{"a cell comes back in its arm", armsComeBack},
		{"an unknown sweep is answered with the nearest", unknownSweep},
		{"cells are counted by state", countedCells},
		{"notes stay with what they are about, and go with it", notes},
		{"the runs of a sweep come one by one", resultsOneByOne},
		{"what changed of a sweep is told by marks", marksTell},
		{"some of the runs of a sweep come alone", someResults},
		{"curves come from a step on", curvesFromAStep},
		{"runs are found by name and by the start of their key", foundRuns},
		{"runs that a text may mean are told", ambiguousText},
		{"the names of runs are told once each", namesOfRuns},
		{"a sweep goes with the runs that nothing else needs", removedSweep},
		{"a run goes with its copies and leaves its cells", removedRun},
		{"what is training or has changed stays", refusedRemoval},
		{"a store opened for reading sees all and writes nothing", readOnly},
		{"a store that is not there is not read", nothingToRead},
		{"a store that nobody took away is still there", stillThere},
		{"a backup is the store at one instant", backup},
		{"a backup refuses what is there", refusedBackup},
		{"what was stored is there after closing", closing},
		{"two handles see one store", twoHandles},
		{"goroutines on two handles record without loss", goroutines},
		{"of many begins one attempt stays in charge", manyBegins},
		{"a cancelled context stops and changes nothing", cancelled},
	} {
		t.Run(claim.name, func(t *testing.T) {
			s := &suite{t: t, backend: b, name: filepath.Join(t.TempDir(), "odd name #1?x=%41.db")}
			s.Store = s.handle()
			claim.test(t, s)
			s.ok(s.Check(t.Context()))
		})
	}
}

// suite is one test's store.
type suite struct {
	sweep.Store
	t       *testing.T
	backend Backend
	name    string
}

// handle opens one more handle, closed at the end of the test.
func (s *suite) handle() sweep.Store {
	s.t.Helper()
	return s.opened(s.backend.Open(s.name))
}

// opened is a store that was opened, to be closed at the end of the test.
func (s *suite) opened(st sweep.Store, err error) sweep.Store {
	s.t.Helper()
	s.ok(err)
	s.t.Cleanup(func() {
		if err := st.Close(); err != nil {
			s.t.Errorf("close: %v", err)
		}
	})
	return st
}

func (s *suite) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// begin begins a run of that key, whatever became of it, to hold it for longer
// than any test takes, and returns the attempt.
func (s *suite) begin(key string) int {
	s.t.Helper()
	return s.lease(key, time.Hour)
}

// lease begins a run as begin does and holds it for some time only.
func (s *suite) lease(key string, lease time.Duration) int {
	s.t.Helper()
	attempt, _, err := s.Begin(s.t.Context(), run(key), sweep.Claim{Owner: "host/1", Lease: lease, Retry: true, Copies: true})
	s.ok(err)
	return attempt
}

// finish trains a run of that key to its end: three points, state Done.
func (s *suite) finish(key string) {
	s.t.Helper()
	attempt, points := s.begin(key), curve(3)
	s.ok(s.Observe(s.t.Context(), key, attempt, points, nil))
	s.ok(s.Finish(s.t.Context(), key, attempt, done(points)))
}

func (s *suite) result(key string) sweep.Result {
	s.t.Helper()
	r, err := s.Result(s.t.Context(), key)
	s.ok(err)
	return r
}

func (s *suite) curve(key string) []sweep.Point {
	s.t.Helper()
	curves, err := s.Curves(s.t.Context(), []string{key})
	s.ok(err)
	return curves[key]
}

// wantCurve compares the stored curve with points to the bit.
func (s *suite) wantCurve(key string, points []sweep.Point) {
	s.t.Helper()
	got := s.curve(key)
	if len(got) != len(points) {
		s.t.Fatalf("run %s has %d points, want %d", key, len(got), len(points))
	}
	for i := range got {
		if g, w := sweep.HashCurve(got[i:i+1]), sweep.HashCurve(points[i:i+1]); g != w {
			s.t.Fatalf("run %s: point %d is %+v, want %+v", key, i, got[i], points[i])
		}
	}
}

// run is a run of that key with settings of every type.
func run(key string) sweep.Run {
	return sweep.Run{
		Key: key, Name: "r8-" + key,
		Params: sweep.Params{Model: "builtin:tiny", Targets: []string{"q_proj", "v_proj"}, R: 8, Alpha: 0.1, LR: 1e-4 / 3, Shuffle: true},
		Inputs: sweep.Inputs{Model: "abc", Data: "def", Numerics: 3},
		Rows:   &sweep.RowSummary{Train: 7, Eval: 2, Cut: 1, Median: 31, Longest: 99, Lost: 0.1},
	}
}

// curve is a plain curve of steps 1 to n.
func curve(n int) []sweep.Point {
	points := make([]sweep.Point, n)
	for i := range points {
		x := 1 / float64(i+3)
		points[i] = sweep.Point{Step: i + 1, Loss: 3 * x, GradNorm: x * x}
		if i%10 == 9 {
			points[i].EvalLoss, points[i].Evaluated = 2*x, true
		}
	}
	return points
}

func done(points []sweep.Point) sweep.Outcome {
	return sweep.Outcome{State: sweep.StateDone, Steps: len(points), Loss: 0.5, EvalLoss: 0.25, Evaluated: true, CurveHash: sweep.HashCurve(points), Adapter: []byte("A B")}
}
