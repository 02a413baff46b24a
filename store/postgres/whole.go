package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

var _ record.Keeper = (*Store)(nil)

// reader is a transaction that reads whole records.
type reader struct{ tx pgx.Tx }

// Snapshot calls use with the store as it is at one instant. A server that goes away in
// the meantime is an error.
func (s *Store) Snapshot(ctx context.Context, use func(record.Reader) error) error {
	const op = "read the store"
	var tx pgx.Tx
	err := s.wait(ctx, func() (err error) {
		if tx, err = s.pool.BeginTx(ctx, instantly); err == nil {
			// Others may take their time with what was read.
			_, err = tx.Exec(ctx, `SET LOCAL idle_in_transaction_session_timeout = 0`)
		}
		return err
	})
	if err != nil {
		return s.failed(op, err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // it only reads
	return use(reader{tx})
}

// Heads returns the heads of all runs.
func (r reader) Heads(ctx context.Context) (map[string]record.Head, error) {
	heads := map[string]record.Head{}
	err := each(ctx, r.tx, func(row record.Scanner) error {
		key, head, err := record.ScanHead(row)
		heads[key] = head
		return err
	}, `SELECT key, name, `+stateNow+`, attempt, coalesce(digest, ''), coalesce(curve_hash, ''), coalesce(copy_of, ''), text, tags
		FROM run LEFT JOIN outcome ON outcome.run = run.id LEFT JOIN note ON note.run = run.id`)
	return heads, err
}

// Digests returns those of all sweeps.
func (r reader) Digests(ctx context.Context) (map[string]string, error) {
	digests := map[string]string{}
	err := each(ctx, r.tx, func(row record.Scanner) error {
		var name, hash string
		err := row.Scan(&name, &hash)
		digests[name] = hash
		return err
	}, `SELECT name, digest FROM sweep`)
	return digests, err
}

const wholeRun = `
	SELECT id, key, name, params::text, inputs::text, provenance::text, state, attempt, begun, ended, first_end, owner, lease, expires, speed,
		digest, (SELECT max(step) FROM checkpoint WHERE checkpoint.run = run.id)
	FROM run LEFT JOIN outcome ON outcome.run = run.id WHERE key = $1`

// Run returns a run.
func (r reader) Run(ctx context.Context, key string) (record.Run, error) {
	return record.ScanRun(
		r.tx.QueryRow(ctx, wholeRun, key),
		func() (sweep.Result, error) {
			var d record.Decoder
			return d.Scan(r.tx.QueryRow(ctx, resultOfRun, key))
		},
		func(id int64) ([]sweep.Point, []byte, error) {
			points, err := curve(ctx, r.tx, `id = $1`, id)
			if err != nil {
				return nil, nil, err
			}
			state, err := stateOf(ctx, r.tx, id)
			return points, state, err
		},
	)
}

// Sweep returns a sweep.
func (r reader) Sweep(ctx context.Context, name string) (record.Sweep, error) {
	sw := record.Sweep{Name: name}
	var id int64
	err := r.tx.QueryRow(ctx, `SELECT id, question, toml, file, created, saved, ended, digest FROM sweep WHERE name = $1`, name).
		Scan(&id, &sw.Question, &sw.TOML, &sw.File, &sw.Created, &sw.Saved, &sw.Ended, &sw.Digest)
	if err == nil {
		sw.Cells, err = all(ctx, r.tx, record.ScanCell, `SELECT key, name, planned FROM cell WHERE sweep = $1 ORDER BY ordinal`, id)
	}
	if err == nil {
		sw.Predictions, err = all(ctx, r.tx, record.ScanPrediction, `SELECT text, stated FROM prediction WHERE sweep = $1 ORDER BY id`, id)
	}
	if err == nil {
		sw.Note, err = noteOn(ctx, r.tx, "sweep", id)
	}
	return sw, err
}

const (
	loadRun = `
		INSERT INTO run (key, name, params, inputs, provenance, state, attempt, begun, ended, first_end, owner, lease, expires, speed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING id`
	loadSweep = `
		INSERT INTO sweep (name, question, toml, file, created, saved, ended) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (name) DO NOTHING RETURNING id`
	loadPredictions = `
		INSERT INTO prediction (sweep, text, stated)
		SELECT $1, text, stated FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS p (text, stated, n) ORDER BY n`
)

// LoadRun stores a run, in the place of one that has no results.
func (s *Store) LoadRun(ctx context.Context, r record.Run) error {
	return s.write(ctx, "copy run "+sweep.ShortKey(r.Key), func(tx pgx.Tx) error {
		note, err := makeRoom(ctx, tx, r)
		if err != nil {
			return err
		}
		var id int64
		if err := tx.QueryRow(ctx, loadRun, r.Values()...).Scan(&id); err != nil {
			return err
		}
		batch := &pgx.Batch{}
		queuePoints(batch, id, r.Points)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if err := keepCheckpoint(ctx, tx, id, r.CheckpointStep, r.Checkpoint); err != nil {
			return err
		}
		if err := replaceNote(ctx, tx, "run", id, note); err != nil || r.Outcome == nil {
			return err
		}
		if err := keep(ctx, tx, id, *r.Outcome); err != nil {
			return err
		}
		hash, err := sealRun(ctx, tx, id)
		if err == nil {
			err = record.Fits(r.Digest, hash)
		}
		return err
	})
}

// makeRoom removes the run that a copy takes the place of, if there is one, and returns the
// note that the copy is to have.
func makeRoom(ctx context.Context, tx pgx.Tx, r record.Run) (sweep.Note, error) {
	var id int64
	var state sweep.State
	err := tx.QueryRow(ctx, `SELECT id, `+stateNow+` FROM run WHERE key = $1 FOR UPDATE`, r.Key).Scan(&id, &state)
	if errors.Is(err, pgx.ErrNoRows) {
		return r.Note, nil
	}
	if err == nil && !record.Yields(state) {
		err = record.ErrThere
	}
	if err != nil {
		return r.Note, err
	}
	old, err := noteOn(ctx, tx, "run", id)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM run WHERE id = $1`, id)
	}
	return r.NoteOver(old), err
}

// LoadSweep stores a sweep.
func (s *Store) LoadSweep(ctx context.Context, sw record.Sweep) error {
	return s.write(ctx, fmt.Sprintf("copy sweep %q", sw.Name), func(tx pgx.Tx) error {
		var id int64
		err := tx.QueryRow(ctx, loadSweep, sw.Name, sw.Question, sw.TOML, sw.File, sw.Created, sw.Saved, sw.Ended).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return record.ErrThere
		}
		if err != nil {
			return err
		}
		if err := insertCells(ctx, tx, id, sw.Cells); err != nil {
			return err
		}
		predictions, stated := make([]string, len(sw.Predictions)), make([]string, len(sw.Predictions))
		for i, p := range sw.Predictions {
			predictions[i], stated[i] = p.Text, p.Stated
		}
		if _, err := tx.Exec(ctx, loadPredictions, id, predictions, stated); err != nil {
			return err
		}
		if err := replaceNote(ctx, tx, "sweep", id, sw.Note); err != nil {
			return err
		}
		hash, err := sealSweep(ctx, tx, id)
		if err == nil {
			err = record.Fits(sw.Digest, hash)
		}
		return err
	})
}
