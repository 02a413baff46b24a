package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sweep/store"
	"sweep/sweep"
)

// readSweep calls read with a stored sweep, the latest if name is "", and its
// runs, those that were never begun included.
func readSweep(ctx context.Context, db, name string, read func(*store.Store, store.Sweep, []sweep.Result) error) (err error) {
	st, err := store.OpenReadOnly(db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	saved, err := st.Sweep(ctx, name)
	if err != nil {
		return err
	}
	results, err := st.Results(ctx, saved.Name)
	if err != nil {
		return err
	}
	spec, err := sweep.DecodeSpec(strings.NewReader(saved.TOML), saved.Name+".toml")
	if err != nil {
		return fmt.Errorf("read the stored grid of sweep %s: %w", saved.Name, err)
	}
	return read(st, saved, spec.Complete(results))
}
