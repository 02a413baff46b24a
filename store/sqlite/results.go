package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"sweep/store/record"
	"sweep/sweep"
)

// A cell that was never begun has no row in run; an unfinished run has none in
// outcome.
const (
	// progressColumns are those of a run without outcome, NULL for any other.
	progressColumns = `
		iif(run.state IN ('running', 'pending'), (SELECT max(step) FROM point WHERE point.run = run.id), NULL),
		iif(run.state IN ('running', 'pending'), (SELECT loss FROM point WHERE point.run = run.id ORDER BY step DESC LIMIT 1), NULL),
		iif(run.state IN ('running', 'pending'), (SELECT special FROM point WHERE point.run = run.id ORDER BY step DESC LIMIT 1), NULL),
		iif(run.state IN ('running', 'pending'), (SELECT max(step) FROM checkpoint WHERE checkpoint.run = run.id), NULL),
		run.speed, run.owner, run.expires - run.lease,
		(SELECT text FROM note WHERE note.run = run.id), (SELECT tags FROM note WHERE note.run = run.id)`

	resultColumns = `
		coalesce(run.params, '{}'), coalesce(run.inputs, '{}'), coalesce(run.provenance, '{}'),
		coalesce(` + stateNow + `, 'pending'), coalesce(run.attempt, 0),
		coalesce(outcome.steps, 0), outcome.loss, outcome.eval_loss, outcome.first_loss,
		outcome.tokens_per_second, outcome.seconds, coalesce(outcome.special, 0), coalesce(outcome.evaluated, 0),
		coalesce(outcome.curve_hash, ''), coalesce(outcome.error, ''), coalesce(outcome.copy_of, ''),
		coalesce(outcome.match_right, 0), coalesce(outcome.match_of, 0), coalesce(outcome.first_match_right, 0), coalesce(outcome.first_match_of, 0),
		outcome.measures, coalesce(outcome.environment, ''),` + progressColumns

	cellsOfSweep = `
		SELECT cell.key, cell.name, NULL, NULL, NULL, NULL, ` + resultColumns + `
		FROM cell JOIN sweep ON sweep.id = cell.sweep
		LEFT JOIN run ON run.key = cell.key
		LEFT JOIN outcome ON outcome.run = run.id
		WHERE sweep.name = ?%s ORDER BY cell.ordinal`

	begunOfSweep = `
		SELECT cell.key, cell.name, NULL, NULL, NULL, NULL, ` + resultColumns + `
		FROM cell JOIN sweep ON sweep.id = cell.sweep
		JOIN run ON run.key = cell.key
		LEFT JOIN outcome ON outcome.run = run.id
		WHERE sweep.name = ? ORDER BY cell.ordinal DESC`

	resultOfRun = `
		SELECT member.key, coalesce(run.name, member.name), adapter.bytes, adapter.hash, row_losses.bytes, row_losses.hash, ` + resultColumns + `
		FROM (SELECT key, name FROM run UNION ALL SELECT key, name FROM cell) AS member
		LEFT JOIN run ON run.key = member.key
		LEFT JOIN outcome ON outcome.run = run.id
		LEFT JOIN adapter ON adapter.run = run.id
		LEFT JOIN row_losses ON row_losses.run = run.id
		WHERE member.key = ? LIMIT 1`
)

var (
	resultsOfSweep     = fmt.Sprintf(cellsOfSweep, ``)
	someResultsOfSweep = fmt.Sprintf(cellsOfSweep, ` AND cell.key IN (SELECT value FROM json_each(?))`)
)

// Results returns the cells of a sweep in plan order.
func (s *Store) Results(ctx context.Context, sweepName string) ([]sweep.Result, error) {
	var results []sweep.Result
	err := s.EachResult(ctx, sweepName, func(r sweep.Result) error {
		results = append(results, r)
		return nil
	})
	return results, err
}

// EachResult is Results for one cell after the other.
func (s *Store) EachResult(ctx context.Context, sweepName string, use func(sweep.Result) error) error {
	sw, err := s.SweepHead(ctx, sweepName)
	if err != nil {
		return err
	}
	for r, err := range s.resultsOf(ctx, sw.Name, resultsOfSweep) {
		if err != nil {
			return err
		}
		if err := use(r); err != nil {
			return err
		}
	}
	return nil
}

// SomeResults returns the cells of a sweep whose runs have these keys, in plan order.
func (s *Store) SomeResults(ctx context.Context, sweepName string, keys []string) ([]sweep.Result, error) {
	sw, err := s.SweepHead(ctx, sweepName)
	if err != nil {
		return nil, err
	}
	var results []sweep.Result
	for r, err := range s.resultsOf(ctx, sw.Name, someResultsOfSweep, record.List(keys)) {
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// Begun yields the cells whose runs were begun, the last of the plan first.
func (s *Store) Begun(ctx context.Context, sweepName string) iter.Seq2[sweep.Result, error] {
	return s.resultsOf(ctx, sweepName, begunOfSweep)
}

func (s *Store) resultsOf(ctx context.Context, sweepName, query string, arguments ...any) iter.Seq2[sweep.Result, error] {
	op := fmt.Sprintf("read the runs of sweep %q", sweepName)
	return func(yield func(sweep.Result, error) bool) {
		rows, err := s.reader.QueryContext(ctx, query, append([]any{sweepName}, arguments...)...)
		if err != nil {
			yield(sweep.Result{}, s.failed(op, err))
			return
		}
		defer func() { _ = rows.Close() }() // rows.Err has told
		var d record.Decoder
		for rows.Next() {
			r, err := d.Scan(rows)
			if !yield(r, s.failed(op, err)) || err != nil {
				return
			}
		}
		if err := s.failed(op, rows.Err()); err != nil {
			yield(sweep.Result{}, err)
		}
	}
}

// Result returns the run of that key, with its adapter and its row losses.
func (s *Store) Result(ctx context.Context, key string) (sweep.Result, error) {
	var d record.Decoder
	r, err := d.Scan(s.reader.QueryRowContext(ctx, resultOfRun, key))
	if errors.Is(err, sql.ErrNoRows) {
		err = &sweep.NotFoundError{Kind: "run", Name: key}
	}
	return r, s.failed("look up run "+sweep.ShortKey(key), err)
}
