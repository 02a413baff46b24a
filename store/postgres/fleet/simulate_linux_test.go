package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
)

// What the workers of a simulated fleet do: hour-long runs that log four steps a second.
const (
	simulatedTick   = 2500 * time.Millisecond // less often than that takes less of the machine, and the server sees no difference
	simulatedPoints = 10
	simulatedSteps  = 4 * 3600
	simulatedState  = 100_000 // bytes of a checkpoint
	simulatedLease  = 30 * time.Second
	preempted       = 0.1 // of the workers, an hour
	rackRuns        = 40
)

// simulatedTime is how long a fleet is watched, unless SWEEP_SIMULATED says otherwise.
const simulatedTime = 3 * time.Minute

// BenchmarkFleet is what fleets of workers take of one server that train so many runs, each
// worker one or several, without the training. Some workers are preempted, half of them
// without a word, and a rack of them dies at once. Workers share processes, but for those that
// are preempted.
func BenchmarkFleet(b *testing.B) {
	watch := simulatedTime
	if text := os.Getenv("SWEEP_SIMULATED"); text != "" {
		var err error
		watch, err = time.ParseDuration(text)
		ok(b, err)
	}
	for _, f := range []struct {
		runs, slots, processes, slower int
		settings                       []postgrestest.Setting
	}{
		{250, 1, 2, 1, nil},
		{1000, 1, 4, 1, nil},
		{1000, 1, 4, 4, nil}, // to compare with the one that is not slower
		{2000, 1, 4, 1, nil},
		{4000, 1, 4, 1, large},
		{10_000, 1, 8, 4, large},
		{4000, 8, 4, 1, large},
		{10_000, 8, 8, 1, large},
	} {
		b.Run(fmt.Sprintf("%d/each=%d/slower=%d", f.runs, f.slots, f.slower), func(b *testing.B) {
			for b.Loop() {
				s := &simulation{observed: observe(b, f.settings...), runs: f.runs, slots: f.slots, processes: f.processes, slower: f.slower}
				s.run(b, watch*time.Duration(f.slower))
			}
		})
	}
}

// large is how a server of many is set up: with what PostgreSQL comes with, whoever writes
// waits until others' pages are written.
var large = []postgrestest.Setting{{Name: "shared_buffers", Value: "2GB"}, {Name: "max_wal_size", Value: "8GB"}, {Name: "checkpoint_timeout", Value: "15min"}}

// simulation is one fleet.
type simulation struct {
	observed
	runs, slots, processes int // slots are of each worker
	slower                 int

	own     []*exec.Cmd // processes that hold many workers
	victims []*exec.Cmd
	rack    *exec.Cmd
	started int
	lost    int // runs of workers that were killed
}

func (s *simulation) run(b *testing.B, watch time.Duration) {
	units := realUnits(2*s.runs, simulatedSteps)
	for i := range s.runs { // they are found in the middle of their hours
		units[i].Runs[0].Params.Steps = 1 + rand.IntN(simulatedSteps)
	}
	began := time.Now()
	s.queue(b, "a", fleet.Needs{Numerics: 1}, units...)
	workers := s.runs / s.slots
	victims := max(2, int(preempted*float64(workers)*s.seconds(watch)/3600))
	ramp := time.Duration(s.runs) * time.Second / 100
	for range victims {
		s.victims = append(s.victims, s.start(b, "victim", 1, 0))
	}
	s.rack = s.start(b, "rack", rackRuns/s.slots, ramp)
	many := workers - victims - rackRuns/s.slots
	for i := range s.processes {
		s.own = append(s.own, s.start(b, "host", many/s.processes+min(1, max(0, many%s.processes-i)), ramp))
	}
	for s.number(b, `SELECT count(*) FROM run WHERE state = 'running'`) < float64(s.runs)*0.99 {
		time.Sleep(time.Second)
		if time.Since(began) > ramp+time.Duration(s.slower)*5*time.Minute {
			b.Errorf("only %v of %d runs train", s.number(b, `SELECT count(*) FROM run WHERE state = 'running'`), s.runs)
			break
		}
	}
	b.ReportMetric(time.Since(began).Seconds(), "begin-s")
	time.Sleep(10 * time.Second)
	s.watch(b, watch)
}

// seconds is how long something took in the fleet's own time.
func (s *simulation) seconds(d time.Duration) float64 { return d.Seconds() / float64(s.slower) }

