package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

const (
	now = `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

	// seconds is the server's Unix time, in which leases are measured.
	seconds = `extract(epoch FROM clock_timestamp())::float8`

	// stateNow is the state of a run: one whose lease has lapsed, as its process
	// died, is pending.
	stateNow = `CASE WHEN run.state = 'running' AND run.expires <= ` + seconds + ` THEN 'pending' ELSE run.state END`

	// holdRun has others wait who would change the run: what beginRun looks at is then
	// as they left it.
	holdRun = `SELECT FROM run WHERE key = $1 FOR UPDATE`

	beginRun = `
		INSERT INTO run (key, name, params, inputs, provenance, owner, lease, state, attempt, begun, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', 1, ` + now + `, ` + seconds + ` + $7)
		ON CONFLICT (key) DO UPDATE SET
			name = excluded.name, params = excluded.params, inputs = excluded.inputs, provenance = excluded.provenance,
			owner = excluded.owner, lease = excluded.lease, expires = ` + seconds + ` + excluded.lease, speed = 0,
			state = 'running', attempt = run.attempt + 1, begun = excluded.begun, ended = NULL
		WHERE run.state IN ('pending', 'pruned')
			OR run.state = 'running' AND (run.expires <= ` + seconds + ` OR run.owner = $10 AND $10 <> '') OR run.state = 'failed' AND $8
			OR $9 AND run.state <> 'running' AND run.id IN (SELECT run FROM outcome WHERE copy_of <> '')
		RETURNING id, attempt`

	// stateOfRun tells why beginRun did nothing.
	stateOfRun = `SELECT state, owner, expires FROM run WHERE key = $1`

	currentRun = `SELECT id, attempt, state FROM run WHERE key = $1 FOR NO KEY UPDATE`

	// currentRuns holds runs in one order, so that no two transactions wait for each other.
	currentRuns = `SELECT key, id, attempt, state FROM run WHERE key = ANY ($1) ORDER BY key FOR NO KEY UPDATE`

	renewLeases = `UPDATE run SET expires = ` + seconds + ` + lease WHERE id = ANY ($1)`

	noteSpeed = `UPDATE run SET expires = ` + seconds + ` + lease, speed = $2 WHERE id = $1`

	endRun = `UPDATE run SET state = $1, ended = ` + now + `,
		first_end = CASE WHEN $1 IN ('done', 'diverged', 'pruned') THEN coalesce(first_end, ` + now + `) ELSE first_end END WHERE id = $2`

	insertOutcome = `
		INSERT INTO outcome (run, steps, loss, eval_loss, first_loss, tokens_per_second, seconds, evaluated, curve_hash, error, copy_of,
			match_right, match_of, first_match_right, first_match_of, measures, environment, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, '')`

	insertPoints = `
		INSERT INTO point (run, step, loss, grad_norm, eval_loss, evaluated, match_right, match_of, measures)
		SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::float8[], $6::boolean[], $7::bigint[], $8::bigint[], $9::json[])`
)

// States tells where each key stands; keys the store does not know are absent.
func (s *Store) States(ctx context.Context, keys []string) (map[string]sweep.State, error) {
	return byKey[sweep.State](ctx, s, "look up the states of runs", `SELECT key, `+stateNow+` FROM run WHERE key = ANY ($1)`, keys)
}

// Copies tells which of the keys are recorded as copies, and the keys of the
// runs that were trained in their place.
func (s *Store) Copies(ctx context.Context, keys []string) (map[string]string, error) {
	return byKey[string](ctx, s, "look up which runs are copies", `SELECT key, copy_of FROM run JOIN outcome ON outcome.run = run.id
		WHERE copy_of <> '' AND key = ANY ($1)`, keys)
}

// byKey returns what a query of two columns, a key and a value, finds among
// the keys.
func byKey[V ~string](ctx context.Context, s *Store, op, query string, keys []string) (map[string]V, error) {
	var values map[string]V
	err := s.read(ctx, op, func(db querier) error {
		values = make(map[string]V, len(keys))
		rows, err := db.Query(ctx, query, keys)
		if err != nil {
			return err
		}
		var key string
		var v V
		_, err = pgx.ForEachRow(rows, []any{&key, &v}, func() error {
			values[key] = v
			return nil
		})
		return err
	})
	return values, err
}

// Begin opens a new attempt at run and returns its number, from 1, and the
// checkpoint to go on from. Whatever else an unfinished or failed attempt left,
// or was recorded as a copy, is dropped, and the attempt it replaces can no longer write.
func (s *Store) Begin(ctx context.Context, run sweep.Run, claim sweep.Claim) (attempt int, from sweep.Checkpoint, err error) {
	op := "begin run " + sweep.ShortKey(run.Key)
	arguments, err := record.BeginValues(run, claim)
	if err != nil {
		return 0, from, s.failed(op, err)
	}
	var id int64
	var refused bool
	err = s.writeAfter(ctx, op, func(batch *pgx.Batch) {
		batch.Queue(holdRun, run.Key)
		batch.Queue(beginRun, arguments...).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&id, &attempt)
			if refused = errors.Is(err, pgx.ErrNoRows); refused {
				return nil
			}
			return err
		})
	}, func(tx pgx.Tx) (err error) {
		if refused {
			return record.Taken(run.Key, tx.QueryRow(ctx, stateOfRun, run.Key))
		}
		if from = (sweep.Checkpoint{}); attempt > 1 {
			if err = rewind(ctx, tx, id); err == nil {
				from, err = checkpoint(ctx, tx, id)
			}
		}
		return err
	})
	if err != nil {
		return 0, sweep.Checkpoint{}, err
	}
	return attempt, from, nil
}

// Observe adds points to the attempt's curve, with state as the checkpoint
// after them unless it is nil: all or none. A step that the curve has already
// is an error.
func (s *Store) Observe(ctx context.Context, key string, attempt int, points []sweep.Point, state []byte) error {
	if state == nil {
		return s.gather(ctx, key, attempt, points)
	}
	return s.attempt(ctx, addTo(key), key, attempt, func(tx pgx.Tx, id int64) error {
		batch := &pgx.Batch{}
		queuePoints(batch, id, points)
		batch.Queue(renewLeases, []int64{id})
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if err := replaceCheckpoint(ctx, tx, id, state); err != nil {
			return fmt.Errorf("its checkpoint: %w", err)
		}
		return nil
	})
}

// Rewrite replaces the attempt's curve from a step on.
func (s *Store) Rewrite(ctx context.Context, key string, attempt, from int, points []sweep.Point) error {
	return s.attempt(ctx, "replace part of the curve of run "+sweep.ShortKey(key), key, attempt, func(tx pgx.Tx, id int64) error {
		batch := &pgx.Batch{}
		batch.Queue("DELETE FROM point WHERE run = $1 AND step >= $2", id, from)
		queuePoints(batch, id, points)
		batch.Queue(renewLeases, []int64{id})
		return tx.SendBatch(ctx, batch).Close()
	})
}

// Speed notes how fast the attempt trains.
func (s *Store) Speed(ctx context.Context, key string, attempt int, tokensPerSecond float64) error {
	return s.attempt(ctx, "note the speed of run "+sweep.ShortKey(key), key, attempt, func(tx pgx.Tx, id int64) error {
		_, err := tx.Exec(ctx, noteSpeed, id, tokensPerSecond)
		return err
	})
}

// Restart drops the attempt's curve and checkpoint.
func (s *Store) Restart(ctx context.Context, key string, attempt int) error {
	return s.attempt(ctx, "start run "+sweep.ShortKey(key)+" anew", key, attempt, func(tx pgx.Tx, id int64) error {
		return drop(ctx, tx, id, "point", "checkpoint")
	})
}

// Finish closes the attempt with its outcome. State Pending gives the run back
// with its checkpoint: the points after that and the rest of the outcome are
// dropped. A run that failed or was pruned keeps its checkpoint, too.
func (s *Store) Finish(ctx context.Context, key string, attempt int, outcome sweep.Outcome) error {
	return s.attempt(ctx, "finish run "+sweep.ShortKey(key), key, attempt, func(tx pgx.Tx, id int64) error {
		return finish(ctx, tx, id, outcome)
	})
}

// attempt makes a change to the row of a run that attempt holds, and keeps others from it
// until that is made.
func (s *Store) attempt(ctx context.Context, op, key string, attempt int, change func(tx pgx.Tx, id int64) error) error {
	var id int64
	var stands sweep.StaleError
	var unknown bool
	return s.writeAfter(ctx, op, func(batch *pgx.Batch) {
		stands, unknown = sweep.StaleError{Key: key, Attempt: attempt}, false
		batch.Queue(currentRun, key).QueryRow(func(row pgx.Row) error {
			err := row.Scan(&id, &stands.Current, &stands.State)
			if unknown = errors.Is(err, pgx.ErrNoRows); unknown {
				return nil
			}
			return err
		})
	}, func(tx pgx.Tx) error {
		switch {
		case unknown:
			return &sweep.NotFoundError{Kind: "run", Name: key}
		case stands.Current != attempt || stands.State != sweep.StateRunning:
			return &stands
		}
		return change(tx, id)
	})
}

// rewind drops what earlier attempts left, but for the checkpoint and the
// curve up to it.
func rewind(ctx context.Context, tx pgx.Tx, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM point WHERE run = $1
		AND step > coalesce((SELECT max(step) FROM checkpoint WHERE run = $1), -1)`, id)
	if err != nil {
		return err
	}
	return drop(ctx, tx, id, "outcome", "adapter", "row_losses")
}

