package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"sweep/store/record"
	"sweep/sweep"
)

// Check reads the whole store and reports what is damaged: whatever is not what was
// stored, of runs with their curves, row losses, adapters and checkpoints, of sweeps with
// their cells, and of files. Rows that refer to none cannot be, and pages are the server's own
// care. All faults are joined into one error.
func (s *Store) Check(ctx context.Context) error {
	var keys, names, files []string
	err := s.view(ctx, "check the store", func(db querier) (err error) {
		if keys, err = texts(ctx, db, `SELECT key FROM run ORDER BY id`); err == nil {
			names, err = texts(ctx, db, `SELECT name FROM sweep ORDER BY id`)
		}
		if err == nil {
			files, err = texts(ctx, db, `SELECT hash FROM file WHERE whole ORDER BY hash`)
		}
		return err
	})
	if err != nil {
		return err
	}
	errs := s.checkRuns(ctx, keys)
	for _, name := range names {
		if err := s.checkSweep(ctx, name); err != nil {
			errs = append(errs, fmt.Errorf("sweep %q, its grid or its cells: %w", name, err))
		}
	}
	for _, hash := range files {
		err := s.instant(ctx, func(db querier) error { return checkFile(ctx, db, hash) })
		if err != nil {
			errs = append(errs, fmt.Errorf("file %.12s: %w", hash, err))
		}
	}
	return s.failed("check the store", errors.Join(errs...))
}

// CheckRuns reports which of the runs are not what was stored, with their
// curves, row losses, adapters and checkpoints. Keys the store does not know are passed over.
func (s *Store) CheckRuns(ctx context.Context, keys []string) error {
	return s.failed("check the runs", errors.Join(s.checkRuns(ctx, keys)...))
}

func (s *Store) checkRuns(ctx context.Context, keys []string) (faults []error) {
	for _, key := range keys {
		err := s.instant(ctx, func(db querier) error { return checkRun(ctx, db, key) })
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			faults = append(faults, err)
		}
	}
	return faults
}

// checkRun compares all that is stored of a run with the hashes made when it
// was written.
func checkRun(ctx context.Context, db querier, key string) error {
	var id int64
	var name string
	var seal record.Seal
	err := db.QueryRow(ctx, `
		SELECT id, name, state, coalesce(digest, ''), coalesce(curve_hash, '') FROM run
		LEFT JOIN outcome ON outcome.run = id WHERE key = $1`, key).Scan(&id, &name, &seal.State, &seal.Digest, &seal.CurveHash)
	if err != nil {
		return err
	}
	return record.CheckRun(key, name, seal, record.Stored{
		Digest:     func() (string, error) { return digest(ctx, db, recordOfRun, id) },
		Curve:      func() ([]sweep.Point, error) { return curve(ctx, db, `id = $1`, id) },
		Checkpoint: func() error { return checkCheckpoint(ctx, db, id) },
		Adapter:    func() error { return checkBytes(ctx, db, id, "adapter") },
		RowLosses:  func() error { return checkBytes(ctx, db, id, "row_losses") },
	})
}

// checkBytes compares what a run has in a table of bytes with their hash.
func checkBytes(ctx context.Context, db querier, id int64, table string) error {
	rows, err := db.Query(ctx, "SELECT hash, bytes FROM "+table+" WHERE run = $1", id)
	if err != nil {
		return err
	}
	var hash string
	var bytes pgtype.DriverBytes
	_, err = pgx.ForEachRow(rows, []any{&hash, &bytes}, func() error {
		if record.Hash(bytes) != hash {
			return sweep.ErrDamaged
		}
		return nil
	})
	return err
}

func checkCheckpoint(ctx context.Context, db querier, id int64) error {
	rows, err := db.Query(ctx, `SELECT part, checksum, bytes FROM checkpoint WHERE run = $1 ORDER BY part`, id)
	if err != nil {
		return err
	}
	var part, want int64
	var bytes pgtype.DriverBytes
	next := int64(0)
	_, err = pgx.ForEachRow(rows, []any{&part, &want, &bytes}, func() error {
		if part != next || record.Checksum(bytes) != want {
			return sweep.ErrDamaged
		}
		next++
		return nil
	})
	return err
}

// checkSweep compares a sweep and its cells with the hash made when it was saved.
func (s *Store) checkSweep(ctx context.Context, name string) error {
	err := s.instant(ctx, func(db querier) error {
		var id int64
		var want string
		if err := db.QueryRow(ctx, `SELECT id, digest FROM sweep WHERE name = $1`, name).Scan(&id, &want); err != nil {
			return err
		}
		return record.Same(want, func() (string, error) { return digest(ctx, db, recordOfSweep, id) })
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}
