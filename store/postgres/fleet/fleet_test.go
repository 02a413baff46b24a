package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"sweep/store/postgres"
	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
	"sweep/sweep/runner"
)

func TestMain(m *testing.M) {
	if code, is := asHelper(); is {
		os.Exit(code)
	}
	os.Exit(postgrestest.Run(m))
}

// site is a store on a server, and its fleet.
type site struct {
	*postgres.Store
	*fleet.Fleet
	name string
}

func newSite(t testing.TB) site {
	t.Helper()
	return openSite(t, postgrestest.Store(t))
}

func openSite(t testing.TB, name string) site {
	t.Helper()
	s, err := postgres.Open(name, sweep.DefaultPatience())
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	return site{s, fleet.New(s), name}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// units are n units of one run each, of so many steps.
func units(prefix string, n, steps int) []fleet.Unit {
	all := make([]fleet.Unit, n)
	for i := range all {
		name := fmt.Sprintf("%s%d", prefix, i)
		p := sweep.Defaults()
		p.Steps, p.Seed = steps, i
		all[i].Runs = []sweep.Run{{Key: "key-" + name, Name: name, Params: p}}
	}
	return all
}

// queue saves a sweep with the runs of units, and queues them.
func (s site) queue(t testing.TB, name string, needs fleet.Needs, units ...fleet.Unit) fleet.Enqueued {
	t.Helper()
	saved := sweep.SavedSweep{Name: name, TOML: "x = 1", Saved: time.Now()}
	for _, u := range units {
		for _, run := range u.Runs {
			saved.Keys, saved.Names = append(saved.Keys, run.Key), append(saved.Names, run.Name)
		}
	}
	ok(t, s.SaveSweep(t.Context(), saved))
	n, err := s.Enqueue(t.Context(), name, []fleet.Batch{{Needs: needs, Units: units}})
	ok(t, err)
	return n
}

// trainer trains a run in so many steps, each of a time.
type trainer struct {
	step time.Duration

	mu    sync.Mutex
	began map[string]int
	ended map[string]int
}

func newTrainer(step time.Duration) *trainer {
	return &trainer{step: step, began: map[string]int{}, ended: map[string]int{}}
}

// Train trains a run.
func (tr *trainer) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	tr.count(tr.began, run.Key)
	points := slices.Clone(journal.Checkpoint().Points)
	for step := len(points) + 1; step <= run.Params.Steps; step++ {
		select {
		case <-ctx.Done():
			journal.Save(func() []byte { return []byte{byte(step)} })
			return sweep.Outcome{}, ctx.Err()
		case <-time.After(tr.step):
		}
		p := sweep.Point{Step: step, Loss: 1 / float64(step), GradNorm: float64(run.Params.Seed)}
		points = append(points, p)
		if err := journal.Observe(p); err != nil {
			return sweep.Outcome{}, err
		}
	}
	tr.count(tr.ended, run.Key)
	return sweep.Outcome{State: sweep.StateDone, Steps: run.Params.Steps, Loss: 0.1, FirstLoss: 1, CurveHash: sweep.HashCurve(points)}, nil
}

func (tr *trainer) count(in map[string]int, key string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	in[key]++
}

// most is how often the run that was trained most often was.
func (tr *trainer) most() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	most := 0
	for n := range maps.Values(tr.began) {
		most = max(most, n)
	}
	return most
}

// worker is a worker of a site, whose runs a trainer trains.
func (s site) worker(id string, slots int, tr sweep.Trainer) fleet.Worker {
	return fleet.Worker{
		ID: "host/" + id, About: fleet.About{Host: "host", Slots: slots}, Slots: slots, Lease: 2 * time.Second, IdleExit: 3 * time.Second,
		Log:   slog.New(slog.DiscardHandler),
		Suits: func(context.Context, fleet.Queue) (int, error) { return 0, nil },
		Train: func(ctx context.Context, _ fleet.Queue, u fleet.Unit) fleet.Trained {
			r := &runner.Runner{Trainer: tr, Recorder: s.Store, Owner: id, Lease: 2 * time.Second}
			summary, err := r.TrainUnit(ctx, u)
			if later, ok := errors.AsType[*runner.LaterError](err); ok {
				return fleet.Trained{Later: later.After}
			}
			return fleet.Trained{Settled: err == nil && summary.Left == 0}
		},
	}
}