// hostStores is how many stores the workers of a process share, with their connections: one
// would store what all of them logged in one transaction after the other.
const hostStores = 8

// start begins a process of so many workers.
func (s *simulation) start(b *testing.B, kind string, workers int, ramp time.Duration) *exec.Cmd {
	b.Helper()
	s.started++
	slower := time.Duration(s.slower)
	return helper{
		Store: postgrestest.With(s.name, "pool_max_conns=2"), Stores: min(workers, hostStores),
		ID: fmt.Sprintf("%s/%d", kind, s.started), Workers: workers, Ramp: ramp, Slots: s.slots, Lease: simulatedLease * slower,
		Tick: simulatedTick * slower, Points: simulatedPoints, State: simulatedState, Keep: checkpointEvery * slower,
	}.start(b)
}

// tally is what the server has done.
type tally struct {
	at                                                                           time.Time
	transactions, statements, wal, points, begins, renewals, signals, checkpoint float64
	server, clients                                                              time.Duration // of CPU
}

const ofStatement = `SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE $1`

func (s *simulation) tally(b *testing.B) tally {
	b.Helper()
	t := tally{
		at: time.Now(), transactions: s.number(b, ofServer), statements: s.number(b, `SELECT sum(calls) FROM pg_stat_statements`),
		wal:        s.number(b, `SELECT wal_bytes::float8 FROM pg_stat_wal`),
		points:     s.number(b, `SELECT coalesce(sum(rows), 0) FROM pg_stat_statements WHERE query LIKE 'INSERT INTO point%'`),
		begins:     s.number(b, ofStatement, `INSERT INTO run%`),
		renewals:   s.number(b, ofStatement, `UPDATE run SET expires%`),
		signals:    s.number(b, ofStatement, `%INSERT INTO fleet_worker%`),
		checkpoint: s.number(b, ofStatement, `INSERT INTO checkpoint%`),
		server:     s.serverCPU(b),
	}
	for _, c := range append(s.own, s.rack) {
		t.clients += cpuOf(strconv.Itoa(c.Process.Pid))
	}
	return t
}

