package store

import (
	"context"
	"errors"
	"fmt"

	"sweep/sweep"
)

// Check reads the whole store and reports what is damaged: pages SQLite cannot
// follow, rows that refer to none, finished runs whose curve is not the one
// their outcome was made from. All faults are joined into one error.
func (s *Store) Check(ctx context.Context) error {
	faults, err := s.column(ctx, `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`)
	if err != nil {
		return s.failed("check the store", err)
	}
	orphans, err := s.column(ctx, `SELECT "table" || ' refers to a missing ' || parent FROM pragma_foreign_key_check`)
	if err != nil {
		return s.failed("check the store", err)
	}
	errs := s.checkCurves(ctx)
	for _, fault := range append(faults, orphans...) {
		errs = append(errs, errors.New(fault))
	}
	return s.failed("check the store", errors.Join(errs...))
}

// checkCurves compares every curve with the hash in its run's outcome.
func (s *Store) checkCurves(ctx context.Context) (errs []error) {
	keys, err := s.column(ctx, `SELECT key FROM run JOIN outcome ON outcome.run = run.id 
		WHERE state IN ('done', 'diverged') AND curve_hash <> '' ORDER BY id`)
	if err != nil {
		return []error{err}
	}
	for _, key := range keys {
		curve, err := s.Curves(ctx, []string{key})
		if err != nil {
			return append(errs, err)
		}
		var want string
		err = s.reader.QueryRowContext(ctx, `SELECT curve_hash FROM outcome JOIN run ON run.id = outcome.run WHERE key = ?`, key).Scan(&want)
		if err != nil {
			return append(errs, err)
		}
		if got := sweep.HashCurve(curve[key]); got != want {
			errs = append(errs, fmt.Errorf("run %s: its curve has hash %s, its outcome was made from %s", short(key), short(got), short(want)))
		}
	}
	return errs
}

// column returns the texts that query selects.
func (s *Store) column(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	var texts []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}