// states are how many runs are in each state.
func (s site) states(t testing.TB, units []fleet.Unit) map[sweep.State]int {
	t.Helper()
	var keys []string
	for _, u := range units {
		keys = append(keys, u.Runs[0].Key)
	}
	states, err := s.States(t.Context(), keys)
	ok(t, err)
	n := map[sweep.State]int{}
	for _, state := range states {
		n[state]++
	}
	return n
}

// left is how many runs are queued.
func (s site) left(t testing.TB) (n int) {
	t.Helper()
	all, err := s.Standings(t.Context())
	ok(t, err)
	for _, q := range all {
		n += q.Runs
	}
	return n
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come about", what)
		}
	}
}

func TestSeveralWorkersTrainEveryRunOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 40, 3)
	if n := s.queue(t, "a", fleet.Needs{}, all...); n != (fleet.Enqueued{Added: 40}) {
		t.Fatalf("%+v", n)
	}
	tr := newTrainer(time.Millisecond)
	var workers sync.WaitGroup
	for i := range 3 {
		other := openSite(t, s.name)
		workers.Go(func() {
			if err := other.Work(t.Context(), other.worker(fmt.Sprint(i), 2, tr)); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	if n := s.states(t, all); n[sweep.StateDone] != 40 || tr.most() != 1 || s.left(t) != 0 {
		t.Errorf("%v, %d times at the most, %d left; want each of 40 once", n, tr.most(), s.left(t))
	}
	seen, err := s.Workers(t.Context())
	ok(t, err)
	if len(seen) != 3 || seen[0].Ended != "there was nothing to do" || seen[0].Lost {
		t.Errorf("%+v", seen)
	}
}

func TestWhatAWorkerRefusesIsLeftToOthersAndListed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	plain, special := units("p", 3, 1), units("s", 3, 1)
	s.queue(t, "plain", fleet.Needs{}, plain...)
	s.queue(t, "special", fleet.Needs{Labels: []string{"a100"}}, special...)
	refuses := s.worker("1", 1, newTrainer(0))
	refuses.Suits = func(_ context.Context, q fleet.Queue) (int, error) {
		if len(q.Needs.Labels) > 0 {
			return 0, errors.New("no such label")
		}
		return 0, nil
	}
	ok(t, s.Work(t.Context(), refuses))
	if p, n := s.states(t, plain), s.states(t, special); p[sweep.StateDone] != 3 || len(n) != 0 {
		t.Errorf("%v of plain and %v of special, want those of plain alone", p, n)
	}
	seen, err := s.Workers(t.Context())
	ok(t, err)
	if want := []fleet.Refusal{{Sweep: "special", Why: "no such label"}}; len(seen) != 1 || !slices.Equal(seen[0].Refused, want) {
		t.Errorf("%+v, want %v refused", seen, want)
	}
	ok(t, s.Work(t.Context(), s.worker("2", 1, newTrainer(0))))
	if n := s.states(t, special); n[sweep.StateDone] != 3 {
		t.Errorf("%v, want special trained by another", n)
	}
}

func TestAddingToASweepQueuesWhatIsNewAndDropsWhatIsGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 6, 1)
	s.queue(t, "a", fleet.Needs{}, all[:4]...)
	if n, want := s.queue(t, "a", fleet.Needs{}, all[1:]...), (fleet.Enqueued{Added: 2, Already: 3, Dropped: 1}); n != want {
		t.Errorf("%+v, want %+v", n, want)
	}
	if n := s.left(t); n != 5 {
		t.Errorf("%d queued, want 5", n)
	}
	tr := newTrainer(0)
	ok(t, s.Work(t.Context(), s.worker("1", 4, tr)))
	if n := s.states(t, all); n[sweep.StateDone] != 5 || tr.most() != 1 {
		t.Errorf("%v", n)
	}
}

