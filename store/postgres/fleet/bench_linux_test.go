package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// careful is how a server is set up as PostgreSQL comes, with the settings that tests turn
// off for speed, and with statistics on statements.
func careful(more ...postgrestest.Setting) []postgrestest.Setting {
	return append([]postgrestest.Setting{
		{Name: "fsync", Value: "on"},
		{Name: "full_page_writes", Value: "on"},
		{Name: "shared_buffers", Value: "128MB"},
		{Name: "autovacuum_naptime", Value: "1min"},
		{Name: "max_connections", Value: "600"},
		{Name: "shared_preload_libraries", Value: "pg_stat_statements"},
	}, more...)
}

// observed is a server with a store, and a connection that asks it for its statistics.
type observed struct {
	site
	server *postgrestest.Server
	conn   *pgx.Conn
}

func observe(b *testing.B, more ...postgrestest.Setting) observed {
	b.Helper()
	server := postgrestest.Start(b, careful(more...)...)
	o := observed{site: openSite(b, server.Address("postgres")), server: server}
	var err error
	o.conn, err = pgx.Connect(b.Context(), server.Address("postgres", "application_name=observer"))
	ok(b, err)
	b.Cleanup(func() { _ = o.conn.Close(b.Context()) })
	_, err = o.conn.Exec(b.Context(), "CREATE EXTENSION pg_stat_statements")
	ok(b, err)
	return o
}

