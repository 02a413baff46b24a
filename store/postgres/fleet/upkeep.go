package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// upkeepEvery is how often units are looked for whose worker died, or that have no job, unless
// a third of the worker's lease is less.
const upkeepEvery = 10 * time.Second

// settleIn is how long after an election, or a start of the server, nobody is taken to be dead:
// the server may have been gone, and workers have yet to give a sign of life. The first upkeep
// after more than missed of them did not come about takes nobody to be dead, either.
const (
	settleIn = 3 * time.Second
	missed   = 2
)

// upkeepTakes is more than an upkeep takes.
const upkeepTakes = 10 * time.Minute

// keepers is how many workers do the upkeep at a time, or stand by for it: each asks River
// all the time whether it is elected.
const keepers = 3

// mostLost is how many workers may die of a unit, one after the other, without its coming
// on, before no other tries it.
const mostLost = 5

// keptFor is how long a worker that ended, or died, is listed.
const keptFor = 24 * time.Hour

// upkeepQueue is the queue in River of the upkeep, which some workers work and the one of
// them that River elects fills.
const upkeepQueue = "sweep-upkeep"

// upkeepLock is taken by one upkeep at a time of each store in a database.
const upkeepLock = `SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema(), $1))`

// upkeepJob is the job of River that looks after the others.
type upkeepJob struct{}

// Kind names such jobs.
func (upkeepJob) Kind() string { return "sweep_upkeep" }

// InsertOpts say that an upkeep that fails is left to the next.
func (upkeepJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: upkeepQueue, MaxAttempts: 1}
}

// upkeeper is a worker's part in the upkeep.
type upkeeper struct {
	client *river.Client[pgx.Tx]
	cancel context.CancelFunc
}

// keep has the worker do the upkeep, or no longer.
func (w *work) keep(ctx context.Context, u *upkeeper) (*upkeeper, error) {
	switch keeps := w.keeps.Load(); {
	case keeps && u == nil:
		return w.startUpkeep(ctx)
	case !keeps && u != nil:
		u.stop()
		return nil, nil
	}
	return u, nil
}

// startUpkeep has the worker do the upkeep where River elects it, until it is stopped.
func (w *work) startUpkeep(ctx context.Context) (*upkeeper, error) {
	every := min(upkeepEvery, w.Lease/signalShare)
	workers := river.NewWorkers()
	river.AddWorker(workers, &upkeepWorker{fleet: w.Fleet, every: every, log: w.Log, seldom: newSeldom(w.Log)})
	c := config(w.Log)
	c.ID, c.Workers = w.ID+"/upkeep", workers
	c.Queues = map[string]river.QueueConfig{upkeepQueue: {MaxWorkers: 1, FetchPollInterval: every / 2}}
	c.PeriodicJobs = []*river.PeriodicJob{river.NewPeriodicJob(
		river.PeriodicInterval(every),
		func() (river.JobArgs, *river.InsertOpts) { return upkeepJob{}, nil },
		&river.PeriodicJobOpts{RunOnStart: true},
	)}
	client, stop, err := w.start(ctx, "begin the upkeep", c)
	if err != nil {
		return nil, err
	}
	return &upkeeper{client, stop}, nil
}

// stop ends the part, and lets another worker be elected. A nil upkeeper has none.
func (u *upkeeper) stop() {
	if u == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveWithin)
	defer cancel()
	_ = u.client.Stop(ctx)
	u.cancel()
}

// upkeepWorker does what there is to do.
type upkeepWorker struct {
	river.WorkerDefaults[upkeepJob]
	fleet  *Fleet
	every  time.Duration
	log    *slog.Logger
	seldom *slog.Logger
}

