package sqlite

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
			WHERE NOT EXISTS (SELECT 1 FROM cell WHERE cell.key = run.key))
		SELECT place.key, place.name, coalesce(place.sweep, ''), run.begun, run.ended
		FROM place LEFT JOIN run ON run.key = place.key
		ORDER BY place.name = ?1 DESC, place.sweep = ?2 DESC, place.saved DESC, place.name`
	ofCells = `SELECT cell.key FROM cell JOIN sweep ON sweep.id = cell.sweep WHERE ?2 IN ('', sweep.name) AND `
	alone   = `SELECT run.key FROM run WHERE ?2 = '' AND NOT EXISTS (SELECT 1 FROM cell WHERE cell.key = run.key) AND `
	named   = ofCells + `cell.name = ?1 UNION ` + alone + `run.name = ?1`
	withKey = ofCells + `cell.key >= ?1 AND cell.key < ?1 || char(0x10ffff) UNION ` +
		alone + `run.key >= ?1 AND run.key < ?1 || char(0x10ffff)`
	allNames = `SELECT DISTINCT name FROM runs WHERE ?1 IN ('', sweep)`
)

// Find returns the run that a text means: the name of a cell, such as
// "r8-a16-s0" or "arm/r8-a16-s0", or the start of a key. A sweep, unless "",
// narrows the search.
func (s *Store) Find(ctx context.Context, text, sweepName string) (sweep.Found, error) {
	op := fmt.Sprintf("look up run %q", text)
	for _, meant := range []string{named, withKey} {
		found, err := s.found(ctx, meant, text, sweepName)
		switch {
		case err != nil:
			return sweep.Found{}, s.failed(op, err)
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return sweep.Found{}, s.failed(op, &sweep.AmbiguousError{Text: text, Candidates: found})
		}
	}
	names, err := s.RunNames(ctx, sweepName)
	if err != nil {
		return sweep.Found{}, err
	}
	unknown := &sweep.NotFoundError{Kind: "run", Name: text, Nearest: sweep.Nearest(text, names)}
	return sweep.Found{}, s.failed(op, unknown)
}

// RunNames returns the names of the runs of a sweep, or of all for "", each
// once.
func (s *Store) RunNames(ctx context.Context, sweepName string) ([]string, error) {
	names, err := texts(ctx, s.reader, allNames, sweepName)
	return names, s.failed("list the names of runs", err)
}

// found returns the runs whose keys a query selects.
func (s *Store) found(ctx context.Context, meant, text, sweepName string) ([]sweep.Found, error) {
	places, err := all(ctx, s.reader, record.ScanFound, fmt.Sprintf(placed, meant), text, sweepName)
	return record.Together(places), err
}