func TestAUnitThatGrowsByARunKeepsItsPlace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 2, 1)
	s.queue(t, "a", fleet.Needs{}, all[0])
	both := fleet.Unit{Runs: []sweep.Run{all[0].Runs[0], all[1].Runs[0]}}
	if n, want := s.queue(t, "a", fleet.Needs{}, both), (fleet.Enqueued{Added: 1, Already: 1}); n != want {
		t.Errorf("%+v, want %+v", n, want)
	}
	if u, err := s.Sample(t.Context(), s.only(t)); err != nil || len(u.Runs) != 2 || s.left(t) != 2 {
		t.Errorf("%d runs in the unit, %d queued, %v", len(u.Runs), s.left(t), err)
	}
}

// only is the name of the only queue.
func (s site) only(t testing.TB) string {
	t.Helper()
	all, err := s.Standings(t.Context())
	ok(t, err)
	if len(all) != 1 {
		t.Fatalf("%d queues, want one", len(all))
	}
	return all[0].Name
}

// begin has a worker train in the background until it is stopped.
func (s site) begin(t testing.TB, w fleet.Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Work(ctx, w) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func TestPauseAndCancelGiveBackWhatIsInTraining(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 3, 100_000)
	s.queue(t, "a", fleet.Needs{}, all...)
	tr := newTrainer(20 * time.Millisecond)
	w := s.worker("1", 2, tr)
	w.IdleExit = 0
	stop := s.begin(t, w)
	eventually(t, "training", func() bool { return s.states(t, all)[sweep.StateRunning] == 2 })

	n, err := s.Pause(t.Context(), "a", true)
	ok(t, err)
	eventually(t, "a pause", func() bool { return s.states(t, all)[sweep.StateRunning] == 0 })
	if again, err := s.Pause(t.Context(), "a", true); err != nil || n != 3 || again != 0 {
		t.Errorf("%d and then %d paused, want 3 and 0: %v", n, again, err)
	}
	time.Sleep(3 * time.Second)
	if n := s.states(t, all)[sweep.StateRunning]; n != 0 {
		t.Errorf("%d runs train while paused", n)
	}
	if n, err := s.Pause(t.Context(), "a", false); err != nil || n != 3 {
		t.Errorf("%d resumed, want 3: %v", n, err)
	}
	eventually(t, "training again", func() bool { return s.states(t, all)[sweep.StateRunning] == 2 })
	if r, err := s.Result(t.Context(), all[0].Runs[0].Key); err != nil || r.Progress.Checkpoint == 0 {
		t.Errorf("the run goes on from step %d, want a checkpoint: %v", r.Progress.Checkpoint, err)
	}

	if n, err = s.Cancel(t.Context(), "a"); err != nil || n != 3 {
		t.Errorf("%d cancelled, want 3: %v", n, err)
	}
	eventually(t, "a cancel", func() bool { return s.states(t, all)[sweep.StateRunning] == 0 })
	if s.left(t) != 0 {
		t.Error("something is queued after a cancel")
	}
	stop()
}

func TestAUnitWhoseWorkerDiedGoesToAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 1, 40)
	s.queue(t, "a", fleet.Needs{}, all...)
	dying := s.worker("1", 1, newTrainer(50*time.Millisecond))
	dead := make(chan struct{})
	dying.Train = func(context.Context, fleet.Queue, fleet.Unit) fleet.Trained { // holds the unit and never begins it
		close(dead)
		select {}
	}
	other := openSite(t, s.name)
	go func() { _ = other.Work(context.Background(), dying) }()
	<-dead
	ok(t, postgrestest.Exec(s.name, "ALTER TABLE fleet_worker ADD CONSTRAINT dead CHECK (id <> 'host/1' OR heard < now()) NOT VALID")) // it can give no more signs of life
	w := s.worker("2", 1, newTrainer(0))
	w.IdleExit = 0
	stop := s.begin(t, w)
	eventually(t, "the end", func() bool { return s.states(t, all)[sweep.StateDone] == 1 })
	stop()
}

