package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

// Check reads the whole store and reports what is damaged: pages SQLite cannot
// follow, rows that refer to none, and whatever is not what was stored: runs
// with their curves, row losses, adapters and checkpoints, sweeps with their cells. All
// faults are joined into one error.
func (s *Store) Check(ctx context.Context) error {
	var errs []error
	for _, query := range []string{
		`SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`,
		`SELECT "table" || ' refers to a missing ' || parent || iif(count(*) > 1, ' in ' || count(*) || ' rows', '')
			FROM pragma_foreign_key_check GROUP BY "table", parent`,
	} {
		faults, err := texts(ctx, s.reader, query)
		if err != nil {
			return s.failed("check the store", err)
		}
		for _, fault := range faults {
			errs = append(errs, errors.New(fault))
		}
	}
	keys, err := texts(ctx, s.reader, `SELECT key FROM run ORDER BY id`)
	errs = append(errs, err, s.checkRuns(ctx, keys), s.checkSweeps(ctx))
	return s.failed("check the store", errors.Join(errs...))
}

// CheckRuns reports which of the runs are not what was stored, with their
// curves, row losses, adapters and checkpoints. Keys the store does not know are passed over.
func (s *Store) CheckRuns(ctx context.Context, keys []string) error {
	return s.failed("check the runs", s.checkRuns(ctx, keys))
}

func (s *Store) checkRuns(ctx context.Context, keys []string) error {
	var errs []error
	for _, key := range keys {
		if err := s.checkRun(ctx, key); err != nil && !errors.Is(err, sql.ErrNoRows) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// checkRun compares all that is stored of a run with the hashes made when it
// was written, at one instant.
func (s *Store) checkRun(ctx context.Context, key string) error {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	var id int64
	var name string
	var seal record.Seal
	err = tx.QueryRowContext(ctx, `
		SELECT id, name, state, coalesce(digest, ''), coalesce(curve_hash, '') FROM run
		LEFT JOIN outcome ON outcome.run = id WHERE key = ?`, key).Scan(&id, &name, &seal.State, &seal.Digest, &seal.CurveHash)
	if err != nil {
		return err
	}
	return record.CheckRun(key, name, seal, record.Stored{
		Digest:     func() (string, error) { return digest(ctx, tx, recordOfRun, id) },
		Curve:      func() ([]sweep.Point, error) { return curve(ctx, tx, `id = ?`, id) },
		Checkpoint: func() error { return checkCheckpoint(ctx, tx, id) },
		Adapter:    func() error { return checkBytes(ctx, tx, id, "adapter") },
		RowLosses:  func() error { return checkBytes(ctx, tx, id, "row_losses") },
	})
}

// checkBytes compares what a run has in a table of bytes with their hash.
func checkBytes(ctx context.Context, tx *sql.Tx, id int64, table string) error {
	return each(ctx, tx, func(row record.Scanner) error {
		var hash string
		var bytes sql.RawBytes
		if err := row.Scan(&hash, &bytes); err != nil {
			return err
		}
		if record.Hash(bytes) != hash {
			return sweep.ErrDamaged
		}
		return nil
	}, "SELECT hash, bytes FROM "+table+" WHERE run = ?", id)
}

func checkCheckpoint(ctx context.Context, tx *sql.Tx, id int64) error {
	next := 0
	return each(ctx, tx, func(row record.Scanner) error {
		var part int
		var want int64
		var bytes sql.RawBytes
		if err := row.Scan(&part, &want, &bytes); err != nil {
			return err
		}
		if part != next || record.Checksum(bytes) != want {
			return sweep.ErrDamaged
		}
		next++
		return nil
	}, `SELECT part, checksum, bytes FROM checkpoint WHERE run = ? ORDER BY part`, id)
}

// checkSweeps compares every sweep and its cells with the hash made when it was
// saved.
func (s *Store) checkSweeps(ctx context.Context) error {
	names, err := texts(ctx, s.reader, `SELECT name FROM sweep ORDER BY id`)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if err := s.checkSweep(ctx, name); err != nil && !errors.Is(err, sql.ErrNoRows) {
			errs = append(errs, fmt.Errorf("sweep %q, its grid or its cells: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Store) checkSweep(ctx context.Context, name string) error {
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only reads
	var id int64
	var want string
	if err := tx.QueryRowContext(ctx, `SELECT id, digest FROM sweep WHERE name = ?`, name).Scan(&id, &want); err != nil {
		return err
	}
	return record.Same(want, func() (string, error) { return digest(ctx, tx, recordOfSweep, id) })
}
