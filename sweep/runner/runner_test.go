package runner_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyInputs is an Inspector for which all models and files of rows exist.
type anyInputs struct{}

func (anyInputs) Inspect(p sweep.Params) (sweep.Inputs, error) {
	return sweep.Inputs{Model: p.Model, Data: p.Data, Numerics: 1}, nil
}

func (anyInputs) Adapter(string) (sweep.AdapterSettings, error) { return sweep.AdapterSettings{}, nil }

func planned(t *testing.T, text string) *grid.Plan {
	t.Helper()
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+text), "grid.toml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := grid.NewPlan(spec, anyInputs{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func namesOf(p *grid.Plan) []string {
	var names []string
	for _, run := range p.Runs {
		names = append(names, run.Name)
	}
	return names
}

// trainFunc is a Trainer.
type trainFunc func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error)

func (f trainFunc) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	return f(ctx, run, journal)
}

// curve stands in for training: its points depend on the seed alone. It pauses before
// each.
func curve(pause time.Duration) trainFunc {
	return func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		points := slices.Clone(journal.Checkpoint().Points)
		for step := len(points) + 1; step <= run.Params.Steps; step++ {
			state := func() []byte { return []byte{byte(len(points))} }
			select {
			case <-ctx.Done():
				journal.Save(state)
				return sweep.Outcome{}, ctx.Err()
			case <-time.After(pause):
			}
			p := sweep.Point{Step: step, Loss: float64(run.Params.Seed) + 1/float64(step)}
			points = append(points, p)
			if err := journal.Observe(p); err != nil {
				return sweep.Outcome{}, err
			}
			journal.Save(state)
		}
		return sweep.Outcome{State: sweep.StateDone, Steps: len(points), CurveHash: sweep.HashCurve(points)}, nil
	}
}

// memory is a Recorder that keeps everything in maps. Refuse may return an error for a
// call, by its name.
type memory struct {
	mu       sync.Mutex
	refuse   func(call string) error
	attempts map[string]int
	outcomes map[string]sweep.Outcome
	points   map[string][]sweep.Point
	kept     map[string]sweep.Checkpoint
	claims   map[string]sweep.Claim
	expires  map[string]time.Time
	speeds   map[string][]float64
	calls    map[string]int
	began    []string // names, in order
}

func newMemory() *memory {
	return &memory{
		attempts: map[string]int{}, outcomes: map[string]sweep.Outcome{},
		points: map[string][]sweep.Point{}, kept: map[string]sweep.Checkpoint{},
		claims: map[string]sweep.Claim{}, expires: map[string]time.Time{}, speeds: map[string][]float64{}, calls: map[string]int{},
	}
}

