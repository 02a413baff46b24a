package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sweep/store/record"
	"sweep/sweep"
)

const (
	now = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`

	// seconds is the Unix time that leases are measured in, to the millisecond.
	seconds = `(julianday('now') - 2440587.5) * 86400`

	// stateNow is the state of a run: one whose lease has lapsed, as its process
	// died, is pending.
	stateNow = `iif(run.state = 'running' AND run.expires <= ` + seconds + `, 'pending', run.state)`

	beginRun = `
		INSERT INTO run (key, name, params, inputs, provenance, owner, lease, state, attempt, begun, expires)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'running', 1, ` + now + `, ` + seconds + ` + ?7)
		ON CONFLICT (key) DO UPDATE SET
			name = excluded.name, params = excluded.params, inputs = excluded.inputs, provenance = excluded.provenance,
			owner = excluded.owner, lease = excluded.lease, expires = excluded.expires, speed = 0,
			state = 'running', attempt = attempt + 1, begun = excluded.begun, ended = NULL
		WHERE state IN ('pending', 'pruned') OR state = 'running' AND (expires <= ` + seconds + ` OR owner = ?10 AND ?10 <> '') OR state = 'failed' AND ?8
			OR ?9 AND id IN (SELECT run FROM outcome WHERE copy_of <> '')
		RETURNING id, attempt`

	// stateOfRun tells why beginRun did nothing.
	stateOfRun = `SELECT state, owner, expires FROM run WHERE key = ?`

	renewLease = `UPDATE run SET expires = ` + seconds + ` + lease WHERE id = ?`

	noteSpeed = `UPDATE run SET expires = ` + seconds + ` + lease, speed = ?2 WHERE id = ?1`

	endRun = `UPDATE run SET state = ?1, ended = ` + now + `,
		first_end = iif(?1 IN ('done', 'diverged', 'pruned'), coalesce(first_end, ` + now + `), first_end) WHERE id = ?2`

	insertOutcome = `
		INSERT INTO outcome (run, steps, loss, eval_loss, first_loss, tokens_per_second, seconds, special, evaluated, curve_hash, error, copy_of,
			match_right, match_of, first_match_right, first_match_of, measures, environment, digest)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`
)

// pointBatch is how many points one statement inserts; beyond it nothing gets
// faster.
const pointBatch = 32

// States tells where each key stands; keys the store does not know are absent.
func (s *Store) States(ctx context.Context, keys []string) (map[string]sweep.State, error) {
	const op = "look up the states of runs"
	states, err := byKey[sweep.State](ctx, s, `SELECT key, `+stateNow+` FROM run WHERE key IN (SELECT value FROM json_each(?))`, keys)
	return states, s.failed(op, err)
}

// Copies tells which of the keys are recorded as copies, and the keys of the
// runs that were trained in their place.
func (s *Store) Copies(ctx context.Context, keys []string) (map[string]string, error) {
	const op = "look up which runs are copies"
	copies, err := byKey[string](ctx, s, `SELECT key, copy_of FROM run JOIN outcome ON outcome.run = run.id
		WHERE copy_of <> '' AND key IN (SELECT value FROM json_each(?))`, keys)
	return copies, s.failed(op, err)
}

// byKey returns what a query of two columns, a key and a value, finds among
// the keys.
func byKey[V ~string](ctx context.Context, s *Store, query string, keys []string) (map[string]V, error) {
	values := make(map[string]V, len(keys))
	err := each(ctx, s.reader, func(row record.Scanner) error {
		var key string
		var v V
		err := row.Scan(&key, &v)
		values[key] = v
		return err
	}, query, record.List(keys))
	return values, err
}

// Begin opens a new attempt at run and returns its number, from 1, and the
// checkpoint to go on from. Whatever else an unfinished or failed attempt left,
// or was recorded as a copy, is dropped, and the attempt it replaces can no longer write.
func (s *Store) Begin(ctx context.Context, run sweep.Run, claim sweep.Claim) (attempt int, from sweep.Checkpoint, err error) {
	err = s.write(ctx, "begin run "+sweep.ShortKey(run.Key), func(tx *sql.Tx) error {
		attempt, from, err = begin(ctx, tx, run, claim)
		return err
	})
	return attempt, from, err
}

// Observe adds points to the attempt's curve, with state as the checkpoint
// after them unless it is nil: all or none. A step that the curve has already
// is an error.
func (s *Store) Observe(ctx context.Context, key string, attempt int, points []sweep.Point, state []byte) error {
	return s.attempt(ctx, "add to the curve of run "+sweep.ShortKey(key), key, attempt, func(tx *sql.Tx, id int64) error {
		if err := s.addPoints(ctx, tx, id, points); err != nil {
			return err
		}
		if err := replaceCheckpoint(ctx, tx, id, state); err != nil {
			return fmt.Errorf("its checkpoint: %w", err)
		}
		_, err := tx.ExecContext(ctx, renewLease, id)
		return err
	})
}

// Rewrite replaces the attempt's curve from a step on.
func (s *Store) Rewrite(ctx context.Context, key string, attempt, from int, points []sweep.Point) error {
	return s.attempt(ctx, "replace part of the curve of run "+sweep.ShortKey(key), key, attempt, func(tx *sql.Tx, id int64) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM point WHERE run = ? AND step >= ?", id, from); err != nil {
			return err
		}
		if err := s.addPoints(ctx, tx, id, points); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, renewLease, id)
		return err
	})
}

// Speed notes how fast the attempt trains.
func (s *Store) Speed(ctx context.Context, key string, attempt int, tokensPerSecond float64) error {
	return s.attempt(ctx, "note the speed of run "+sweep.ShortKey(key), key, attempt, func(tx *sql.Tx, id int64) error {
		_, err := tx.ExecContext(ctx, noteSpeed, id, tokensPerSecond)
		return err
	})
}

// Restart drops the attempt's curve and checkpoint.
func (s *Store) Restart(ctx context.Context, key string, attempt int) error {
	return s.attempt(ctx, "start run "+sweep.ShortKey(key)+" anew", key, attempt, func(tx *sql.Tx, id int64) error {
		return drop(ctx, tx, id, "point", "checkpoint")
	})
}

// Finish closes the attempt with its outcome. State Pending gives the run back
// with its checkpoint: the points after that and the rest of the outcome are
// dropped. A run that failed or was pruned keeps its checkpoint, too.
func (s *Store) Finish(ctx context.Context, key string, attempt int, outcome sweep.Outcome) error {
	return s.attempt(ctx, "finish run "+sweep.ShortKey(key), key, attempt, func(tx *sql.Tx, id int64) error {
		return finish(ctx, tx, id, outcome)
	})
}

// attempt makes a change to the row of a run that attempt holds.
func (s *Store) attempt(ctx context.Context, op, key string, attempt int, change func(tx *sql.Tx, id int64) error) error {
	return s.write(ctx, op, func(tx *sql.Tx) error {
		id, err := current(ctx, tx, key, attempt)
		if err != nil {
			return err
		}
		return change(tx, id)
	})
}

func begin(ctx context.Context, tx *sql.Tx, run sweep.Run, claim sweep.Claim) (attempt int, from sweep.Checkpoint, err error) {
	arguments, err := record.BeginValues(run, claim)
	if err != nil {
		return 0, from, err
	}
	var id int64
	err = tx.QueryRowContext(ctx, beginRun, arguments...).Scan(&id, &attempt)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, from, record.Taken(run.Key, tx.QueryRowContext(ctx, stateOfRun, run.Key))
	}
	if err == nil {
		err = rewind(ctx, tx, id)
	}
	if err == nil {
		from, err = checkpoint(ctx, tx, id)
	}
	return attempt, from, err
}

// rewind drops what earlier attempts left, but for the checkpoint and the
// curve up to it.
func rewind(ctx context.Context, tx *sql.Tx, id int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM point WHERE run = ?1
		AND step > coalesce((SELECT max(step) FROM checkpoint WHERE run = ?1), -1)`, id)
	if err != nil {
		return err
	}
	return drop(ctx, tx, id, "outcome", "adapter", "row_losses")
}

