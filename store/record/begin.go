package record

import (
	"encoding/json"
	"errors"
	"time"

	"sweep/sweep"
)

// BeginValues are what an attempt at a run is begun with: key, name, params, inputs,
// provenance, owner, the seconds of the lease, retry, copies and the previous owner.
func BeginValues(run sweep.Run, claim sweep.Claim) ([]any, error) {
	if run.Key == "" {
		return nil, errors.New("it has no key")
	}
	values := []any{run.Key, run.Name}
	for _, v := range []any{run.Params, Inputs{Inputs: run.Inputs, Rows: run.Rows}, claim.Provenance} {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		values = append(values, string(text))
	}
	return append(values, claim.Owner, claim.Lease.Seconds(), claim.Retry, claim.Copies, claim.PreviousOwner), nil
}

// Taken explains why a run cannot be begun, by a row of its state, owner and expires.
func Taken(key string, row Scanner) error {
	var state sweep.State
	var owner string
	var expires float64
	err := row.Scan(&state, &owner, &expires)
	switch {
	case err != nil:
		return err
	case state == sweep.StateRunning:
		return &sweep.LeasedError{Key: key, Owner: owner, Until: time.UnixMilli(int64(1000 * expires))}
	default:
		return &sweep.FinishedError{Key: key, State: state}
	}
}