// watch measures the fleet for a while, in which workers are preempted and the rack dies.
func (s *simulation) watch(b *testing.B, watch time.Duration) {
	_ = s.number(b, `SELECT 1 FROM pg_stat_statements_reset()`)
	first := s.tally(b)
	silent, connections := 0.0, 0.0
	next := watch / time.Duration(len(s.victims)+1)
	var rack *rackDeath
	for began, preemptions := time.Now(), 0; time.Since(began) < watch || rack == nil || !rack.over(); time.Sleep(500 * time.Millisecond) {
		if preemptions < len(s.victims) && time.Since(began) > time.Duration(preemptions+1)*next {
			s.preempt(b, preemptions)
			preemptions++
		}
		if rack == nil && time.Since(began) > watch/3 {
			rack = s.killRack(b)
		}
		if rack != nil {
			rack.look(b)
		}
		silent = max(silent, s.number(b, `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - heard)), 0)::float8 FROM fleet_worker WHERE ended = '' AND id LIKE 'host/%'`))
		connections = max(connections, s.number(b, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sweep'`))
		if time.Since(began) > 3*watch {
			b.Error("the rack's runs do not go on")
			break
		}
	}
	last := s.tally(b)
	took := s.seconds(last.at.Sub(first.at))
	for _, m := range []struct {
		unit string
		n    float64
	}{
		{"server-cores", (last.server - first.server).Seconds()},
		{"client-cores", (last.clients - first.clients).Seconds()},
		{"transactions/s", last.transactions - first.transactions},
		{"statements/s", last.statements - first.statements},
		{"points/s", last.points - first.points},
		{"renewals/s", last.renewals - first.renewals},
		{"signs-of-life/s", last.signals - first.signals},
		{"checkpoints/s", last.checkpoint - first.checkpoint},
		{"claims/s", last.begins - first.begins},
		{"WAL-MB/s", (last.wal - first.wal) / 1e6},
	} {
		b.ReportMetric(m.n/took, m.unit)
	}
	b.ReportMetric(silent/float64(s.slower), "most-silent-s")
	b.ReportMetric(connections, "connections")
	b.ReportMetric(max(0, s.number(b, `SELECT sum(attempt - 1) FROM run`)-float64(s.lost+(len(s.victims)+1)/2*s.slots)), "taken-wrongly")
	rack.report(b)
	s.tell(b, 25)
}

// preempt ends a worker, with a warning or without, and begins another in its place.
func (s *simulation) preempt(b *testing.B, i int) {
	b.Helper()
	c := s.victims[i]
	if i%2 == 0 {
		ok(b, c.Process.Signal(syscall.SIGTERM))
	} else {
		end(c)
		s.lost += s.slots
	}
	s.start(b, "heir", 1, 0)
}

// rackDeath is the death of a rack, and what became of its runs.
type rackDeath struct {
	*simulation
	at     time.Time
	units  []int64
	keys   []string
	wasted []float64 // seconds of training of each run

	noticed, resumed time.Duration // until all units were free for others, and all were in training again
}

// killRack kills the process of the rack. Another comes once the units are free: until then
// it would take others that wait.
func (s *simulation) killRack(b *testing.B) *rackDeath {
	b.Helper()
	r := &rackDeath{simulation: s}
	ok(b, s.conn.QueryRow(b.Context(), `
		SELECT array_agg(fleet_unit.id), array_agg(keys[1]) FROM fleet_worker, fleet_unit
		WHERE fleet_worker.id LIKE 'rack/%' AND ended = '' AND fleet_unit.id = ANY(units)`).Scan(&r.units, &r.keys))
	end(s.rack)
	r.at = time.Now()
	s.lost += len(r.keys)
	rows, err := s.conn.Query(b.Context(), `
		SELECT (SELECT grad_norm FROM point WHERE run = run.id AND step = (SELECT max(step) FROM checkpoint WHERE run = run.id)) FROM run WHERE key = ANY($1)`, r.keys)
	ok(b, err)
	defer rows.Close()
	for rows.Next() {
		var kept *float64 // when the checkpoint was made
		ok(b, rows.Scan(&kept))
		if kept != nil {
			r.wasted = append(r.wasted, (float64(r.at.UnixMilli())/1000-*kept)/float64(r.slower))
		}
	}
	ok(b, rows.Err())
	return r
}

func (r *rackDeath) over() bool { return r.resumed > 0 }

func (r *rackDeath) look(b *testing.B) {
	b.Helper()
	const held = `
		SELECT count(*) FROM river_job WHERE (args->>'unit')::bigint = ANY($1) AND state = 'running' AND attempted_by[array_upper(attempted_by, 1)] LIKE 'rack/%'`
	if r.noticed == 0 && r.number(b, held, r.units) == 0 {
		r.noticed = time.Since(r.at)
		r.rack = r.start(b, "newrack", rackRuns/r.slots, time.Second)
	}
	if r.resumed == 0 && r.number(b, `SELECT count(*) FROM run WHERE key = ANY($1) AND attempt = 1`, r.keys) == 0 {
		r.resumed = time.Since(r.at)
	}
}

func (r *rackDeath) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(len(r.keys)), "rack-runs")
	b.ReportMetric(r.seconds(r.noticed), "noticed-s")
	b.ReportMetric(r.seconds(r.resumed), "resumed-s")
	most, sum := 0.0, 0.0
	for _, w := range r.wasted {
		most, sum = max(most, w), sum+w
	}
	b.ReportMetric(most, "most-wasted-s")
	b.ReportMetric(sum/float64(max(1, len(r.wasted))), "mean-wasted-s")
}

// serverCPU is the time that all processes of the server took.
func (o observed) serverCPU(t testing.TB) time.Duration {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(o.server.Data(), "postmaster.pid"))
	ok(t, err)
	pid, _, _ := strings.Cut(string(text), "\n")
	sum := cpuOf(pid)
	all, err := filepath.Glob("/proc/[0-9]*")
	ok(t, err)
	for _, one := range all {
		if fields := statOf(filepath.Base(one)); fields != nil && fields[1] == pid {
			sum += cpuOf(filepath.Base(one))
		}
	}
	return sum
}

// statOf is what the kernel says of a process, from its state on; nil for none. The second
// field is its parent.
func statOf(pid string) []string {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// cpuOf is the time of CPU that a process took, with its children that have ended; 0 for
// none.
func cpuOf(pid string) (sum time.Duration) {
	fields := statOf(pid)
	if fields == nil {
		return 0
	}
	for _, field := range fields[11:15] { // utime, stime, cutime and cstime, in hundredths
		n, err := strconv.ParseInt(field, 10, 64)
		if err == nil {
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}