// enter locks m, and returns the error of refuse.
func (m *memory) enter(ctx context.Context, call string) error {
	m.mu.Lock()
	m.calls[call]++
	if m.refuse != nil {
		if err := m.refuse(call); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (m *memory) States(ctx context.Context, keys []string) (map[string]sweep.State, error) {
	err := m.enter(ctx, "States")
	defer m.mu.Unlock()
	states := map[string]sweep.State{}
	for _, key := range keys {
		if o, ok := m.outcomes[key]; ok {
			states[key] = o.State
		}
	}
	return states, err
}

func (m *memory) Copies(ctx context.Context, keys []string) (map[string]string, error) {
	err := m.enter(ctx, "Copies")
	defer m.mu.Unlock()
	copies := map[string]string{}
	for _, key := range keys {
		if of := m.outcomes[key].CopyOf; of != "" {
			copies[key] = of
		}
	}
	return copies, err
}

func (m *memory) Result(ctx context.Context, key string) (sweep.Result, error) {
	err := m.enter(ctx, "Result")
	defer m.mu.Unlock()
	return sweep.Result{Run: sweep.Run{Key: key}, Outcome: m.outcomes[key], Attempt: m.attempts[key]}, err
}

func (m *memory) Curves(ctx context.Context, keys []string) (map[string][]sweep.Point, error) {
	err := m.enter(ctx, "Curves")
	defer m.mu.Unlock()
	curves := map[string][]sweep.Point{}
	for _, key := range keys {
		curves[key] = slices.Clone(m.points[key])
	}
	return curves, err
}

func (m *memory) Begin(ctx context.Context, run sweep.Run, claim sweep.Claim) (int, sweep.Checkpoint, error) {
	err := m.enter(ctx, "Begin")
	defer m.mu.Unlock()
	if err == nil {
		err = m.taken(run.Key, claim)
	}
	if err != nil {
		return 0, sweep.Checkpoint{}, err
	}
	m.attempts[run.Key]++
	m.began = append(m.began, run.Name)
	m.outcomes[run.Key] = sweep.Outcome{State: sweep.StateRunning}
	m.points[run.Key] = slices.Clone(m.kept[run.Key].Points)
	m.claims[run.Key], m.expires[run.Key] = claim, time.Now().Add(claim.Lease)
	return m.attempts[run.Key], m.kept[run.Key], nil
}

// taken returns why a run cannot be begun.
func (m *memory) taken(key string, claim sweep.Claim) error {
	o, until := m.outcomes[key], m.expires[key]
	switch {
	case o.State == sweep.StateRunning && time.Now().Before(until) && (claim.PreviousOwner == "" || claim.PreviousOwner != m.claims[key].Owner):
		return &sweep.LeasedError{Key: key, Owner: m.claims[key].Owner, Until: until}
	case o.CopyOf != "" && claim.Copies, o.State == sweep.StateFailed && claim.Retry:
		return nil
	case o.State.Final(), o.State == sweep.StateFailed:
		return &sweep.FinishedError{Key: key, State: o.State}
	}
	return nil
}

// write changes a run, if the attempt is the newest.
func (m *memory) write(ctx context.Context, call, key string, attempt int, change func()) error {
	err := m.enter(ctx, call)
	defer m.mu.Unlock()
	if o := m.outcomes[key]; err == nil && (attempt != m.attempts[key] || o.State != sweep.StateRunning) {
		err = &sweep.StaleError{Key: key, Attempt: attempt, Current: m.attempts[key], State: o.State}
	}
	if err == nil {
		change()
	}
	return err
}

func (m *memory) Observe(ctx context.Context, key string, attempt int, points []sweep.Point, state []byte) error {
	return m.write(ctx, "Observe", key, attempt, func() {
		m.points[key] = append(m.points[key], points...)
		if state != nil {
			m.kept[key] = sweep.Checkpoint{Points: slices.Clone(m.points[key]), State: state}
		}
		m.expires[key] = time.Now().Add(m.claims[key].Lease)
	})
}

func (m *memory) Rewrite(ctx context.Context, key string, attempt, from int, points []sweep.Point) error {
	return m.write(ctx, "Rewrite", key, attempt, func() {
		m.points[key] = slices.DeleteFunc(m.points[key], func(p sweep.Point) bool { return p.Step >= from })
		m.points[key] = append(m.points[key], points...)
		m.expires[key] = time.Now().Add(m.claims[key].Lease)
	})
}

func (m *memory) Speed(ctx context.Context, key string, attempt int, tokensPerSecond float64) error {
	return m.write(ctx, "Speed", key, attempt, func() {
		m.speeds[key] = append(m.speeds[key], tokensPerSecond)
		m.expires[key] = time.Now().Add(m.claims[key].Lease)
	})
}

func (m *memory) Restart(ctx context.Context, key string, attempt int) error {
	return m.write(ctx, "Restart", key, attempt, func() {
		delete(m.points, key)
		delete(m.kept, key)
	})
}

func (m *memory) Finish(ctx context.Context, key string, attempt int, o sweep.Outcome) error {
	return m.write(ctx, "Finish", key, attempt, func() { m.outcomes[key] = o })
}

func smallPlan(t *testing.T, runs, steps int) *grid.Plan {
	t.Helper()
	return planned(t, fmt.Sprintf("[fixed]\nsteps = %d\n[grid]\nseed = { range = [0, %d.5], step = 1 }", steps, runs-1))
}

func run(t *testing.T, r runner.Runner, p *grid.Plan) runner.Summary {
	t.Helper()
	r.Lease = max(r.Lease, time.Minute)
	summary, err := r.Run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

func TestAnyNumberOfWorkersStoresTheSameCurves(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := smallPlan(t, rapid.IntRange(1, 9).Draw(r, "runs"), rapid.IntRange(1, 20).Draw(r, "steps"))
		var hashes []map[string]string
		for _, workers := range []int{1, 2, 5} {
			m := newMemory()
			summary := run(t, runner.Runner{Lease: time.Minute, Trainer: curve(0), Recorder: m, Workers: workers}, p)
			if summary.Done != len(p.Runs) || summary.Left != 0 {
				r.Fatalf("%d workers: %+v", workers, summary)
			}
			stored := map[string]string{}
			for key, points := range m.points {
				stored[key] = sweep.HashCurve(points)
				if stored[key] != m.outcomes[key].CurveHash {
					r.Fatalf("%d workers: what is stored is not what was trained", workers)
				}
			}
			hashes = append(hashes, stored)
		}
		if !maps.Equal(hashes[0], hashes[1]) || !maps.Equal(hashes[0], hashes[2]) {
			r.Fatal("curves differ")
		}
	})
}

func TestOneWorkerTrainsInPlanOrder(t *testing.T) {
	m, p := newMemory(), smallPlan(t, 6, 1)
	run(t, runner.Runner{Lease: time.Minute, Trainer: curve(0), Recorder: m}, p)
	if diff := cmp.Diff(namesOf(p), m.began); diff != "" {
		t.Error(diff)
	}
}

func TestResumingTrainsExactlyTheRest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := smallPlan(t, 8, 1)
		m := newMemory()
		var want []string
		for _, run := range p.Runs {
			state := rapid.SampledFrom([]sweep.State{
				"", sweep.StatePending, sweep.StateRunning, sweep.StateDone, sweep.StateDiverged, sweep.StateFailed,
			}).Draw(r, run.Name)
			if state != "" {
				m.outcomes[run.Key] = sweep.Outcome{State: state}
			}
			if !state.Final() {
				want = append(want, run.Name)
			}
		}
		summary := run(t, runner.Runner{Lease: time.Minute, Trainer: curve(0), Recorder: m}, p)
		if diff := cmp.Diff(want, m.began); diff != "" {
			r.Fatal(diff)
		}
		if summary.Skipped != len(p.Runs)-len(want) || summary.Done != len(want) {
			r.Fatalf("%+v", summary)
		}
	})
}