// Work looks after units, jobs and workers.
func (u *upkeepWorker) Work(ctx context.Context, _ *river.Job[upkeepJob]) error {
	done, err := u.fleet.Upkeep(ctx, u.every)
	if done != (Upkept{}) {
		u.log.Info("upkeep", "freed", done.Freed, "queued", done.Queued, "given_up", done.GivenUp)
	}
	if err != nil && ctx.Err() == nil {
		u.seldom.Warn("upkeep failed", "error", err)
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
// forgets workers that ended long ago. It is called at intervals of every, or once in a
// while: that is 0. With intervals it takes no worker to be dead soon after an election or a
// start of the server, and after the server was gone for some of them. Any number of
// processes may do it at once.
func (f *Fleet) Upkeep(ctx context.Context, every time.Duration) (done Upkept, err error) {
	client, err := f.inserter()
	if err != nil {
		return done, err
	}
	err = f.store.Change(ctx, "look after the queue", func(tx pgx.Tx) error {
		done = Upkept{}
		var mine bool
		err := tx.QueryRow(ctx, upkeepLock, mark+1).Scan(&mine)
		if err != nil || !mine {
			return err
		}
		wait, err := waits(ctx, tx, every)
		if err == nil {
			_, err = tx.Exec(ctx, byHash)
		}
		if err == nil && !wait {
			err = freeLost(ctx, tx, &done)
		}
		if err == nil {
			err = queueMissing(ctx, tx, client, &done)
		}
		if err == nil {
			err = forget(ctx, tx)
		}
		return err
	})
	return done, err
}

// waits reports whether workers may have had no way to give a sign of life: the server, or
// the way to it, was gone until a moment ago. A standby server that takes the place of
// another was not started when it did, and shows it by the upkeeps that are missing. Of two
// upkeeps in a row it holds for one at most.
func waits(ctx context.Context, tx pgx.Tx, every time.Duration) (wait bool, err error) {
	if every == 0 {
		return false, nil
	}
	err = tx.QueryRow(ctx, `
		UPDATE fleet_upkeep SET looked = clock_timestamp(), waited = NOT waited AND clock_timestamp() - looked > make_interval(secs => $1)
		RETURNING waited OR clock_timestamp() - make_interval(secs => $2) < greatest(pg_postmaster_start_time(), (SELECT max(elected_at) FROM river_leader))`,
		missed*every.Seconds(), settleIn.Seconds()).Scan(&wait)
	return wait, err
}

// byHash has the server join units, jobs and workers by hash in this transaction: of tables
// that grew a moment ago it has no statistics yet, and would go through one for each row of
// the other. Where it must loop all the same, it would take that for costly, and compile the
// query for a second.
const byHash = `SELECT set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)`

// freeLost frees the units that River takes to be in training and whose worker died, or does
// not know that it has them. It counts those whose worker died of them.
func freeLost(ctx context.Context, tx pgx.Tx, done *Upkept) error {
	err := tx.QueryRow(ctx, `
		WITH candidate AS MATERIALIZED (
			SELECT river_job.id, (args->>'unit')::bigint AS of_unit, fleet_worker.id IS NULL OR NOT lives AND (args->>'unit')::bigint = ANY(units) AS died
			FROM river_job
			LEFT JOIN fleet_worker ON fleet_worker.id = regexp_replace(attempted_by[array_upper(attempted_by, 1)], '/[^/]*$', '')
			CROSS JOIN LATERAL (SELECT ended = '' AND heard > clock_timestamp() - make_interval(secs => fleet_worker.lease) AS lives) AS sign
			WHERE kind = $1 AND river_job.state = 'running'
				AND coalesce(NOT lives OR (args->>'unit')::bigint <> ALL(units) AND attempted_at <= clock_timestamp() - make_interval(secs => fleet_worker.lease), true)
			FOR UPDATE OF river_job SKIP LOCKED),
		lost AS MATERIALIZED (
			SELECT candidate.id, fleet_unit.id AS unit_id, keys, died FROM candidate LEFT JOIN fleet_unit ON fleet_unit.id = of_unit
			WHERE NOT EXISTS (SELECT FROM run WHERE key = ANY(keys) AND run.state = 'running' AND expires > extract(epoch FROM clock_timestamp()))),
		freed AS (
			UPDATE river_job SET `+renewed+`, scheduled_at = now()
			FROM lost JOIN fleet_unit ON fleet_unit.id = unit_id WHERE river_job.id = lost.id RETURNING fleet_unit.id),
		dropped AS (
			DELETE FROM river_job USING lost WHERE river_job.id = lost.id AND unit_id IS NULL),
		came AS (
			SELECT unit_id, coalesce((SELECT sum((SELECT max(step) FROM point WHERE point.run = run.id)) FROM run WHERE key = ANY(keys)), 0) AS step
			FROM lost WHERE died AND unit_id IS NOT NULL),
		counted AS (
			UPDATE fleet_unit SET lost = CASE WHEN came.step > fleet_unit.step THEN 1 ELSE lost + 1 END, step = came.step FROM came WHERE id = unit_id)
		SELECT count(*) FROM freed`, unitJob{}.Kind()).Scan(&done.Freed)
	if err != nil || done.Freed == 0 {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE fleet_unit SET trouble = $2 WHERE lost >= $1 AND trouble = ''`,
		mostLost, fmt.Sprintf("%d workers died while they trained it, one after the other, without its coming on: it may need more memory than they have", mostLost))
	done.GivenUp = int(tag.RowsAffected())
	return err
}

// forget removes workers that ended, or died, long ago, jobs of units that are no more, and
// upkeeps of a worker that died of them.
func forget(ctx context.Context, tx pgx.Tx) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM fleet_worker WHERE heard < now() - $1::interval`, keptFor)
	batch.Queue(`
		DELETE FROM river_job WHERE kind = $1 AND state IN ('available', 'pending', 'retryable', 'scheduled')
			AND NOT EXISTS (SELECT FROM fleet_unit WHERE id = (args->>'unit')::bigint)`, unitJob{}.Kind())
	batch.Queue(`DELETE FROM river_job WHERE kind = $1 AND state = 'running' AND attempted_at < now() - $2::interval`, upkeepJob{}.Kind(), upkeepTakes)
	return tx.SendBatch(ctx, batch).Close()
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
