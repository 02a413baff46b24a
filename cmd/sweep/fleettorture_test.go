package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store/postgres/postgrestest"
)

// TestKilledWorkersTrainEveryRunOnce keeps three workers on what was queued, and does to them
// and to the server what machines and people do, at random moments. -kills 200 is the long
// form, which takes some 12 minutes.
func TestKilledWorkersTrainEveryRunOnce(t *testing.T) {
	t.Logf("-kills.seed %d", *seed)
	home(t)
	server := postgrestest.Start(t)
	file, undisturbed := writeGrid(t, strings.Replace(tortureGrid, "steps   = 60", "steps   = 250", 1))
	sweepCommand(t, 0, "run", file, "--db", undisturbed)
	want := hashesIn(t, undisturbed)
	chance := rand.New(rand.NewPCG(*seed, 2))
	db := server.Address("postgres")
	for killed, round := 0, 0; killed < *kills; round++ {
		if err := server.Exec("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"); err != nil {
			t.Fatal(err)
		}
		sweepCommand(t, 0, "run", file, "--detach", "--db", db)
		h := &harm{t: t, chance: chance, server: server, db: db, file: file, most: *kills - killed}
		h.torture()
		killed += h.kills
		if diff := cmp.Diff(want, hashesIn(t, db)); diff != "" {
			t.Fatalf("round %d, after %v, -undisturbed +tortured:\n%s", round, h, diff)
		}
		runs, _ := stored(t, db)
		attempts := 0
		for _, r := range runs {
			attempts += r.Attempt
		}
		t.Logf("round %d: %v: %d attempts at %d runs", round, h, attempts, len(runs))
		if attempts > len(runs)+h.explains {
			t.Errorf("round %d: %d attempts at %d runs; %v explain %d more", round, attempts, len(runs), h, h.explains)
		}
		nothingQueued(t, db)
	}
}

// unitJobs counts the jobs of River about units.
const unitJobs = "SELECT count(*) FROM river_job WHERE kind = 'sweep_unit' AND state NOT IN ('completed', 'cancelled')"

// nothingQueued makes sure that workers left nothing of what was queued.
func nothingQueued(t *testing.T, db string) {
	t.Helper()
	for what, query := range map[string]string{
		"units":                      "SELECT count(*) FROM fleet_unit",
		"jobs":                       unitJobs,
		"upkeeps in work":            "SELECT count(*) FROM river_job WHERE kind = 'sweep_upkeep' AND state = 'running' AND attempted_at < now() - interval '10 minutes'",
		"runs in training":           "SELECT count(*) FROM run WHERE state = 'running'",
		"curves with a step missing": "SELECT count(*) FROM (SELECT run FROM point GROUP BY run HAVING count(*) <> max(step) - min(step) + 1) AS gaps",
	} {
		if n, err := postgrestest.Count(db, query); err != nil || n != 0 {
			t.Errorf("%d %s are left: %v", n, what, err)
		}
	}
}

// fleetLease is short, so that a dead worker's runs are soon taken over, and longer than a busy
// machine keeps one waiting.
const fleetLease = 3 * time.Second

// harm is done to three workers.
type harm struct {
	t        *testing.T
	chance   *rand.Rand
	server   *postgrestest.Server
	db, file string
	most     int // kills

	workers                                          [3]*process
	kills, stops, ends, cuts, outages, pauses, drops int
	explains                                         int // attempts more than there are runs
}

func (h *harm) String() string {
	return fmt.Sprintf("%d kills, %d stops, %d ends, %d cuts, %d outages, %d pauses, %d cancels", h.kills, h.stops, h.ends, h.cuts, h.outages, h.pauses, h.drops)
}

// torture ends when all is trained.
func (h *harm) torture() {
	h.t.Helper()
	for i := range h.workers {
		h.start(i)
	}
	for h.kills < h.most && h.left() > 0 {
		time.Sleep(time.Duration(h.chance.IntN(800)) * time.Millisecond)
		h.some()
	}
	h.must(h.server.Exec("DELETE FROM river_leader")) // the one elected may be dead, and River waits for it for 15 s
	for deadline := time.Now().Add(5 * time.Minute); h.left() > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			for _, w := range h.workers {
				h.t.Logf("a worker says:\n%s", w.stderr)
			}
			h.t.Fatalf("after %v %d units and jobs are left", h, h.left())
		}
	}
	for i := range h.workers {
		h.end(i)
	}
}

