package fleet

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"sweep/store/postgres"
	"sweep/sweep/runner"
)

// Fleet is what of a store's runs workers are to train.
type Fleet struct {
	store  *postgres.Store
	driver driver

	mu     sync.Mutex
	insert *river.Client[pgx.Tx] // that only queues; made once it is needed
}

// New is the fleet of a store.
func New(s *postgres.Store) *Fleet { return &Fleet{store: s, driver: driver{riverpgxv5.New(s.Pool())}} }

// unitJob is the job of River that says that a unit is to be trained.
type unitJob struct {
	Unit int64 `json:"unit" river:"unique"`
}

// Kind names such jobs.
func (unitJob) Kind() string { return "sweep_unit" }

// InsertOpts say that a unit has one job at the most, which comes after those of units that
// were begun.
func (unitJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Priority:    2,
		MaxAttempts: 1<<15 - 1, // the unit itself counts the workers that died of it
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}},
	}
}

// forever is a time after which River may take a job to be stuck. The upkeep knows which are.
const forever = 100 * 365 * 24 * time.Hour

// config is what all clients of River have in common. A nil log is none.
func config(log *slog.Logger) *river.Config {
	return &river.Config{
		Logger: newSeldom(log).With("by", "river"), JobTimeout: -1, RescueStuckJobsAfter: forever, SkipUnknownJobCheck: true,
		CompletedJobRetentionPeriod: time.Hour, CancelledJobRetentionPeriod: time.Hour,
		ReindexerSchedule: river.NeverSchedule(), // which takes the right of the tables' owner
		PollOnly:          true,                  // a connection that listens, for each worker, is what servers have too few of
	}
}

// inserter is a client of River that queues.
func (f *Fleet) inserter() (*river.Client[pgx.Tx], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.insert != nil {
		return f.insert, nil
	}
	c, err := river.NewClient(f.driver, config(nil))
	if err == nil {
		f.insert = c
	}
	return c, err
}

// prepare makes the tables of River, or brings them to this program's version of it.
func (f *Fleet) prepare(ctx context.Context) error {
	m, err := rivermigrate.New(f.driver, &rivermigrate.Config{Logger: newSeldom(nil)})
	if err != nil {
		return err
	}
	return f.store.Await(ctx, "make the tables of the queue", func() error {
		v, err := m.Validate(ctx, nil)
		if err == nil && !v.OK {
			err = f.migrate(ctx, m)
		}
		return err
	})
}

// migrate makes the tables of River. Several processes may do so at once.
func (f *Fleet) migrate(ctx context.Context, m *rivermigrate.Migrator[pgx.Tx]) error {
	return pgx.BeginFunc(ctx, f.store.Pool(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, mark); err != nil {
			return err
		}
		if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil { // on other connections
			return err
		}
		_, err := tx.Exec(ctx, tuned)
		return err
	})
}

// tuned has the server find at once what River asks for each job in training, which is whether it
// is cancelled: not by going through all changes that an index has not taken in yet, nor through
// all jobs in training, as long as it takes these to be none because most jobs wait.
const tuned = `
	ALTER INDEX river_job_metadata_index SET (fastupdate = off);
	ALTER TABLE river_job SET (autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 200)`

// mark is "flee" in ASCII: the number of the lock under which River's tables are made.
const mark = 0x666c6565

// prepared reports whether the tables of River are there, and nobody is about to make them.
func (f *Fleet) prepared(ctx context.Context) (there bool, err error) {
	err = f.store.Look(ctx, "look for the queue", func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT to_regclass('river_job') IS NOT NULL AND pg_try_advisory_xact_lock_shared($1)`, mark).Scan(&there)
	})
	return there, err
}

// ErrNoSweep says that the store has no sweep of that name.
var ErrNoSweep = errors.New("the store has no such sweep")

// Unit is what one worker trains at a time.
type Unit = runner.Unit