func TestFailuresAndPanicsStopOnlyTheirRun(t *testing.T) {
	broken := trainFunc(func(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
		switch run.Params.Seed {
		case 0:
			return sweep.Outcome{}, errors.New("cosmic ray")
		case 1:
			panic("index out of range")
		case 2:
			return sweep.Outcome{State: sweep.StateDiverged}, nil
		case 3:
			return sweep.Outcome{}, nil
		case 4:
			return sweep.Outcome{}, errors.Join(journal.Observe(sweep.Point{Step: 1}), journal.Observe(sweep.Point{Step: 1}))
		}
		return curve(0)(ctx, run, journal)
	})
	m, p := newMemory(), smallPlan(t, 7, 3)
	summary := run(t, runner.Runner{Lease: time.Minute, Trainer: broken, Recorder: m, Workers: 2}, p)
	if summary.Failed != 4 || summary.Diverged != 1 || summary.Done != 2 || len(summary.Failures) != 4 {
		t.Errorf("%+v", summary)
	}
	for seed, want := range map[int]string{
		0: "cosmic ray",
		1: "index out of range",
		3: `returned the state ""`,
		4: "step 1 after step 1",
	} {
		o := m.outcomes[p.Runs[seed].Key]
		if o.State != sweep.StateFailed || !strings.Contains(o.Error, want) {
			t.Errorf("seed %d is %s for %q, want %q", seed, o.State, o.Error, want)
		}
	}
	if stack := m.outcomes[p.Runs[1].Key].Error; !strings.Contains(stack, "runner_test.go") {
		t.Errorf("no stack in %s", stack)
	}
}

func TestCancellingGivesBackWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		m, p := newMemory(), smallPlan(t, 6, 2)
		r := runner.Runner{Lease: time.Minute, Trainer: curve(time.Second), Recorder: m, Workers: 2} // 2 s a run
		summary, err := r.Run(ctx, p)
		if err != nil || !summary.Interrupted || summary.Done != 2 || summary.Left != 4 {
			t.Errorf("%+v, %v", summary, err)
		}
		for i, want := range []sweep.State{sweep.StateDone, sweep.StateDone, sweep.StatePending, sweep.StatePending, "", ""} {
			if got := m.outcomes[p.Runs[i].Key].State; got != want {
				t.Errorf("run %d is %q, want %q", i, got, want)
			}
		}
		summary = run(t, r, p)
		if summary.Skipped != 2 || summary.Done != 4 || summary.Interrupted {
			t.Errorf("after resuming: %+v", summary)
		}
	})
}

func TestAContextThatHasEndedTrainsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := newMemory()
	summary, err := (&runner.Runner{Lease: time.Minute, Trainer: curve(0), Recorder: m}).Run(ctx, smallPlan(t, 3, 1))
	if err != nil || !summary.Interrupted || summary.Left != 3 || len(m.began) > 0 {
		t.Errorf("%+v, %v, began %v", summary, err, m.began)
	}
}

func TestAnErrorOfTheRecorderStopsTheSweep(t *testing.T) {
	full := errors.New("disk full")
	for _, call := range []string{"States", "Begin", "Observe", "Finish"} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				m.refuse = func(made string) error {
					if made == call {
						return full
					}
					return nil
				}
				r := runner.Runner{Lease: time.Minute, Trainer: curve(100 * time.Millisecond), Recorder: m, Workers: 2}
				summary, err := r.Run(t.Context(), smallPlan(t, 20, 30))
				if !errors.Is(err, full) || strings.Count(err.Error(), "disk full") != 1 {
					t.Errorf("got %v", err)
				}
				if summary.Interrupted || summary.Done > 0 || len(m.began) > 2 {
					t.Errorf("%+v, began %v", summary, m.began)
				}
			})
		})
	}
}

func TestStoringNeverHoldsUpTraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.refuse = func(call string) error {
			if call == "Observe" {
				time.Sleep(3 * time.Second) // a very slow disk
			}
			return nil
		}
		started := time.Now()
		var stepped time.Duration
		r := runner.Runner{Lease: time.Minute, Trainer: curve(10 * time.Millisecond), Recorder: m, Progress: func(e runner.Event) {
			if e.Kind == runner.EventAdvanced {
				stepped = time.Since(started)
			}
		}}
		run(t, r, smallPlan(t, 1, 200))
		if stepped != 2*time.Second {
			t.Errorf("200 steps of 10 ms took %v", stepped)
		}
		if m.calls["Observe"] > 5 {
			t.Errorf("%d calls for 2 s of training", m.calls["Observe"])
		}
	})
}

func TestProgressReportsTheEventsOfEachRunInOrder(t *testing.T) {
	m, p := newMemory(), smallPlan(t, 3, 2)
	m.outcomes[p.Runs[1].Key] = sweep.Outcome{State: sweep.StateDone}
	lives := map[string][]runner.EventKind{}
	run(t, runner.Runner{Lease: time.Minute, Trainer: curve(0), Recorder: m, Workers: 3, Progress: func(e runner.Event) {
		lives[e.Run.Name] = append(lives[e.Run.Name], e.Kind)
	}}, p)
	whole := []runner.EventKind{runner.EventBegan, runner.EventAdvanced, runner.EventAdvanced, runner.EventEnded}
	want := map[string][]runner.EventKind{"s0": whole, "s1": {runner.EventSkipped}, "s2": slices.Clone(whole)}
	if diff := cmp.Diff(want, lives); diff != "" {
		t.Error(diff)
	}
}