// left is how many units are queued, and jobs about units.
func (h *harm) left() int {
	h.t.Helper()
	n, err := postgrestest.Count(h.db, "SELECT (SELECT count(*) FROM fleet_unit) + ("+unitJobs+")")
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// some does one kind of harm.
func (h *harm) some() {
	i := h.chance.IntN(len(h.workers))
	switch h.chance.IntN(20) {
	default:
		h.kills++
		h.explains++
		h.workers[i].signal(syscall.SIGKILL)
		<-h.workers[i].ended
		h.start(i)
	case 0, 1:
		h.stops++
		h.explains++
		h.workers[i].signal(syscall.SIGSTOP)
		time.Sleep(fleetLease * 3 / 2)
		h.workers[i].signal(syscall.SIGCONT)
	case 2, 3:
		h.ends++
		h.explains++
		h.end(i)
		h.start(i)
	case 4, 5, 6:
		h.cuts++
		h.must(h.server.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sweep'"))
	case 7, 8:
		h.outages++
		h.explains += len(h.workers)
		h.outage()
	case 9:
		h.pauses++
		h.explains += len(h.workers)
		sweepCommand(h.t, 0, "pause", "torture", "--db", h.db)
		time.Sleep(time.Duration(h.chance.IntN(3000)) * time.Millisecond)
		sweepCommand(h.t, 0, "resume", "torture", "--db", h.db)
	case 10:
		h.drops++
		h.explains += len(h.workers)
		sweepCommand(h.t, 0, "cancel", "torture", "--db", h.db)
		sweepCommand(h.t, 0, "run", h.file, "--detach", "--db", h.db)
	}
}

// outage has the server be gone for less or more than a lease.
func (h *harm) outage() {
	if h.chance.IntN(2) == 0 {
		h.server.Stop()
	} else {
		h.server.Crash()
	}
	time.Sleep(time.Duration(h.chance.IntN(int(2 * fleetLease))))
	h.must(h.server.Start())
}

func (h *harm) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// start starts a worker.
func (h *harm) start(i int) {
	h.t.Helper()
	h.workers[i] = start(h.t, []string{"work", "--db", h.db, "--workers", "1", "--checkpoint-every", "0s", "--lease", fleetLease.String()})
}

// end tells a worker to end, which it does with what it has given back.
func (h *harm) end(i int) {
	h.t.Helper()
	w := h.workers[i]
	w.signal(syscall.SIGTERM)
	select {
	case <-w.ended:
	case <-time.After(time.Minute):
		h.t.Fatalf("a worker does not end:\n%s", w.stderr)
	}
	if code := w.ProcessState.ExitCode(); code != exitInterrupted && w.stdout.String() != "" {
		h.t.Fatalf("a worker ended with %v:\n%s", w.err, w.stderr)
	}
}

// BenchmarkADeadWorkerIsNoticed kills the worker that River elected, and one that it did not,
// and reports how long it takes until others go on with what these trained, with the lease
// that workers have unless told otherwise.
func BenchmarkADeadWorkerIsNoticed(b *testing.B) {
	for name, which := range map[string]string{"elected": "=", "another": "<>"} {
		b.Run(name, func(b *testing.B) {
			home(b)
			server := postgrestest.Start(b)
			db := server.Address("postgres")
			file, _ := writeGrid(b, strings.NewReplacer("150", "1000000", "[0, 1, 2, 3]", "{ range = [1, 5], step = 1 }").Replace(heldGrid))
			sweepCommand(b, 0, "run", file, "--detach", "--db", db)
			count := func(query string) int {
				n, err := postgrestest.Count(db, query)
				if err != nil {
					b.Fatal(err)
				}
				return n
			}
			const begun = "SELECT coalesce(sum(attempt), 0) FROM run"
			workers := map[int]*process{}
			add := func() {
				w := start(b, []string{"work", "--db", db, "--workers", "2"})
				workers[w.Process.Pid] = w
			}
			for range 3 {
				add()
			}
			total := 0.0
			for b.Loop() {
				for count("SELECT count(*) FROM run WHERE state = 'running' AND expires > extract(epoch FROM now()) + 25") < 5 || count("SELECT count(*) FROM river_leader") == 0 {
					time.Sleep(100 * time.Millisecond)
				}
				time.Sleep(20 * time.Second) // so that no election is new
				before := count(begun)
				pid := count("SELECT (about->>'pid')::int FROM fleet_worker WHERE ended = '' AND heard > now() - interval '15 s' AND cardinality(units) > 0 AND id || '/upkeep' " +
					which + " (SELECT leader_id FROM river_leader) LIMIT 1")
				killed := time.Now()
				workers[pid].signal(syscall.SIGKILL)
				<-workers[pid].ended
				for count(begun) == before {
					time.Sleep(50 * time.Millisecond)
				}
				total += time.Since(killed).Seconds()
				add()
			}
			b.ReportMetric(total/float64(b.N), "s/notice")
			b.ReportMetric(0, "ns/op")
			for _, w := range workers {
				w.signal(syscall.SIGKILL)
				<-w.ended
			}
		})
	}
}
