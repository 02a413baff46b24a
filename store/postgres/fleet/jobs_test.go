package fleet_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// count is what a query of one number says.
func (s site) count(t testing.TB, query string) int {
	t.Helper()
	n, err := postgrestest.Count(s.name, query)
	ok(t, err)
	return n
}

const unitJobs = `SELECT count(*) FROM river_job WHERE kind = 'sweep_unit'`

func TestAUnitThatIsSettledLeavesNoJob(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.queue(t, "a", fleet.Needs{}, units("a", 5, 1)...)
	ok(t, s.Work(t.Context(), s.worker("1", 2, newTrainer(0))))
	if n := s.count(t, unitJobs); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

func TestJobsOfUnitsThatAreNoMoreAreForgotten(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 4, 1)
	s.queue(t, "a", fleet.Needs{}, all...)
	ok(t, postgrestest.Exec(s.name, "UPDATE river_job SET state = 'running', attempted_by = '{gone/1}', attempted_at = now() WHERE id = (SELECT min(id) FROM river_job)",
		"INSERT INTO river_job (kind, state, args, max_attempts, attempted_at, queue) VALUES ('sweep_upkeep', 'running', '{}', 1, now() - interval '1 hour', 'sweep-upkeep')"))
	removal, err := s.RemovalOfSweep(t.Context(), "a")
	ok(t, err)
	ok(t, s.Remove(t.Context(), removal))
	if done, err := s.Upkeep(t.Context(), 0); err != nil || done != (fleet.Upkept{}) {
		t.Errorf("%+v: %v", done, err)
	}
	if n := s.count(t, "SELECT count(*) FROM river_job"); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}

func TestUnitsThatNeedSomethingElseAreTakenByWhoHasIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 3, 1)
	s.queue(t, "a", fleet.Needs{}, all...)
	if n, want := s.queue(t, "a", fleet.Needs{Labels: []string{"a100"}}, all...), (fleet.Enqueued{Already: 3}); n != want {
		t.Errorf("%+v, want %+v", n, want)
	}
	w := s.worker("1", 1, newTrainer(0))
	w.Suits = func(_ context.Context, q fleet.Queue) (int, error) {
		if len(q.Needs.Labels) == 0 {
			t.Error("a worker is offered what the units needed before")
		}
		return 0, nil
	}
	ok(t, s.Work(t.Context(), w))
	if n := s.states(t, all); n[sweep.StateDone] != 3 {
		t.Errorf("%v", n)
	}
}

func TestWhatIsAddedToAPausedSweepWaitsToo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	all := units("a", 2, 1)
	s.queue(t, "a", fleet.Needs{}, all[:1]...)
	_, err := s.Pause(t.Context(), "a", true)
	ok(t, err)
	if n := s.queue(t, "a", fleet.Needs{Labels: []string{"new"}}, all...); !n.Paused {
		t.Errorf("%+v, want that it is paused", n)
	}
	ok(t, s.Work(t.Context(), s.worker("1", 1, newTrainer(0))))
	if n := s.states(t, all); len(n) != 0 {
		t.Errorf("%v trained in a paused sweep", n)
	}
}

func TestAWorkerThatLivesIsNotTakenToHaveDiedOfAUnit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.queue(t, "a", fleet.Needs{}, units("a", 1, 1)...)
	w := s.worker("1", 1, newTrainer(0))
	w.IdleExit, w.Suits = 0, func(context.Context, fleet.Queue) (int, error) { return 0, context.DeadlineExceeded }
	stop := s.begin(t, w)
	eventually(t, "a sign of life", func() bool {
		seen, err := s.Workers(t.Context())
		return err == nil && len(seen) == 1
	})
	for range 6 { // it asked for the unit, and the answer was lost
		ok(t, postgrestest.Exec(s.name, "UPDATE river_job SET state = 'running', attempted_by = '{host/1/1}', attempted_at = now() - interval '1 minute' WHERE kind = 'sweep_unit'"))
		eventually(t, "an upkeep", func() bool { return s.count(t, unitJobs+" AND state = 'available'") == 1 })
	}
	stop()
	if n := s.count(t, "SELECT lost FROM fleet_unit"); n != 0 {
		t.Errorf("%d workers died of it, want none", n)
	}
}

