package main

import (
	"context"

	"sweep/sweep"
)

// addRowLosses adds the losses of held-out rows to the results that have them, for
// commands whose estimates are over rows as well as seeds.
func addRowLosses(ctx context.Context, st sweep.Store, results []sweep.Result) error {
	losses, err := st.RowLosses(ctx, keysOfResults(results))
	for i := range results {
		results[i].RowLosses = losses[results[i].Key]
	}
	return err
}
