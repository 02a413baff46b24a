package postgres

import (
	"context"
	"fmt"

	"sweep/store/record"
	"sweep/sweep"
)

// A run of no sweep is one that no cell has.
const (
	placed = `
		WITH
		meant AS (%s),
		place AS (
			SELECT cell.key, cell.name, sweep.name AS sweep, sweep.saved
			FROM meant JOIN cell ON cell.key = meant.key JOIN sweep ON sweep.id = cell.sweep
			UNION ALL
			SELECT run.key, run.name, NULL, NULL FROM meant JOIN run ON run.key = meant.key
			WHERE NOT EXISTS (SELECT FROM cell WHERE cell.key = run.key))
		SELECT place.key, place.name, coalesce(place.sweep, ''), run.begun, run.ended
		FROM place LEFT JOIN run ON run.key = place.key
		ORDER BY place.name = $1::text DESC, place.sweep = $2::text DESC NULLS LAST, place.saved DESC NULLS LAST, place.name`
	ofCells  = `SELECT cell.key FROM cell JOIN sweep ON sweep.id = cell.sweep WHERE $2::text IN ('', sweep.name) AND `
	alone    = `SELECT run.key FROM run WHERE $2::text = '' AND NOT EXISTS (SELECT FROM cell WHERE cell.key = run.key) AND `
	named    = ofCells + `cell.name = $1::text UNION ` + alone + `run.name = $1::text`
	withKey  = ofCells + `starts_with(cell.key, $1::text) UNION ` + alone + `starts_with(run.key, $1::text)`
	allNames = `SELECT DISTINCT name FROM runs WHERE $1::text IN ('', sweep)`
)

// Find returns the run that a text means: the name of a cell, such as
// "r8-a16-s0" or "arm/r8-a16-s0", or the start of a key. A sweep, unless "",
// narrows the search.
func (s *Store) Find(ctx context.Context, text, sweepName string) (sweep.Found, error) {
	var run sweep.Found
	err := s.view(ctx, fmt.Sprintf("look up run %q", text), func(db querier) (err error) {
		for _, meant := range []string{named, withKey} {
			places, err := all(ctx, db, record.ScanFound, fmt.Sprintf(placed, meant), text, sweepName)
			if err != nil {
				return err
			}
			switch found := record.Together(places); len(found) {
			case 0:
			case 1:
				run = found[0]
				return nil
			default:
				return &sweep.AmbiguousError{Text: text, Candidates: found}
			}
		}
		names, err := texts(ctx, db, allNames, sweepName)
		if err != nil {
			return err
		}
		return &sweep.NotFoundError{Kind: "run", Name: text, Nearest: sweep.Nearest(text, names)}
	})
	return run, err
}

// RunNames returns the names of the runs of a sweep, or of all for "", each
// once.
func (s *Store) RunNames(ctx context.Context, sweepName string) ([]string, error) {
	var names []string
	err := s.read(ctx, "list the names of runs", func(db querier) (err error) {
		names, err = texts(ctx, db, allNames, sweepName)
		return err
	})
	return names, err
}
