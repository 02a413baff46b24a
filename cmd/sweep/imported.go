package main

import (
	"context"
	"errors"
	"fmt"

	"sweep/sweep"
)

// trainThere stands for the command that trains a sweep, where there is none.
const trainThere = "train them where the others were, and import all again"

// trainedHere returns an error for a sweep whose runs were trained elsewhere.
func trainedHere(saved sweep.SavedSweep) error {
	spec, err := specOf(saved)
	if err != nil {
		return err
	}
	return spec.Trainable()
}

// refuseImported returns an error if the store has a sweep of that name whose runs were
// trained elsewhere: runs trained here must not be mixed with them.
func refuseImported(ctx context.Context, st sweep.Store, name string) error {
	saved, there, err := sweepNamed(ctx, st, name)
	if there && trainedHere(saved) != nil {
		return fmt.Errorf("the store has a sweep %s whose runs were trained elsewhere and imported; what is trained here is not mixed with them: give the grid another name", name)
	}
	return err
}

// refuseTrained returns an error if the store has a sweep of that name that is trained
// here: runs trained elsewhere must not be mixed with it.
func refuseTrained(ctx context.Context, st sweep.Store, name string) error {
	saved, there, err := sweepNamed(ctx, st, name)
	if there && trainedHere(saved) == nil {
		return fmt.Errorf("--name %s: the store has a sweep of that name that was trained here, and imported runs are not mixed with it; take another name", name)
	}
	return err
}

// sweepNamed returns the sweep of that name, if there is one.
func sweepNamed(ctx context.Context, st sweep.Store, name string) (saved sweep.SavedSweep, there bool, err error) {
	saved, err = st.SweepHead(ctx, name)
	if _, missing := errors.AsType[*sweep.NotFoundError](err); missing {
		return saved, false, nil
	}
	if err != nil {
		return saved, false, stopped(ctx, err)
	}
	return saved, true, nil
}