func TestUpkeepQueuesAUnitWhoseJobWasLost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.queue(t, "a", fleet.Needs{}, units("a", 3, 1)...)
	ok(t, postgrestest.Exec(s.name, "DELETE FROM river_job WHERE id = (SELECT min(id) FROM river_job)"))
	for _, want := range []fleet.Upkept{{Queued: 1}, {}} {
		if done, err := s.Upkeep(t.Context(), 0); err != nil || done != want {
			t.Errorf("%+v, want %+v: %v", done, want, err)
		}
	}
}

func TestAUnitThatWorkersDieOfIsGivenUp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.queue(t, "a", fleet.Needs{}, units("a", 2, 1)...)
	die := "UPDATE river_job SET state = 'running', attempted_by = '{gone/1}', attempted_at = now() WHERE args->>'unit' = (SELECT min(id)::text FROM fleet_unit)"
	for i := 1; i < 5; i++ {
		ok(t, postgrestest.Exec(s.name, die))
		if done, err := s.Upkeep(t.Context(), 0); err != nil || done != (fleet.Upkept{Freed: 1}) {
			t.Fatalf("death %d: %+v: %v", i, done, err)
		}
	}
	ok(t, postgrestest.Exec(s.name, die))
	if done, err := s.Upkeep(t.Context(), 0); err != nil || done != (fleet.Upkept{Freed: 1, GivenUp: 1}) {
		t.Errorf("%+v: %v", done, err)
	}
	tr := newTrainer(0)
	ok(t, s.Work(t.Context(), s.worker("1", 1, tr)))
	queues, err := s.Standings(t.Context())
	ok(t, err)
	if len(tr.began) != 1 || len(queues) != 1 || len(queues[0].Troubles) != 1 || queues[0].Troubles[0].Run != "a0" {
		t.Errorf("%v trained, %+v; want a0 in trouble", tr.began, queues)
	}
	s.queue(t, "a", fleet.Needs{}, units("a", 2, 1)...) // to be tried again
	ok(t, s.Work(t.Context(), s.worker("2", 1, tr)))
	if len(tr.ended) != 2 {
		t.Errorf("%v trained", tr.ended)
	}
}

func TestASlotIsNeverIdleWhileAnotherSweepWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	long, short := units("l", 1, 100_000), units("s", 6, 2)
	s.queue(t, "long", fleet.Needs{}, long...)
	w := s.worker("1", 2, newTrainer(20*time.Millisecond))
	w.IdleExit = 0
	stop := s.begin(t, w)
	eventually(t, "training", func() bool { return s.states(t, long)[sweep.StateRunning] == 1 })
	s.queue(t, "short", fleet.Needs{}, short...)
	eventually(t, "the short sweep", func() bool { return s.states(t, short)[sweep.StateDone] == 6 })
	if n := s.states(t, long)[sweep.StateRunning]; n != 1 {
		t.Errorf("the long run is not in training: %v", s.states(t, long))
	}
	stop()
}

func TestAWorkerWaitsForAServerThatRestarts(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t)
	s := openSite(t, server.Address("postgres"))
	all := units("a", 20, 20)
	s.queue(t, "a", fleet.Needs{}, all...)
	tr := newTrainer(20 * time.Millisecond)
	w := s.worker("1", 2, tr)
	w.IdleExit = 0
	stop := s.begin(t, w)
	for _, end := range []func(){server.Stop, server.Crash} {
		eventually(t, "training", func() bool { return s.states(t, all)[sweep.StateRunning] > 0 })
		end()
		time.Sleep(time.Second)
		ok(t, server.Start())
	}
	eventually(t, "the end", func() bool { return s.states(t, all)[sweep.StateDone] == 20 && s.left(t) == 0 })
	stop()
}
