package record

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"sweep/sweep"
)

// Decoder reads results one after the other. It keeps what it decoded last,
// since from one run of a sweep to the next little changes.
type Decoder struct {
	params             sweep.ParamsDecoder
	inputs, provenance memo
	measures           MeasuresDecoder
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

// Inputs is what a run reads, as its JSON holds it: to identify it, and to tell
// people what it is.
type Inputs struct {
	sweep.Inputs
	Rows *sweep.RowSummary `json:"rows,omitempty"`
}

// Scan reads a row of a run, of the columns that the Scan in it names, in that order.
func (d *Decoder) Scan(row Scanner) (sweep.Result, error) {
	var r sweep.Result
	var params, inputs, provenance []byte
	var reals [5]sql.NullFloat64
	var lost int64
	var hash, rowsHash sql.NullString
	var rowLosses, measures []byte
	var p progress
	var note, tags sql.NullString
	err := row.Scan(&r.Key, &r.Name, &r.Adapter, &hash, &rowLosses, &rowsHash, &params, &inputs, &provenance, &r.State, &r.Attempt,
		&r.Steps, &reals[0], &reals[1], &reals[2], &reals[3], &reals[4], &lost, &r.Evaluated, &r.CurveHash, &r.Error, &r.CopyOf,
		&r.Match.Right, &r.Match.Of, &r.FirstMatch.Right, &r.FirstMatch.Of, &measures, &r.Environment,
		&p.step, &p.loss, &p.special, &p.checkpoint, &p.speed, &p.owner, &p.heard, &note, &tags)
	if err != nil {
		return sweep.Result{}, err
	}
	r.Progress = p.of(r)
	if r.Note, err = Note(note, tags); err != nil {
		return sweep.Result{}, fmt.Errorf("the note of run %s: %w", sweep.ShortKey(r.Key), err)
	}
	if r.Measures, err = d.measures.Decode(measures); err != nil {
		return sweep.Result{}, fmt.Errorf("the measures of run %s, key %s: %w", r.Name, sweep.ShortKey(r.Key), err)
	}
	r.Arm, _ = sweep.SplitCellName(r.Name)
	for i, to := range []*float64{&r.Loss, &r.EvalLoss, &r.FirstLoss, &r.TokensPerSecond, &r.Seconds} {
		*to = Restore(reals[i], lost, i)
	}
	if ended := r.State != sweep.StatePending && r.State != sweep.StateRunning; ended && !r.Evaluated {
		r.EvalLoss = math.NaN()
	}
	if hash.Valid && Hash(r.Adapter) != hash.String {
		return sweep.Result{}, fmt.Errorf("the adapter of run %s, key %s: %w", r.Name, sweep.ShortKey(r.Key), sweep.ErrDamaged)
	}
	if rowsHash.Valid {
		if r.RowLosses, err = DecodeRowLosses(rowLosses, rowsHash.String); err != nil {
			return sweep.Result{}, fmt.Errorf("the row losses of run %s, key %s: %w", r.Name, sweep.ShortKey(r.Key), err)
		}
	}
	if r.Params, err = d.params.Decode(params); err != nil {
		return sweep.Result{}, fmt.Errorf("run %s: %w", sweep.ShortKey(r.Key), err)
	}
	var read Inputs
	if err := errors.Join(decode(&d.inputs, inputs, &read), decode(&d.provenance, provenance, &r.Provenance)); err != nil {
		return sweep.Result{}, fmt.Errorf("run %s: %w", sweep.ShortKey(r.Key), err)
	}
	r.Inputs, r.Rows = read.Inputs, read.Rows
	return r, nil
}