// drop deletes a run's rows from tables.
func drop(ctx context.Context, tx *sql.Tx, id int64, tables ...string) error {
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE run = ?", id); err != nil {
			return err
		}
	}
	return nil
}

// current returns the row of the run that attempt may write to.
func current(ctx context.Context, tx *sql.Tx, key string, attempt int) (id int64, err error) {
	e := sweep.StaleError{Key: key, Attempt: attempt}
	err = tx.QueryRowContext(ctx, `SELECT id, attempt, state FROM run WHERE key = ?`, key).Scan(&id, &e.Current, &e.State)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, &sweep.NotFoundError{Kind: "run", Name: key}
	case err != nil:
		return 0, err
	case e.Current != attempt || e.State != sweep.StateRunning:
		return 0, &e
	}
	return id, nil
}

// addPoints inserts points, as many as possible with statements of a full
// batch. The driver starts a goroutine for each statement that can be
// cancelled, so ctx is looked at between statements instead.
func (s *Store) addPoints(ctx context.Context, tx *sql.Tx, id int64, points []sweep.Point) error {
	for len(points) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, insert := 1, s.insertOne
		if len(points) >= pointBatch {
			n, insert = pointBatch, s.insertBatch
		}
		if _, err := tx.Stmt(insert).Exec(pointArgs(id, points[:n])...); err != nil {
			return fmt.Errorf("steps %d to %d: %w", points[0].Step, points[n-1].Step, err)
		}
		points = points[n:]
	}
	return nil
}

