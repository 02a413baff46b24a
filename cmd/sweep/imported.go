package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// trainThere stands for the command that trains a sweep, where there is none.
const trainThere = "train them where the others were, and import all again"

// trainedHere returns an error for a sweep whose runs were trained elsewhere.
func trainedHere(saved sweep.SavedSweep) error {
	spec, err := grid.DecodeSpec(strings.NewReader(saved.TOML), filepath.Base(gridFile(saved)))
	if err != nil {
		return fmt.Errorf("read the stored grid of sweep %s: %w", saved.Name, err)
	}
	return spec.Trainable()
}

// refuseImported returns an error if the store has a sweep of that name whose runs were
// trained elsewhere: runs trained here must not be mixed with them.
func refuseImported(ctx context.Context, st sweep.Store, name string) error {
	saved, err := st.SweepHead(ctx, name)
	if _, missing := errors.AsType[*sweep.NotFoundError](err); missing {
		return nil
	}
	if err != nil {
		return stopped(ctx, err)
	}
	if trainedHere(saved) != nil {
		return fmt.Errorf("the store has a sweep %s whose runs were trained elsewhere and imported; what is trained here is not mixed with them: give the grid another name", name)
	}
	return nil
}