func TestNobodyIsTakenToBeDeadWhereTheServerMayHaveBeenGone(t *testing.T) {
	t.Parallel()
	const every = time.Minute
	for what, c := range map[string]struct {
		before string
		waits  []int // units that are freed by one upkeep after the other
	}{
		"an election":         {"INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES (now(), now() + interval '15 seconds', 'x')", []int{0, 0}},
		"upkeeps are missing": {"UPDATE fleet_upkeep SET looked = now() - interval '3 minutes'", []int{0, 1}},
		"one is late":         {"UPDATE fleet_upkeep SET looked = now() - interval '90 seconds'", []int{1, 0}},
		"they are always":     {"UPDATE fleet_upkeep SET looked = now() - interval '3 minutes', waited = true", []int{1, 0}},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSite(t)
			if s.count(t, "SELECT (pg_postmaster_start_time() > now() - interval '4 seconds')::int") == 1 {
				time.Sleep(4 * time.Second) // the server is new
			}
			s.queue(t, "a", fleet.Needs{}, units("a", 1, 1)...)
			ok(t, postgrestest.Exec(s.name, "UPDATE river_job SET state = 'running', attempted_by = '{gone/1}', attempted_at = now()", c.before))
			for i, freed := range c.waits {
				if done, err := s.Upkeep(t.Context(), every); err != nil || done.Freed != freed {
					t.Errorf("upkeep %d freed %d, want %d: %v", i, done.Freed, freed, err)
				}
			}
			if done, err := s.Upkeep(t.Context(), 0); err != nil || done.Freed != max(0, 1-c.waits[0]-c.waits[1]) {
				t.Errorf("an upkeep once in a while: %+v: %v", done, err)
			}
		})
	}
}

// TestUnitsAreGivenBackByTheServersClock has the server's clock an hour behind a worker's, which
// ends with runs in training.
func TestUnitsAreGivenBackByTheServersClock(t *testing.T) {
	if _, err := exec.LookPath("faketime"); err != nil {
		t.Skip("skipped: faketime is not there: ", err)
	}
	for _, off := range []string{"-1h", "+1h"} {
		t.Run(off, func(t *testing.T) {
			preload, err := exec.Command("faketime", "-f", off, "sh", "-c", `echo "$LD_PRELOAD"`).Output()
			ok(t, err)
			t.Setenv("LD_PRELOAD", strings.TrimSpace(string(preload)))
			t.Setenv("FAKETIME", off)
			t.Setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
			server := postgrestest.Start(t)
			ok(t, os.Unsetenv("LD_PRELOAD"))
			s := openSite(t, server.Address("postgres"))
			all := units("a", 3, 400)
			s.queue(t, "a", fleet.Needs{}, all...)
			if n := s.count(t, "SELECT abs(extract(epoch FROM now()) - "+unixNow()+")::int / 60"); n != 60 && n != 59 {
				t.Fatalf("the server's clock is off by %d minutes", n)
			}
			w := s.worker("1", 2, newTrainer(20*time.Millisecond))
			w.IdleExit = 0
			stop := s.begin(t, w)
			eventually(t, "training", func() bool { return s.states(t, all)[sweep.StateRunning] == 2 })
			stop()
			began := time.Now()
			ok(t, s.Work(t.Context(), s.worker("2", 3, newTrainer(0))))
			if n := s.states(t, all); n[sweep.StateDone] != 3 {
				t.Errorf("%v after %v", n, time.Since(began))
			}
		})
	}
}

// unixNow is this machine's Unix time, as SQL.
func unixNow() string {
	return time.Now().UTC().Format("extract(epoch FROM timestamptz '2006-01-02 15:04:05Z')")
}

// lines counts what is logged.
type lines struct {
	mu sync.Mutex
	n  map[string]int
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n[r.Message]++
	return nil
}

func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }

func (l *lines) WithGroup(string) slog.Handler { return l }

func TestAServerThatIsGoneDoesNotFloodTheLog(t *testing.T) {
	t.Parallel()
	server := postgrestest.Start(t)
	s := openSite(t, server.Address("postgres"))
	all := units("a", 4, 200)
	s.queue(t, "a", fleet.Needs{}, all...)
	w := s.worker("1", 2, newTrainer(20*time.Millisecond))
	logged := &lines{n: map[string]int{}}
	w.IdleExit, w.Log = 0, slog.New(logged)
	stop := s.begin(t, w)
	eventually(t, "training", func() bool { return s.states(t, all)[sweep.StateRunning] == 2 })
	server.Crash()
	time.Sleep(5 * time.Second)
	ok(t, server.Start())
	eventually(t, "the end", func() bool { return s.states(t, all)[sweep.StateDone] == 4 })
	stop()
	logged.mu.Lock()
	defer logged.mu.Unlock()
	t.Log(logged.n)
	for text, n := range logged.n {
		if n > 3 { // a client of River's for each of the queues, and one for the upkeep
			t.Errorf("%d times %q", n, text)
		}
	}
}
