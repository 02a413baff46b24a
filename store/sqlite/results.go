package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"

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
		coalesce(outcome.match_right, 0), coalesce(outcome.match_of, 0), coalesce(outcome.first_match_right, 0), coalesce(outcome.first_match_of, 0),` + progressColumns

	resultsOfSweep = `
		SELECT cell.key, cell.name, NULL, NULL, NULL, NULL, ` + resultColumns + `
		FROM cell JOIN sweep ON sweep.id = cell.sweep
		LEFT JOIN run ON run.key = cell.key
		LEFT JOIN outcome ON outcome.run = run.id
		WHERE sweep.name = ? ORDER BY cell.ordinal`

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

// Begun yields the cells whose runs were begun, the last of the plan first.
func (s *Store) Begun(ctx context.Context, sweepName string) iter.Seq2[sweep.Result, error] {
	return s.resultsOf(ctx, sweepName, begunOfSweep)
}

func (s *Store) resultsOf(ctx context.Context, sweepName, query string) iter.Seq2[sweep.Result, error] {
	op := fmt.Sprintf("read the runs of sweep %q", sweepName)
	return func(yield func(sweep.Result, error) bool) {
		rows, err := s.reader.QueryContext(ctx, query, sweepName)
		if err != nil {
			yield(sweep.Result{}, s.failed(op, err))
			return
		}
		defer func() { _ = rows.Close() }() // rows.Err has told
		var d decoder
		for rows.Next() {
			r, err := d.scanResult(rows)
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
	var d decoder
	r, err := d.scanResult(s.reader.QueryRowContext(ctx, resultOfRun, key))
	if errors.Is(err, sql.ErrNoRows) {
		err = &sweep.NotFoundError{Kind: "run", Name: key}
	}
	return r, s.failed("look up run "+sweep.ShortKey(key), err)
}

// decoder reads results one after the other. It keeps what it decoded last,
// since from one run of a sweep to the next little changes.
type decoder struct {
	params             sweep.ParamsDecoder
	inputs, provenance memo
}

// memo is a text and what it was decoded into.
type memo struct {
	text []byte
	into any
}

// decode sets into, a pointer, to what a JSON text says.
func decode[V any](m *memo, text []byte, into *V) error {
	if known, ok := m.into.(V); ok && bytes.Equal(m.text, text) {
		*into = known
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	m.text, m.into = append(m.text[:0], text...), *into
	return nil
}

// storedInputs is what a run reads, as its JSON holds it: to identify it, and to tell
// people what it is.
type storedInputs struct {
	sweep.Inputs
	Rows *sweep.RowSummary `json:"rows,omitempty"`
}

// scanResult reads a row of key, name, adapter, its hash, row losses, their hash and
// resultColumns.
func (d *decoder) scanResult(row interface{ Scan(...any) error }) (sweep.Result, error) {
	var r sweep.Result
	var params, inputs, provenance []byte
	var reals [5]sql.NullFloat64
	var lost int64
	var hash, rowsHash sql.NullString
	var rowLosses []byte
	var p progress
	var note, tags sql.NullString
	err := row.Scan(&r.Key, &r.Name, &r.Adapter, &hash, &rowLosses, &rowsHash, &params, &inputs, &provenance, &r.State, &r.Attempt,
		&r.Steps, &reals[0], &reals[1], &reals[2], &reals[3], &reals[4], &lost, &r.Evaluated, &r.CurveHash, &r.Error, &r.CopyOf,
		&r.Match.Right, &r.Match.Of, &r.FirstMatch.Right, &r.FirstMatch.Of,
		&p.step, &p.loss, &p.special, &p.checkpoint, &p.speed, &p.owner, &p.heard, &note, &tags)
	if err != nil {
		return sweep.Result{}, err
	}
	r.Progress = p.of(r)
	if r.Note, err = readNote(note, tags); err != nil {
		return sweep.Result{}, fmt.Errorf("the note of run %s: %w", sweep.ShortKey(r.Key), err)
	}
	r.Arm, _ = sweep.SplitCellName(r.Name)
	for i, to := range []*float64{&r.Loss, &r.EvalLoss, &r.FirstLoss, &r.TokensPerSecond, &r.Seconds} {
		*to = restore(reals[i], lost, i)
	}
	if ended := r.State != sweep.StatePending && r.State != sweep.StateRunning; ended && !r.Evaluated {
		r.EvalLoss = math.NaN()
	}
	if hash.Valid && hashBytes(r.Adapter) != hash.String {
		return sweep.Result{}, fmt.Errorf("the adapter of run %s, key %s: %w", r.Name, sweep.ShortKey(r.Key), sweep.ErrDamaged)
	}
	if rowsHash.Valid {
		if r.RowLosses, err = decodeRowLosses(rowLosses, rowsHash.String); err != nil {
			return sweep.Result{}, fmt.Errorf("the row losses of run %s, key %s: %w", r.Name, sweep.ShortKey(r.Key), err)
		}
	}
	if r.Params, err = d.params.Decode(params); err != nil {
		return sweep.Result{}, fmt.Errorf("run %s: %w", sweep.ShortKey(r.Key), err)
	}
	var read storedInputs
	if err := errors.Join(decode(&d.inputs, inputs, &read), decode(&d.provenance, provenance, &r.Provenance)); err != nil {
		return sweep.Result{}, fmt.Errorf("run %s: %w", sweep.ShortKey(r.Key), err)
	}
	r.Inputs, r.Rows = read.Inputs, read.Rows
	return r, nil
}
