package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"sweep/store/record"
	"sweep/sweep"
)

// A cell that was never begun has no row in run; an unfinished run has none in
// outcome.
const (
	lastPoint = `(SELECT %s FROM point WHERE point.run = run.id AND run.state IN ('running', 'pending') ORDER BY step DESC LIMIT 1)`

	resultOf = `
		coalesce(run.params::text, '{}'), coalesce(run.inputs::text, '{}'), coalesce(run.provenance::text, '{}'),
		coalesce(` + stateNow + `, 'pending'), coalesce(run.attempt, 0),
		coalesce(outcome.steps, 0), outcome.loss, outcome.eval_loss, outcome.first_loss,
		outcome.tokens_per_second, outcome.seconds, 0::bigint, coalesce(outcome.evaluated, false),
		coalesce(outcome.curve_hash, ''), coalesce(outcome.error, ''), coalesce(outcome.copy_of, ''),
		coalesce(outcome.match_right, 0), coalesce(outcome.match_of, 0), coalesce(outcome.first_match_right, 0), coalesce(outcome.first_match_of, 0),
		outcome.measures::text, coalesce(outcome.environment, ''),
		%s, %s, 0::bigint,
		(SELECT max(step) FROM checkpoint WHERE checkpoint.run = run.id AND run.state IN ('running', 'pending')),
		run.speed, run.owner, run.expires - run.lease,
		(SELECT text FROM note WHERE note.run = run.id), (SELECT tags FROM note WHERE note.run = run.id)`

	cellsOfSweep = `
		SELECT cell.key, cell.name, NULL::bytea, NULL::text, NULL::bytea, NULL::text, %s
		FROM cell JOIN sweep ON sweep.id = cell.sweep
		%s JOIN run ON run.key = cell.key
		LEFT JOIN outcome ON outcome.run = run.id
		WHERE sweep.name = $1%s ORDER BY cell.ordinal %s`

	oneResult = `
		SELECT member.key, coalesce(run.name, member.name), adapter.bytes, adapter.hash, row_losses.bytes, row_losses.hash, %s
		FROM (SELECT key, name FROM run UNION ALL SELECT key, name FROM cell) AS member
		LEFT JOIN run ON run.key = member.key
		LEFT JOIN outcome ON outcome.run = run.id
		LEFT JOIN adapter ON adapter.run = run.id
		LEFT JOIN row_losses ON row_losses.run = run.id
		WHERE member.key = $1 LIMIT 1`
)

var (
	resultColumns      = fmt.Sprintf(resultOf, fmt.Sprintf(lastPoint, "step"), fmt.Sprintf(lastPoint, "loss"))
	resultsOfSweep     = fmt.Sprintf(cellsOfSweep, resultColumns, "LEFT", "", "")
	someResultsOfSweep = fmt.Sprintf(cellsOfSweep, resultColumns, "LEFT", " AND cell.key = ANY ($2)", "")
	begunOfSweep       = fmt.Sprintf(cellsOfSweep, resultColumns, "", "", "DESC")
	resultOfRun        = fmt.Sprintf(oneResult, resultColumns)
)

// Results returns the cells of a sweep in plan order.
func (s *Store) Results(ctx context.Context, sweepName string) ([]sweep.Result, error) {
	return s.cells(ctx, sweepName, resultsOfSweep)
}

// SomeResults returns the cells of a sweep whose runs have these keys, in plan order.
func (s *Store) SomeResults(ctx context.Context, sweepName string, keys []string) ([]sweep.Result, error) {
	return s.cells(ctx, sweepName, someResultsOfSweep, keys)
}

// cells returns the cells of a sweep that a query selects.
func (s *Store) cells(ctx context.Context, sweepName, query string, arguments ...any) ([]sweep.Result, error) {
	var results []sweep.Result
	err := s.view(ctx, fmt.Sprintf("read the runs of sweep %q", sweepName), func(db querier) error {
		sw, err := headOf(ctx, db, sweepName)
		if err != nil {
			return err
		}
		var d record.Decoder
		results, err = all(ctx, db, d.Scan, query, append([]any{sw.Name}, arguments...)...)
		return err
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

// Begun yields the cells whose runs were begun, the last of the plan first.
func (s *Store) Begun(ctx context.Context, sweepName string) iter.Seq2[sweep.Result, error] {
	return s.resultsOf(ctx, sweepName, begunOfSweep)
}

// resultsOf yields results while the server sends them. A server that goes away is waited
// for before the first, and an error after it.
func (s *Store) resultsOf(ctx context.Context, sweepName, query string) iter.Seq2[sweep.Result, error] {
	op := fmt.Sprintf("read the runs of sweep %q", sweepName)
	return func(yield func(sweep.Result, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel() // whoever breaks off need not wait for the rest
		var rows pgx.Rows
		var there bool
		err := s.read(ctx, op, func(db querier) (err error) {
			if rows, err = db.Query(ctx, query, sweepName); err != nil {
				return err
			}
			if there = rows.Next(); !there {
				return rows.Err()
			}
			return nil
		})
		if err != nil {
			yield(sweep.Result{}, err)
			return
		}
		defer rows.Close()
		var d record.Decoder
		for ; there; there = rows.Next() {
			r, err := d.Scan(rows)
			if !yield(r, s.failed(op, err)) || err != nil {
				cancel()
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
	var r sweep.Result
	err := s.read(ctx, "look up run "+sweep.ShortKey(key), func(db querier) (err error) {
		var d record.Decoder
		r, err = d.Scan(db.QueryRow(ctx, resultOfRun, key))
		if errors.Is(err, pgx.ErrNoRows) {
			err = &sweep.NotFoundError{Kind: "run", Name: key}
		}
		return err
	})
	return r, err
}
