package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

var _ record.Keeper = (*Store)(nil)

// reader is a transaction that reads whole records.
type reader struct{ tx *sql.Tx }

// Snapshot calls use with the store as it is at one instant.
func (s *Store) Snapshot(ctx context.Context, use func(record.Reader) error) error {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return s.failed("read the store", err)
	}
	defer func() { _ = tx.Rollback() }() // it only reads
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
	SELECT id, key, name, params, inputs, provenance, state, attempt, begun, ended, first_end, owner, lease, expires, speed,
		digest, (SELECT max(step) FROM checkpoint WHERE checkpoint.run = run.id)
	FROM run LEFT JOIN outcome ON outcome.run = run.id WHERE key = ?`

// Run returns a run.
func (r reader) Run(ctx context.Context, key string) (record.Run, error) {
	return record.ScanRun(
		r.tx.QueryRowContext(ctx, wholeRun, key),
		func() (sweep.Result, error) {
			var d record.Decoder
			return d.Scan(r.tx.QueryRowContext(ctx, resultOfRun, key))
		},
		func(id int64) ([]sweep.Point, []byte, error) {
			points, err := curve(ctx, r.tx, `id = ?`, id)
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
	err := r.tx.QueryRowContext(ctx, `SELECT id, question, toml, file, created, saved, ended, digest FROM sweep WHERE name = ?`, name).
		Scan(&id, &sw.Question, &sw.TOML, &sw.File, &sw.Created, &sw.Saved, &sw.Ended, &sw.Digest)
	if err == nil {
		sw.Cells, err = all(ctx, r.tx, record.ScanCell, `SELECT key, name, planned FROM cell WHERE sweep = ? ORDER BY ordinal`, id)
	}
	if err == nil {
		sw.Predictions, err = all(ctx, r.tx, record.ScanPrediction, `SELECT text, stated FROM prediction WHERE sweep = ? ORDER BY id`, id)
	}
	if err == nil {
		sw.Note, err = noteOn(ctx, r.tx, "sweep", id)
	}
	return sw, err
}

const (
	loadRun = `
		INSERT INTO run (key, name, params, inputs, provenance, state, attempt, begun, ended, first_end, owner, lease, expires, speed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`
	loadSweep = `
		INSERT INTO sweep (name, question, toml, file, created, saved, ended) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO NOTHING RETURNING id`
)

// LoadRun stores a run, in the place of one that has no results.
func (s *Store) LoadRun(ctx context.Context, r record.Run) error {
	return s.write(ctx, "copy run "+sweep.ShortKey(r.Key), func(tx *sql.Tx) error {
		note, err := makeRoom(ctx, tx, r)
		if err != nil {
			return err
		}
		var id int64
		if err := tx.QueryRowContext(ctx, loadRun, r.Values()...).Scan(&id); err != nil {
			return err
		}
		if err := s.addPoints(ctx, tx, id, r.Points); err != nil {
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
func makeRoom(ctx context.Context, tx *sql.Tx, r record.Run) (sweep.Note, error) {
	var id int64
	var state sweep.State
	err := tx.QueryRowContext(ctx, `SELECT id, `+stateNow+` FROM run WHERE key = ?`, r.Key).Scan(&id, &state)
	if errors.Is(err, sql.ErrNoRows) {
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
		_, err = tx.ExecContext(ctx, `DELETE FROM run WHERE id = ?`, id)
	}
	return r.NoteOver(old), err
}

// LoadSweep stores a sweep.
func (s *Store) LoadSweep(ctx context.Context, sw record.Sweep) error {
	return s.write(ctx, fmt.Sprintf("copy sweep %q", sw.Name), func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, loadSweep, sw.Name, sw.Question, sw.TOML, sw.File, sw.Created, sw.Saved, sw.Ended).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return record.ErrThere
		}
		if err != nil {
			return err
		}
		if err := insertCells(ctx, tx, id, sw.Cells); err != nil {
			return err
		}
		for _, p := range sw.Predictions {
			if err := predict(ctx, tx, id, p); err != nil {
				return err
			}
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
