package record

import (
	"errors"
	"fmt"

	"sweep/sweep"
)

// CheckEnd refuses a state that no attempt is finished in.
func CheckEnd(s sweep.State) error {
	switch s {
	case sweep.StateDone, sweep.StateDiverged, sweep.StateFailed, sweep.StatePruned, sweep.StatePending:
		return nil
	}
	return fmt.Errorf("%q is no state to finish in", s)
}

// CheckSaved refuses a sweep that cannot be saved.
func CheckSaved(s sweep.SavedSweep) error {
	if s.Name == "" {
		return errors.New("it has no name")
	}
	if len(s.Keys) != len(s.Names) {
		return fmt.Errorf("it has %d keys and %d names of cells", len(s.Keys), len(s.Names))
	}
	return nil
}

// SubjectOf is what a removal is about.
func SubjectOf(r sweep.Removal) string {
	if r.Sweep == "" && len(r.Runs) > 0 {
		return "run " + r.Runs[0].Name
	}
	return fmt.Sprintf("sweep %q", r.Sweep)
}

// Seal is what was written of a run to be able to check the rest.
type Seal struct {
	State             sweep.State
	Digest, CurveHash string // "" without an outcome
}

// Stored reads what a backend has of a run, or checks it against its own hash.
type Stored struct {
	Digest                         func() (string, error)
	Curve                          func() ([]sweep.Point, error)
	Checkpoint, Adapter, RowLosses func() error
}

// CheckRun compares all that is stored of a run with the hashes made when it was written.
func CheckRun(key, name string, seal Seal, is Stored) error {
	var faults []error
	for _, part := range []struct {
		what  string
		check func() error
	}{
		{"the checkpoint", is.Checkpoint},
		{"the adapter", is.Adapter},
		{"the row losses", is.RowLosses},
		{"the record", func() error { return checkRecord(seal, is.Digest) }},
		{"the curve", func() error { return checkCurve(seal, is.Curve) }},
	} {
		if err := part.check(); err != nil {
			faults = append(faults, fmt.Errorf("%s of run %s, key %s: %w", part.what, name, sweep.ShortKey(key), err))
		}
	}
	return errors.Join(faults...)
}

// checkRecord compares a run's record with the hash in its outcome.
func checkRecord(seal Seal, digest func() (string, error)) error {
	if seal.Digest == "" {
		if seal.State != sweep.StatePending && seal.State != sweep.StateRunning {
			return fmt.Errorf("it is %s and has no outcome", seal.State)
		}
		return nil
	}
	return Same(seal.Digest, digest)
}

// Same compares a digest with the one that was written.
func Same(want string, digest func() (string, error)) error {
	got, err := digest()
	if err == nil && got != want {
		err = sweep.ErrDamaged
	}
	return err
}

// checkCurve compares a curve with the hash in its run's outcome.
func checkCurve(seal Seal, curve func() ([]sweep.Point, error)) error {
	if seal.CurveHash == "" {
		return nil
	}
	points, err := curve()
	if err != nil {
		return err
	}
	if got := sweep.HashCurve(points); got != seal.CurveHash {
		return fmt.Errorf("it has hash %s, its outcome was made from %s", sweep.ShortKey(got), sweep.ShortKey(seal.CurveHash))
	}
	return nil
}
