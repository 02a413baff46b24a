package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
)

// Batch is units of an arm whose runs need the same.
type Batch struct {
	Arm   string
	Needs Needs
	Units []Unit
}

// Enqueued counts the runs of a sweep that workers are to train.
type Enqueued struct {
	Added   int // that they were not before
	Already int // that they were
	Dropped int // that they are no longer, as the sweep has them no more

	Paused bool // nothing of the sweep is trained until it is resumed
}

// Enqueue has workers train units of a saved sweep, unless they are to already. What they
// are to train of runs that the sweep no longer has is dropped. It is one transaction.
func (f *Fleet) Enqueue(ctx context.Context, sweepName string, batches []Batch) (Enqueued, error) {
	if err := f.prepare(ctx); err != nil {
		return Enqueued{}, err
	}
	client, err := f.inserter()
	if err != nil {
		return Enqueued{}, err
	}
	var n Enqueued
	err = f.store.Change(ctx, "queue the runs", func(tx pgx.Tx) error {
		n = Enqueued{}
		e := enqueuing{tx: tx, client: client, n: &n}
		return e.enqueue(ctx, sweepName, batches)
	})
	return n, err
}

// enqueuing is one transaction of Enqueue.
type enqueuing struct {
	tx     pgx.Tx
	client *river.Client[pgx.Tx]
	n      *Enqueued
	sweep  int64
	known  map[string]int64 // the unit of each key
	units  map[int64]knownUnit
}

// knownUnit is a unit that workers are to train already.
type knownUnit struct {
	queue   string
	keys    []string
	givenUp bool
}