// number is what a query of one number gives.
func (o observed) number(t testing.TB, query string, args ...any) (n float64) {
	t.Helper()
	ok(t, o.conn.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

// await waits until a query of one number gives n.
func (o observed) await(t testing.TB, n float64, query string, args ...any) {
	t.Helper()
	for o.number(t, query, args...) != n {
		time.Sleep(50 * time.Millisecond)
	}
}

// realUnits are n units as a planner makes them, of an arm of 100 seeds.
func realUnits(n, steps int) []fleet.Unit {
	encoder := sweep.NewEncoder(sweep.Parameters())
	all := make([]fleet.Unit, n)
	inputs := sweep.Inputs{Numerics: 1}
	for i := range all {
		p := sweep.Defaults()
		p.Model, p.Data, p.Steps, p.Seed = "builtin:tiny", "builtin:menus", steps, i%100
		p.LR = 1e-4 * float64(1+i/100)
		p.LRA, p.LRB = p.LR, p.LR
		all[i].Runs = []sweep.Run{{Key: encoder.KeyOfNormal(encoder.Normal(p), inputs), Name: fmt.Sprintf("lr%d-s%d", i/100, i%100), Params: p, Inputs: inputs}}
	}
	return all
}

// BenchmarkEnqueue queues 100,000 units, queues them again, and cancels them.
func BenchmarkEnqueue(b *testing.B) {
	all := realUnits(100_000, 200)
	batches := []fleet.Batch{{Needs: fleet.Needs{Numerics: 1}, Units: all}}
	for b.Loop() {
		o := observe(b)
		saved := sweep.SavedSweep{Name: "a", TOML: "x = 1", Saved: time.Now()}
		for _, u := range all {
			saved.Keys, saved.Names = append(saved.Keys, u.Runs[0].Key), append(saved.Names, u.Runs[0].Name)
		}
		timed := func(what string, do func() error) {
			began := time.Now()
			ok(b, do())
			b.ReportMetric(time.Since(began).Seconds(), what+"-s")
		}
		timed("save", func() error { return o.SaveSweep(b.Context(), saved) })
		for _, what := range []string{"queue", "again"} {
			timed(what, func() error {
				_, err := o.Enqueue(b.Context(), "a", batches)
				return err
			})
		}
		timed("upkeep", func() error {
			_, err := o.Upkeep(b.Context(), 0)
			return err
		})
		timed("standings", func() error {
			_, err := o.Standings(b.Context())
			return err
		})
		timed("cancel", func() error {
			_, err := o.Cancel(b.Context(), "a")
			return err
		})
	}
}

// span is how long it took from the first beginning of a run to the last end, in seconds.
const span = `SELECT extract(epoch FROM max(ended)::timestamptz - min(begun)::timestamptz)::float8 FROM run`

// BenchmarkProcesses is how many units a second processes begin and end that train
// nothing, and how many points they store, on one server. Each has four slots.
func BenchmarkProcesses(b *testing.B) {
	for _, c := range []struct {
		what   string
		points int // of each unit
		each   int // units for each process
	}{{"claims", 1, 60}, {"points", 5000, 12}} {
		for _, processes := range []int{1, 2, 4, 8, 16, 32, 64} {
			b.Run(fmt.Sprintf("%s/%d", c.what, processes), func(b *testing.B) {
				for b.Loop() {
					all := realUnits(c.each*processes, c.points)
					o := observe(b)
					o.queue(b, "a", fleet.Needs{Numerics: 1}, all...)
					_, err := o.Pause(b.Context(), "a", true)
					ok(b, err)
					for i := range processes {
						helper{Store: o.name, ID: fmt.Sprint("host", i), Workers: 1, Slots: 4, Lease: 30 * time.Second, Points: c.points}.start(b)
					}
					o.await(b, float64(processes), `SELECT count(*) FROM fleet_worker`)
					_, err = o.Pause(b.Context(), "a", false)
					ok(b, err)
					o.await(b, float64(len(all)), `SELECT count(*) FROM run WHERE state = 'done'`)
					took := o.number(b, span)
					b.ReportMetric(float64(len(all))/took, "claims/s")
					b.ReportMetric(float64(len(all)*c.points)/took, "points/s")
					b.ReportMetric(o.number(b, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sweep'`), "connections")
				}
			})
		}
	}
}

// watched is for how long a process is watched that is always the same.
const watched = 30 * time.Second

// BenchmarkOneWorker is what a worker asks of the server a second: one with nothing to do,
// one that trains a run, and one that has trained it for a while.
func BenchmarkOneWorker(b *testing.B) {
	for _, c := range []struct {
		name  string
		runs  int
		after time.Duration
	}{{"idle", 0, 0}, {"training", 1, 0}, {"training for long", 1, 10 * time.Minute}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				o := observe(b)
				o.queue(b, "a", fleet.Needs{Numerics: 1}, realUnits(c.runs, 1_000_000)...)
				helper{Store: o.name, ID: "host", Workers: 1, Slots: 1, Lease: 30 * time.Second, Tick: 250 * time.Millisecond, State: 100_000}.start(b)
				o.await(b, float64(c.runs), `SELECT count(*) FROM run WHERE state = 'running'`)
				time.Sleep(5*time.Second + c.after)
				_ = o.number(b, `SELECT 1 FROM pg_stat_statements_reset()`)
				transactions := o.number(b, ofServer)
				time.Sleep(watched)
				b.ReportMetric(o.number(b, `SELECT sum(calls) FROM pg_stat_statements`)/watched.Seconds(), "statements/s")
				b.ReportMetric((o.number(b, ofServer)-transactions)/watched.Seconds(), "transactions/s")
				b.ReportMetric(o.number(b, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sweep'`), "connections")
				o.tell(b, 12)
			}
		})
	}
}

// ofServer is how many transactions the server made.
const ofServer = `SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()`

// tell logs which statements took most of the server's time.
func (o observed) tell(b *testing.B, n int) {
	b.Helper()
	rows, err := o.conn.Query(b.Context(), `SELECT calls, total_exec_time, left(regexp_replace(query, '\s+', ' ', 'g'), 110) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT $1`, n)
	ok(b, err)
	var calls int
	var took float64
	var query string
	_, err = pgx.ForEachRow(rows, []any{&calls, &took, &query}, func() error {
		b.Logf("%8d calls, %9.1f ms, %7.3f ms each: %s", calls, took, took/float64(calls), query)
		return nil
	})
	ok(b, err)
}
