package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

const (
	removalOfSweep = `
		WITH
		mine AS (SELECT key, name, ordinal FROM cell WHERE sweep = (SELECT id FROM sweep WHERE name = $1)),
		shared AS (SELECT key, min(sweep.name) AS sweep FROM cell JOIN sweep ON sweep.id = cell.sweep WHERE sweep.name <> $1 GROUP BY key),
		goes AS (SELECT key FROM mine WHERE key NOT IN (SELECT key FROM shared)),
		copied AS (
			SELECT copy_of AS key, min(run.name) AS name FROM outcome JOIN run ON run.id = outcome.run
			WHERE copy_of <> '' AND run.key NOT IN (SELECT key FROM goes) GROUP BY copy_of),
		once AS (
			SELECT DISTINCT ON (mine.key) mine.key, mine.name, ` + stateNow + ` AS state,
				coalesce('sweep ' || shared.sweep || ' has it too', 'run ' || copied.name || ' is a copy of it', '') AS kept, mine.ordinal
			FROM mine JOIN run ON run.key = mine.key
			LEFT JOIN shared ON shared.key = mine.key
			LEFT JOIN copied ON copied.key = mine.key
			ORDER BY mine.key, mine.ordinal)
		SELECT key, name, state, kept FROM once ORDER BY ordinal`

	removalOfRun = `
		SELECT run.key, run.name, ` + stateNow + `, '' FROM run LEFT JOIN outcome ON outcome.run = run.id
		WHERE run.key = $1 OR outcome.copy_of = $1 ORDER BY run.key <> $1, run.id`

	firstTraining = `SELECT name FROM runs WHERE state = 'running' AND key = ANY ($1) LIMIT 1`

	// nobodyWrites has others wait who would change what is looked up, in the order in
	// which they lock it.
	nobodyWrites = `LOCK TABLE sweep, cell, run, outcome IN SHARE ROW EXCLUSIVE MODE`
)

// RemovalOfSweep tells what goes with a sweep: the runs that no other sweep has
// and of which no run that stays is a copy.
func (s *Store) RemovalOfSweep(ctx context.Context, name string) (sweep.Removal, error) {
	var r sweep.Removal
	err := s.view(ctx, fmt.Sprintf("look up what sweep %q would take along", name), func(db querier) (err error) {
		if _, err = headOf(ctx, db, name); err == nil {
			r, err = removalOf(ctx, db, removalOfSweep, name)
		}
		r.Sweep = name
		return err
	})
	return r, err
}

// RemovalOfRun tells what goes with a run: the copies made of it. Its cells
// stay, to be trained again.
func (s *Store) RemovalOfRun(ctx context.Context, key string) (sweep.Removal, error) {
	var r sweep.Removal
	err := s.read(ctx, "look up what run "+sweep.ShortKey(key)+" would take along", func(db querier) (err error) {
		r, err = removalOf(ctx, db, removalOfRun, key)
		return err
	})
	return r, err
}

func removalOf(ctx context.Context, db querier, query, of string) (r sweep.Removal, err error) {
	r.Runs, err = all(ctx, db, record.ScanRemovalRun, query, of)
	return r, err
}

// Remove carries out a removal, all of it or nothing. It fails if a run that
// goes is being trained, and if the store has changed since it was asked what
// would go.
func (s *Store) Remove(ctx context.Context, r sweep.Removal) error {
	return s.write(ctx, "remove "+record.SubjectOf(r), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, nobodyWrites); err != nil {
			return err
		}
		if err := stillGoes(ctx, tx, r); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, rememberEnded); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM run WHERE key = ANY ($1)`, r.Goes()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM sweep WHERE name = $1`, r.Sweep)
		return err
	})
}

// stillGoes makes sure that what goes is what was looked up, and at rest.
func stillGoes(ctx context.Context, tx pgx.Tx, r sweep.Removal) error {
	query, of := removalOfSweep, r.Sweep
	if r.Sweep == "" && len(r.Runs) > 0 {
		query, of = removalOfRun, r.Runs[0].Key
	}
	now, err := removalOf(ctx, tx, query, of)
	if err != nil {
		return err
	}
	if !slices.Equal(now.Goes(), r.Goes()) {
		return sweep.ErrChanged
	}
	var name string
	err = tx.QueryRow(ctx, firstTraining, r.Goes()).Scan(&name)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	default:
		return &sweep.TrainingError{Name: name}
	}
}