func (e *enqueuing) enqueue(ctx context.Context, sweepName string, batches []Batch) error {
	err := e.tx.QueryRow(ctx, `SELECT id FROM sweep WHERE name = $1 FOR UPDATE`, sweepName).Scan(&e.sweep)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNoSweep
	}
	if err == nil {
		_, err = e.tx.Exec(ctx, byHash)
	}
	if err == nil {
		err = e.dropOld(ctx)
	}
	if err == nil {
		err = e.readKnown(ctx)
	}
	if err == nil {
		err = e.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM fleet_queue WHERE sweep = $1 AND paused)`, e.sweep).Scan(&e.n.Paused)
	}
	for _, b := range batches {
		if err == nil {
			err = e.add(ctx, sweepName, b)
		}
	}
	if err == nil {
		err = e.moveJobs(ctx)
	}
	if err == nil {
		err = queueMissing(ctx, e.tx, e.client, &Upkept{}) // for those that are tried again
	}
	if err == nil && e.n.Added > 0 {
		_, err = e.tx.Exec(ctx, `ANALYZE fleet_unit`) // for who looks for the first unit of a queue; a role that may not is only warned
	}
	return err
}

// moveJobs moves the jobs that wait to the queues of their units, which may need something
// else than they did, and has none wait for a time that has not come: River copies jobs with
// the time of this machine's clock.
func (e *enqueuing) moveJobs(ctx context.Context) error {
	_, err := e.tx.Exec(ctx, `
		UPDATE river_job SET queue = fleet_unit.queue, scheduled_at = least(scheduled_at, clock_timestamp())
		FROM fleet_unit JOIN fleet_queue ON fleet_queue.name = fleet_unit.queue
		WHERE sweep = $1 AND kind = $2 AND fleet_unit.id = (args->>'unit')::bigint
			AND (river_job.queue <> fleet_unit.queue OR scheduled_at > clock_timestamp())
			AND state IN ('available', 'pending', 'retryable', 'scheduled')`, e.sweep, unitJob{}.Kind())
	return err
}

// dropOld drops the units of runs that the sweep no longer has.
func (e *enqueuing) dropOld(ctx context.Context) error {
	return e.tx.QueryRow(ctx, `
		WITH mine AS (SELECT fleet_unit.id, keys FROM fleet_unit JOIN fleet_queue ON name = queue WHERE sweep = $1),
		current AS (SELECT DISTINCT id FROM (SELECT id, unnest(keys) AS key FROM mine) AS run JOIN cell ON cell.key = run.key AND sweep = $1),
		dropped AS (
			DELETE FROM fleet_unit USING (SELECT id FROM mine EXCEPT SELECT id FROM current) AS old WHERE fleet_unit.id = old.id RETURNING keys)
		SELECT coalesce(sum(cardinality(keys)), 0) FROM dropped`, e.sweep).Scan(&e.n.Dropped)
}

// readKnown reads which runs workers are to train already.
func (e *enqueuing) readKnown(ctx context.Context) error {
	e.known, e.units = map[string]int64{}, map[int64]knownUnit{}
	var id int64
	var u knownUnit
	rows, err := e.tx.Query(ctx, `
		SELECT fleet_unit.id, queue, keys, trouble <> '' FROM fleet_unit JOIN fleet_queue ON name = queue WHERE sweep = $1`, e.sweep)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, []any{&id, &u.queue, &u.keys, &u.givenUp}, func() error {
		u.keys = slices.Clone(u.keys)
		e.units[id] = u
		for _, key := range u.keys {
			e.known[key] = id
		}
		return nil
	})
	return err
}

// together is how many units are queued at a time.
const together = 5000

// add queues the units of a batch that are new. One that grew by runs takes the place of what
// was known of it.
func (e *enqueuing) add(ctx context.Context, sweepName string, b Batch) error {
	needs, err := b.Needs.encode()
	if err != nil {
		return err
	}
	queue := queueName(sweepName, b.Arm, needs)
	_, err = e.tx.Exec(ctx, `
		INSERT INTO fleet_queue (name, sweep, arm, needs, paused) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING`,
		queue, e.sweep, b.Arm, needs, e.n.Paused)
	if err != nil {
		return err
	}
	fresh, changed := make([]Unit, 0, len(b.Units)), &pgx.Batch{}
	for _, u := range b.Units {
		id, known := e.unitOf(u)
		if !known {
			e.n.Added += len(u.Runs)
			fresh = append(fresh, u)
			continue
		}
		if err := e.renew(changed, id, queue, u); err != nil {
			return err
		}
	}
	if err := e.tx.SendBatch(ctx, changed).Close(); err != nil {
		return err
	}
	for some := range slices.Chunk(fresh, together) {
		if err := e.insert(ctx, queue, some); err != nil {
			return err
		}
	}
	return nil
}

// unitOf finds the unit that has a run of u already.
func (e *enqueuing) unitOf(u Unit) (id int64, known bool) {
	for _, run := range u.Runs {
		if id, known = e.known[run.Key]; known {
			return id, true
		}
	}
	return 0, false
}

// renew brings a unit that is known to what it is now. One that was given up is tried again.
func (e *enqueuing) renew(batch *pgx.Batch, id int64, queue string, u Unit) error {
	keys := keysOf(u)
	for _, key := range keys {
		if _, known := e.known[key]; known {
			e.n.Already++
		} else {
			e.n.Added++
		}
	}
	if was := e.units[id]; was.queue == queue && slices.Equal(was.keys, keys) && !was.givenUp {
		return nil
	}
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	batch.Queue(`UPDATE fleet_unit SET queue = $2, keys = $3, unit = $4, trouble = '', lost = 0 WHERE id = $1`, id, queue, keys, text)
	return nil
}

// insert queues units.
func (e *enqueuing) insert(ctx context.Context, queue string, units []Unit) error {
	rows, err := e.tx.Query(ctx, `SELECT nextval(pg_get_serial_sequence('fleet_unit', 'id')) FROM generate_series(1, $1)`, len(units))
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	_, err = e.tx.CopyFrom(ctx, pgx.Identifier{"fleet_unit"}, []string{"id", "queue", "keys", "unit"}, pgx.CopyFromSlice(len(units), func(i int) ([]any, error) {
		text, err := json.Marshal(units[i])
		return []any{ids[i], queue, keysOf(units[i]), text}, err
	}))
	if err != nil {
		return err
	}
	jobs := make([]river.InsertManyParams, len(units))
	for i, id := range ids {
		jobs[i] = river.InsertManyParams{Args: unitJob{id}, InsertOpts: &river.InsertOpts{Queue: queue}}
	}
	_, err = e.client.InsertManyFastTx(ctx, e.tx, jobs)
	return err
}

func keysOf(u Unit) []string {
	keys := make([]string, len(u.Runs))
	for i, run := range u.Runs {
		keys[i] = run.Key
	}
	return keys
}
