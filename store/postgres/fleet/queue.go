package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"sweep/sweep"
)

// Queue is the units of an arm of a sweep that need the same.
type Queue struct {
	Name   string // as River knows it
	Sweep  string
	Arm    string
	Needs  Needs
	Paused bool
}

// outlook is what a worker sees of a queue.
type outlook struct {
	name    string
	paused  bool
	waiting bool // there are units that nobody trains
}

// outlooks returns the queues with units, the oldest first. All workers ask for it all the
// time, so it is one way to the server and back, and looks in the order of the indexes for the
// first unit and the first job of a queue or after it, however many there are.
func (f *Fleet) outlooks(ctx context.Context) (all []outlook, err error) {
	err = f.store.Await(ctx, "look at the queues", func() error {
		rows, err := f.store.Pool().Query(ctx, `
			SELECT name, paused, coalesce((
				SELECT queue = name FROM river_job WHERE state = 'available' AND queue >= name COLLATE "default" AND scheduled_at <= now()
				ORDER BY queue, priority, scheduled_at, id LIMIT 1), false)
			FROM fleet_queue
			WHERE (SELECT queue = name FROM fleet_unit WHERE queue >= name AND trouble = '' ORDER BY queue, id LIMIT 1)
			ORDER BY made, name`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o outlook, err error) {
			return o, row.Scan(&o.name, &o.paused, &o.waiting)
		})
		return err
	})
	return all, err
}

// queue returns the queue of that name; ok says whether it is there.
func (f *Fleet) queue(ctx context.Context, name string) (q Queue, ok bool, err error) {
	err = f.store.Look(ctx, "read a queue", func(tx pgx.Tx) error {
		var needs []byte
		q = Queue{Name: name}
		err := tx.QueryRow(ctx, `SELECT sweep.name, arm, needs, paused FROM fleet_queue JOIN sweep ON sweep.id = sweep WHERE fleet_queue.name = $1`, name).
			Scan(&q.Sweep, &q.Arm, &needs, &q.Paused)
		if ok = err == nil; !ok {
			return unlessNone(err)
		}
		return json.Unmarshal(needs, &q.Needs)
	})
	return q, ok, err
}

// Sample returns the runs of one of the units of a queue, none if it has no more.
func (f *Fleet) Sample(ctx context.Context, queue string) (u Unit, err error) {
	err = f.store.Look(ctx, "read a unit", func(tx pgx.Tx) error {
		var text []byte
		err := tx.QueryRow(ctx, `SELECT unit FROM fleet_unit WHERE queue = $1 ORDER BY id LIMIT 1`, queue).Scan(&text)
		if err != nil {
			return unlessNone(err)
		}
		return json.Unmarshal(text, &u)
	})
	return u, err
}

// EachRun calls use with each run of a queue that is still to be trained, until it returns
// false.
func (f *Fleet) EachRun(ctx context.Context, queue string, use func(sweep.Run) bool) error {
	return f.store.Look(ctx, "read the units of a queue", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT unit FROM fleet_unit WHERE queue = $1 ORDER BY id`, queue)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text []byte
			var u Unit
			if err := rows.Scan(&text); err != nil {
				return err
			}
			if err := json.Unmarshal(text, &u); err != nil {
				return err
			}
			for _, run := range u.Runs {
				if !use(run) {
					return nil
				}
			}
		}
		return rows.Err()
	})
}

// Files returns the hashes of the files that queues with units need.
func (f *Fleet) Files(ctx context.Context) (hashes []string, err error) {
	err = f.store.Look(ctx, "look up which files runs need", func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT DISTINCT file ->> 'sha256' FROM fleet_queue
			CROSS JOIN LATERAL jsonb_path_query(needs::jsonb, '$.inputs[*].files[*]') AS file
			WHERE EXISTS (SELECT FROM fleet_unit WHERE queue = name)`)
		if err != nil {
			return err
		}
		hashes, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return hashes, err
}

// unit reads a unit; ok says whether it is there and to be tried.
func (f *Fleet) unit(ctx context.Context, id int64) (u Unit, ok bool, err error) {
	err = f.store.Look(ctx, "read a unit", func(tx pgx.Tx) error {
		u = Unit{}
		var text []byte
		err := tx.QueryRow(ctx, `SELECT unit FROM fleet_unit WHERE id = $1 AND trouble = ''`, id).Scan(&text)
		if ok = err == nil; !ok {
			return unlessNone(err)
		}
		return json.Unmarshal(text, &u)
	})
	return u, ok, err
}

// settle ends a unit: its runs are settled. With a trouble it stays, and no worker tries it
// any more. The job goes with it, so that it does not outlive the unit where the server goes
// away before River ends the job itself.
func (f *Fleet) settle(ctx context.Context, job, unit int64, trouble string) error {
	return f.store.Change(ctx, "end a unit", func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`DELETE FROM river_job WHERE id = $1`, job)
		if trouble == "" {
			batch.Queue(`DELETE FROM fleet_unit WHERE id = $1`, unit)
		} else {
			batch.Queue(`UPDATE fleet_unit SET trouble = $2 WHERE id = $1`, unit, trouble)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
}

// renewed is a job that others may have, with another number: what River then says of the
// number that it had is about no job. River does not tell who had a job from who has it. It
// comes before those that nobody had.
const renewed = `id = DEFAULT, state = 'available', attempt = 0, priority = 1, queue = fleet_unit.queue`

// release has workers try a unit after a while, by the server's clock.
func (f *Fleet) release(ctx context.Context, job, unit int64, later time.Duration) error {
	return f.store.Change(ctx, "give a unit back", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE river_job SET `+renewed+`, scheduled_at = clock_timestamp() + make_interval(secs => $3)
			FROM fleet_unit WHERE river_job.id = $1 AND state = 'running' AND fleet_unit.id = $2`, job, unit, later.Seconds())
		return err
	})
}

func unlessNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
