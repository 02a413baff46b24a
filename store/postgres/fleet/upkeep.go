package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// upkeepEvery is how often units are looked for whose worker died, or that have no job.
const upkeepEvery = 10 * time.Second

// mostLost is how many workers may die of a unit, one after the other, without its coming
// on, before no other tries it.
const mostLost = 5

// keptFor is how long a worker that ended, or died, is listed.
const keptFor = 24 * time.Hour

// upkeepQueue is the queue in River of the upkeep, which every worker works and the one
// that River elects fills.
const upkeepQueue = "sweep-upkeep"

// upkeepJob is the job of River that looks after the others.
type upkeepJob struct{}

// Kind names such jobs.
func (upkeepJob) Kind() string { return "sweep_upkeep" }

// InsertOpts say that there is one at a time.
func (upkeepJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: upkeepQueue, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByPeriod: upkeepEvery}}
}

// upkeeper is a worker's part in the upkeep.
type upkeeper struct {
	client *river.Client[pgx.Tx]
	cancel context.CancelFunc
}

// startUpkeep has the worker do the upkeep where River elects it, until it is stopped.
func (w *work) startUpkeep(ctx context.Context) (*upkeeper, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &upkeepWorker{fleet: w.Fleet, log: w.Log})
	c := config(w.Log)
	c.ID, c.Workers = w.ID+"/upkeep", workers
	c.Queues = map[string]river.QueueConfig{upkeepQueue: {MaxWorkers: 1, FetchPollInterval: upkeepEvery / 2}}
	c.PeriodicJobs = []*river.PeriodicJob{river.NewPeriodicJob(
		river.PeriodicInterval(upkeepEvery),
		func() (river.JobArgs, *river.InsertOpts) { return upkeepJob{}, nil },
		&river.PeriodicJobOpts{RunOnStart: true},
	)}
	client, err := river.NewClient(w.driver, c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	if err := client.Start(ctx); err != nil {
		cancel()
		return nil, err
	}
	return &upkeeper{client, cancel}, nil
}

// stop ends the part, and lets another worker be elected. A nil upkeeper has none.
func (u *upkeeper) stop() {
	if u == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = u.client.Stop(ctx)
	u.cancel()
}

// upkeepWorker does what there is to do.
type upkeepWorker struct {
	river.WorkerDefaults[upkeepJob]
	fleet *Fleet
	log   *slog.Logger
}

// Work looks after units, jobs and workers.
func (u *upkeepWorker) Work(ctx context.Context, _ *river.Job[upkeepJob]) error {
	done, err := u.fleet.Upkeep(ctx)
	if done != (Upkept{}) {
		u.log.Info("upkeep", "freed", done.Freed, "queued", done.Queued, "given up", done.GivenUp)
	}
	return err
}

// Upkept is what an upkeep did, in units.
type Upkept struct {
	Freed   int // given to others, as their worker died
	Queued  int // queued anew, as their job was lost
	GivenUp int // not tried any more, as too many workers died of them
}

// Upkeep gives units to others whose worker died, queues those whose job was lost, and
// forgets workers that ended long ago. Any number of processes may do it at once.
func (f *Fleet) Upkeep(ctx context.Context) (done Upkept, err error) {
	client, err := f.inserter()
	if err != nil {
		return done, err
	}
	err = f.store.Change(ctx, "look after the queue", func(tx pgx.Tx) error {
		done = Upkept{}
		var locked bool
		if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, mark+1).Scan(&locked); err != nil || !locked {
			return err
		}
		err := freeLost(ctx, tx, &done)
		if err == nil {
			err = queueMissing(ctx, tx, client, &done)
		}
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM fleet_worker WHERE heard < now() - $1::interval`, keptFor)
		}
		return err
	})
	return done, err
}

// freeLost frees the units that River takes to be in training and whose worker died.
func freeLost(ctx context.Context, tx pgx.Tx, done *Upkept) error {
	err := tx.QueryRow(ctx, `
		WITH lost AS (
			SELECT river_job.id, fleet_unit.id AS unit, keys
			FROM river_job LEFT JOIN fleet_unit ON fleet_unit.id = (args->>'unit')::bigint
			WHERE kind = $1 AND state = 'running'
				AND NOT EXISTS (
					SELECT FROM fleet_worker WHERE ended = '' AND fleet_worker.id = regexp_replace(attempted_by[array_upper(attempted_by, 1)], '/[^/]*$', '')
						AND heard > clock_timestamp() - make_interval(secs => lease)
						AND ((args->>'unit')::bigint = ANY(units) OR attempted_at > clock_timestamp() - make_interval(secs => lease)))
				AND NOT EXISTS (
					SELECT FROM run WHERE key = ANY(keys) AND run.state = 'running' AND expires > extract(epoch FROM clock_timestamp()))
			FOR UPDATE OF river_job SKIP LOCKED),
		freed AS (
			UPDATE river_job SET state = 'available', scheduled_at = now() FROM lost WHERE river_job.id = lost.id AND state = 'running' RETURNING lost.unit),
		came AS (
			SELECT unit, coalesce((SELECT sum(step) FROM (SELECT max(step) AS step FROM point JOIN run ON run.id = point.run WHERE key = ANY(keys) GROUP BY run.id) AS each), 0) AS step
			FROM lost WHERE unit IS NOT NULL),
		counted AS (
			UPDATE fleet_unit SET lost = CASE WHEN came.step > fleet_unit.step THEN 1 ELSE lost + 1 END, step = came.step FROM came WHERE id = came.unit)
		SELECT count(*) FROM freed`, unitJob{}.Kind()).Scan(&done.Freed)
	if err != nil || done.Freed == 0 {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE fleet_unit SET trouble = $2 WHERE lost >= $1 AND trouble = ''`,
		mostLost, fmt.Sprintf("%d workers died while they trained it, one after the other, without its coming on: it may need more memory than they have", mostLost))
	done.GivenUp = int(tag.RowsAffected())
	return err
}

// queueMissing queues the units that no job of River is about.
func queueMissing(ctx context.Context, tx pgx.Tx, client *river.Client[pgx.Tx], done *Upkept) error {
	rows, err := tx.Query(ctx, `
		SELECT id, queue FROM fleet_unit WHERE trouble = '' AND NOT EXISTS (
			SELECT FROM river_job WHERE kind = $1 AND state IN ('available', 'pending', 'retryable', 'running', 'scheduled') AND (args->>'unit')::bigint = fleet_unit.id)
		ORDER BY id LIMIT $2`, unitJob{}.Kind(), together)
	if err != nil {
		return err
	}
	var jobs []river.InsertManyParams
	var id int64
	var queue string
	if _, err := pgx.ForEachRow(rows, []any{&id, &queue}, func() error {
		jobs = append(jobs, river.InsertManyParams{Args: unitJob{id}, InsertOpts: &river.InsertOpts{Queue: queue}})
		return nil
	}); err != nil || len(jobs) == 0 {
		return err
	}
	inserted, err := client.InsertManyTx(ctx, tx, jobs)
	for _, job := range inserted {
		if !job.UniqueSkippedAsDuplicate {
			done.Queued++
		}
	}
	return err
}
