package metrics_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/trainer/command/metrics"
)

// trained is what transformers' Trainer left of a run in a folder of testdata.
func trained(t *testing.T, way, from string) ([]sweep.Point, *metrics.Follower) {
	t.Helper()
	o := metrics.Options{Dir: filepath.Join("testdata", way), Steps: 12, Metrics: sweep.CommandMetrics{From: from}}
	logs, err := filepath.Glob(filepath.Join(o.Dir, "log-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	began := []time.Time{time.Unix(1796069000, 0), time.Unix(1796069388, 0)} // of "resumed"; its event files say when
	for i, path := range logs {
		o.Attempts = append(o.Attempts, metrics.Attempt{Number: i + 1, Log: path, Began: began[i], File: filepath.Join(o.Dir, "none")})
	}
	f, err := metrics.Follow(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	return f.Curve(), f
}

// TestWhatTheTrainerPrintsAndWritesIsWhatItSaves holds the readers of what the Trainer
// prints, which has four digits, and of its event files, which have float32, to
// trainer_state.json.
func TestWhatTheTrainerPrintsAndWritesIsWhatItSaves(t *testing.T) {
	ways, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, way := range ways {
		if !way.IsDir() {
			continue
		}
		saved, _ := trained(t, way.Name(), "trainer_state")
		if len(saved) < 3 {
			t.Fatalf("%s: trainer_state.json has the curve\n%s", way.Name(), written(saved))
		}
		for from, precision := range map[string]float64{"stdout": 6e-4, "tensorboard": 1e-7} {
			if from == "stdout" && way.Name() == "no-bar" {
				continue // nothing printed has a step
			}
			got, _ := trained(t, way.Name(), from)
			if len(got) != len(saved) {
				t.Fatalf("%s: %s has\n%s\nand trainer_state.json\n%s", way.Name(), from, written(got), written(saved))
			}
			for i := range got {
				seen++
				if !near(got[i], saved[i], precision) {
					t.Errorf("%s: %s has\n%s\nand trainer_state.json\n%s", way.Name(), from, written(got[i:i+1]), written(saved[i:i+1]))
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d points were compared", seen)
	}
}

// near reports whether two points have the same quantities, to a precision.
func near(a, b sweep.Point, precision float64) bool {
	same := func(x, y float64) bool {
		return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= precision*math.Abs(y)
	}
	for _, m := range a.Measures {
		if y, ok := b.Measures.Value(m.Name); ok && !same(m.Value, y) {
			return false
		}
	}
	return a.Step == b.Step && a.HasLoss() == b.HasLoss() && a.WithoutNorm == b.WithoutNorm && a.Evaluated == b.Evaluated &&
		same(a.Loss, b.Loss) && same(a.GradNorm, b.GradNorm) && same(a.EvalLoss, b.EvalLoss)
}

func TestTheTrainersOwnFilesAreFoundByThemselves(t *testing.T) {
	for way, want := range map[string]string{"plain": "stdout", "no-bar": "trainer_state"} {
		if points, f := trained(t, way, ""); f.Source() != want || len(points) != 12 {
			t.Errorf("%s: %d points from %q, want 12 from %q", way, len(points), f.Source(), want)
		}
	}
}

func TestTheFilterOfNaNIsFoundOutInWhatTheTrainerLogs(t *testing.T) {
	for _, from := range []string{"stdout", "trainer_state", "tensorboard"} {
		points, f := trained(t, "hidden-nan", from)
		if notes := strings.Join(f.Notes(), "\n"); !strings.Contains(notes, "from step 9 on") || !math.IsNaN(points[8].Loss) || math.IsNaN(points[7].Loss) {
			t.Errorf("%s gives the notes %q and the curve\n%s", from, f.Notes(), written(points))
		}
	}
}

func TestAFiniteLossBesideANormThatIsNaNIsSaid(t *testing.T) {
	l := newLogs(t, 1)
	l.file(1, `{"step": 5, "loss": 4.1, "grad_norm": 0.5}`+"\n"+`{"step": 10, "loss": 3.3, "grad_norm": NaN}`+"\n")
	f := l.follow()
	f.finish()
	f.is("5 loss=4.1 grad_norm=0.5; 10 loss=3.3 grad_norm=nan")
	l.hasNote(f.Notes(), "at step 10 grad_norm is NaN although the loss is finite")
}