// drop deletes a run's rows from tables.
func drop(ctx context.Context, tx pgx.Tx, id int64, tables ...string) error {
	batch := &pgx.Batch{}
	for _, table := range tables {
		batch.Queue("DELETE FROM "+table+" WHERE run = $1", id)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// queuePoints has points of a run inserted, by one statement.
func queuePoints(batch *pgx.Batch, id int64, points []sweep.Point) {
	var rows pointRows
	rows.add(id, points)
	rows.queue(batch)
}

// pointRows are points of runs, by columns.
type pointRows struct {
	runs, steps          []int64
	losses, norms, evals []*float64
	evaluated            []bool
	right, of            []*int64
	measures             []any
}

func (r *pointRows) add(id int64, points []sweep.Point) {
	for i := range points {
		p := &points[i]
		var loss, norm *float64
		if !p.WithoutLoss {
			loss = &p.Loss
		}
		if !p.WithoutNorm {
			norm = &p.GradNorm
		}
		right, of := counts(p.Match)
		r.runs, r.steps = append(r.runs, id), append(r.steps, int64(p.Step))
		r.losses, r.norms, r.evals = append(r.losses, loss), append(r.norms, norm), append(r.evals, &p.EvalLoss)
		r.evaluated = append(r.evaluated, p.Evaluated)
		r.right, r.of = append(r.right, right), append(r.of, of)
		r.measures = append(r.measures, record.EncodeMeasures(p.Measures))
	}
}

// queue has the points inserted, by one statement.
func (r *pointRows) queue(batch *pgx.Batch) {
	if len(r.runs) > 0 {
		batch.Queue(insertPoints, r.runs, r.steps, r.losses, r.norms, r.evals, r.evaluated, r.right, r.of, r.measures)
	}
}

// counts are the two columns of a count of matches.
func counts(m sweep.Matches) (right, of *int64) {
	if !m.Known() {
		return nil, nil
	}
	r, o := int64(m.Right), int64(m.Of)
	return &r, &o
}

func finish(ctx context.Context, tx pgx.Tx, id int64, o sweep.Outcome) error {
	if err := record.CheckEnd(o.State); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, endRun, string(o.State), id); err != nil {
		return err
	}
	if o.State == sweep.StatePending {
		return rewind(ctx, tx, id)
	}
	if o.State.Final() {
		if err := drop(ctx, tx, id, "checkpoint"); err != nil {
			return err
		}
	}
	if err := keep(ctx, tx, id, o); err != nil {
		return err
	}
	_, err := sealRun(ctx, tx, id)
	return err
}

// sealRun writes the digest of a run that has an outcome, and returns it.
func sealRun(ctx context.Context, tx pgx.Tx, id int64) (string, error) {
	hash, err := digest(ctx, tx, recordOfRun, id)
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE outcome SET digest = $1 WHERE run = $2`, hash, id)
	}
	return hash, err
}

// keep writes an outcome, but for the digest over it.
func keep(ctx context.Context, tx pgx.Tx, id int64, o sweep.Outcome) error {
	evalLoss := &o.EvalLoss
	if !o.Evaluated {
		evalLoss = nil
	}
	right, of := counts(o.Match)
	firstRight, firstOf := counts(o.FirstMatch)
	_, err := tx.Exec(ctx, insertOutcome, id, o.Steps, o.Loss, evalLoss, o.FirstLoss, o.TokensPerSecond, o.Seconds, o.Evaluated,
		o.CurveHash, record.Text(o.Error), o.CopyOf, right, of, firstRight, firstOf,
		record.EncodeMeasures(o.Measures), record.Text(o.Environment))
	if err == nil && o.Adapter != nil {
		err = keepBytes(ctx, tx, id, "adapter", o.Adapter)
	}
	if err == nil && o.RowLosses != nil {
		err = keepBytes(ctx, tx, id, "row_losses", record.EncodeRowLosses(o.RowLosses))
	}
	return err
}

// keepBytes writes what a run has in a table of bytes with their hash.
func keepBytes(ctx context.Context, tx pgx.Tx, id int64, table string, bytes []byte) error {
	_, err := tx.Exec(ctx, "INSERT INTO "+table+" (run, hash, bytes) VALUES ($1, $2, $3)", id, record.Hash(bytes), bytes)
	return err
}