// pointArgs is a row of arguments for each point.
func pointArgs(id int64, points []sweep.Point) []any {
	args := make([]any, 0, 10*len(points))
	for _, p := range points {
		loss, norm := p.Loss, p.GradNorm
		if p.WithoutLoss {
			loss = 0 // and NULL below, which is no NaN
		}
		if p.WithoutNorm {
			norm = 0
		}
		args = append(args, id, p.Step, record.Known(loss, !p.WithoutLoss), record.Known(norm, !p.WithoutNorm), p.EvalLoss, record.Special(loss, norm, p.EvalLoss), p.Evaluated)
		args = append(append(args, countArgs(p.Match)...), record.EncodeMeasures(p.Measures))
	}
	return args
}

// insertPoints is the statement that inserts n points.
func insertPoints(n int) string {
	return `INSERT INTO point (run, step, loss, grad_norm, eval_loss, special, evaluated, match_right, match_of, measures) VALUES ` +
		strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?), ", n-1) + "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
}

// countArgs are the two columns of a count of matches.
func countArgs(m sweep.Matches) []any {
	if !m.Known() {
		return []any{nil, nil}
	}
	return []any{m.Right, m.Of}
}

func finish(ctx context.Context, tx *sql.Tx, id int64, o sweep.Outcome) error {
	if err := record.CheckEnd(o.State); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, endRun, o.State, id); err != nil {
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
func sealRun(ctx context.Context, tx *sql.Tx, id int64) (string, error) {
	hash, err := digest(ctx, tx, recordOfRun, id)
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE outcome SET digest = ? WHERE run = ?`, hash, id)
	}
	return hash, err
}

// keep writes an outcome, but for the digest over it.
func keep(ctx context.Context, tx *sql.Tx, id int64, o sweep.Outcome) error {
	evalLoss := o.EvalLoss
	if !o.Evaluated {
		evalLoss = 0 // and NULL below, which is no NaN
	}
	lost := record.Special(o.Loss, evalLoss, o.FirstLoss, o.TokensPerSecond, o.Seconds)
	args := []any{id, o.Steps, o.Loss, record.Known(evalLoss, o.Evaluated), o.FirstLoss, o.TokensPerSecond, o.Seconds, lost, o.Evaluated, o.CurveHash, record.Text(o.Error), o.CopyOf}
	args = append(append(args, countArgs(o.Match)...), countArgs(o.FirstMatch)...)
	args = append(args, record.EncodeMeasures(o.Measures), record.Text(o.Environment))
	_, err := tx.ExecContext(ctx, insertOutcome, args...)
	if err == nil && o.Adapter != nil {
		err = keepBytes(ctx, tx, id, "adapter", o.Adapter)
	}
	if err == nil && o.RowLosses != nil {
		err = keepBytes(ctx, tx, id, "row_losses", record.EncodeRowLosses(o.RowLosses))
	}
	return err
}

// keepBytes writes what a run has in a table of bytes with their hash.
func keepBytes(ctx context.Context, tx *sql.Tx, id int64, table string, bytes []byte) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" (run, hash, bytes) VALUES (?, ?, ?)", id, record.Hash(bytes), bytes)
	return err
}
