package serve_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/sweep/grid"
)

// large is a grid of 1,000 runs.
const large = `name = "large"
question = "How does the best learning rate move as alpha rises?"
[fixed]
model = "builtin:tiny"
data = "builtin:menus"
steps = %d
holdout = 0.1
eval_every = 50
[grid]
alpha = { pow2 = [1, 128] }
lr = { log = [1e-4, 1e-1], points = 25 }
seed = [0, 1, 2, 3, 4]
`

// synthetic is a store with a sweep of a grid whose curves are made up: each falls as a
// power of the step to a loss that is lowest at an lr which falls as alpha rises, with noise
// that its name decides. Some diverge.
type synthetic struct {
	t     testing.TB
	path  string
	store sweep.Store
	spec  *grid.Spec
	runs  []sweep.Run
}

// newSynthetic saves the sweep of a grid in a new store, and trains nothing of it.
func newSynthetic(t testing.TB, path, toml string) *synthetic {
	t.Helper()
	st, err := store.Open(path, sweep.Patience{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	s := &synthetic{t: t, path: path, store: st}
	s.save(toml)
	return s
}

// save saves the sweep of a grid.
func (s *synthetic) save(toml string) {
	s.t.Helper()
	spec, err := grid.DecodeSpec(strings.NewReader(toml), "grid.toml")
	if err != nil {
		s.t.Fatal(err)
	}
	s.spec, s.runs = spec, nil
	saved := sweep.SavedSweep{Name: spec.Name, Question: spec.Question, TOML: toml, File: spec.Name + ".toml", Saved: time.Now()}
	for name, p := range spec.Cells() {
		h := fnv.New128a()
		fmt.Fprint(h, spec.Name, name)
		run := sweep.Run{Key: fmt.Sprintf("%x", h.Sum(nil)), Name: name, Params: p, Inputs: sweep.Inputs{Model: "m", Data: "d", Numerics: 1}}
		s.runs = append(s.runs, run)
		saved.Keys, saved.Names = append(saved.Keys, run.Key), append(saved.Names, name)
	}
	if err := s.store.SaveSweep(context.Background(), saved); err != nil {
		s.t.Fatal(err)
	}
}

// curve is the whole curve of a run, and what it comes to.
func (s *synthetic) curve(run sweep.Run) ([]sweep.Point, sweep.Outcome) {
	p := run.Params
	h := fnv.New64a()
	fmt.Fprint(h, run.Name)
	noise := rand.New(rand.NewPCG(h.Sum64(), 1))
	best := math.Log(0.02) - 0.5*math.Log(p.Alpha/8)
	off := math.Log(p.LR) - best
	floor := 1.2 + 0.05*off*off + 0.02*noise.NormFloat64()
	diverges := off > 3
	var points []sweep.Point
	for step := 1; step <= p.Steps; step++ {
		loss := floor + 2.4*math.Pow(float64(step), -0.45) + 0.03*noise.NormFloat64()
		if diverges && step > p.Steps/3 {
			loss *= 1 + 4*float64(step-p.Steps/3)/float64(p.Steps)
		}
		point := sweep.Point{Step: step, Loss: loss, GradNorm: 1 / math.Sqrt(float64(step))}
		if p.EvalEvery > 0 && step%p.EvalEvery == 0 || step == p.Steps {
			point.EvalLoss, point.Evaluated = loss+0.05, true
		}
		points = append(points, point)
	}
	last := points[len(points)-1]
	o := sweep.Outcome{
		State: sweep.StateDone, Steps: p.Steps, Loss: last.Loss, EvalLoss: last.EvalLoss, Evaluated: true, FirstLoss: 3.7,
		CurveHash: sweep.HashCurve(points), TokensPerSecond: 4000 + 100*noise.Float64(), Seconds: float64(p.Steps) * 0.01,
	}
	if diverges {
		o.State = sweep.StateDiverged
	}
	return points, o
}

// begin begins a run, and returns its attempt.
func (s *synthetic) begin(run sweep.Run) int {
	s.t.Helper()
	attempt, _, err := s.store.Begin(context.Background(), run, sweep.Claim{Owner: "host/1", Lease: time.Hour, Retry: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return attempt
}

// observe adds points to a run's curve.
func (s *synthetic) observe(run sweep.Run, attempt int, points []sweep.Point) {
	s.t.Helper()
	if err := s.store.Observe(context.Background(), run.Key, attempt, points, nil); err != nil {
		s.t.Fatal(err)
	}
}

// train trains runs to their ends.
func (s *synthetic) train(runs ...sweep.Run) {
	s.t.Helper()
	for _, run := range runs {
		attempt := s.begin(run)
		points, outcome := s.curve(run)
		s.observe(run, attempt, points)
		if err := s.store.Finish(context.Background(), run.Key, attempt, outcome); err != nil {
			s.t.Fatal(err)
		}
	}
}

// TestASyntheticStoreIsWritten writes one of 1,000 runs of 1,000 steps to SWEEP_SYNTHETIC, to
// look at.
func TestASyntheticStoreIsWritten(t *testing.T) {
	path := os.Getenv("SWEEP_SYNTHETIC")
	if path == "" {
		t.Skip("SWEEP_SYNTHETIC names no file to write")
	}
	s := newSynthetic(t, path, fmt.Sprintf(large, 1000))
	s.train(s.runs...)
	s.save(strings.Replace(fmt.Sprintf(large, 300), `"large"`, `"half-done"`, 1))
	s.train(slices.DeleteFunc(slices.Clone(s.runs), func(r sweep.Run) bool { return r.Params.Seed > 1 })...)
	for i := 2; i < len(s.runs); i += 200 {
		points, _ := s.curve(s.runs[i])
		s.observe(s.runs[i], s.begin(s.runs[i]), points[:120])
	}
}
