package record

import (
	"database/sql"

	"sweep/sweep"
)

// ScanHead reads a row of key, name, state, attempt, digest, curve_hash, copy_of and the
// two columns of a note.
func ScanHead(row Scanner) (key string, h Head, err error) {
	var text, tags sql.NullString
	if err = row.Scan(&key, &h.Name, &h.State, &h.Attempt, &h.Digest, &h.CurveHash, &h.CopyOf, &text, &tags); err == nil {
		h.Note, err = Note(text, tags)
	}
	return key, h, err
}

// ScanRun reads a row of id, key, name, params, inputs, provenance, state, attempt, begun,
// ended, first_end, owner, lease, expires, speed, digest and the step of the checkpoint;
// result reads the run's result, and curve what the backend has by its id.
func ScanRun(row Scanner, result func() (sweep.Result, error), curve func(id int64) ([]sweep.Point, []byte, error)) (Run, error) {
	var r Run
	var id int64
	var digest sql.NullString
	var step sql.NullInt64
	err := row.Scan(&id, &r.Key, &r.Name, &r.Params, &r.Inputs, &r.Provenance, &r.State, &r.Attempt, &r.Begun, &r.Ended, &r.FirstEnd,
		&r.Owner, &r.Lease, &r.Expires, &r.Speed, &digest, &step)
	if err != nil {
		return r, err
	}
	r.Digest, r.CheckpointStep = digest.String, int(step.Int64)
	whole, err := result()
	if err != nil {
		return r, err
	}
	r.Note = whole.Note
	if digest.Valid {
		r.Outcome = &whole.Outcome
	}
	r.Points, r.Checkpoint, err = curve(id)
	return r, err
}

// Values are the columns of a run's own row: key, name, params, inputs, provenance, state,
// attempt, begun, ended, first_end, owner, lease, expires and speed.
func (r Run) Values() []any {
	return []any{
		r.Key, r.Name, r.Params, r.Inputs, r.Provenance, string(r.State), r.Attempt, r.Begun, r.Ended, r.FirstEnd,
		r.Owner, r.Lease, r.Expires, r.Speed,
	}
}
