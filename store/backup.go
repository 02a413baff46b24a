package store

import (
	"context"

	"sweep/store/sqlite"
	"sweep/sweep"
)

// Backup copies the store, as it is at one instant, to a new file of SQLite, with the runs
// that are being trained.
func (s server) Backup(ctx context.Context, path string) error {
	return sqlite.Create(ctx, path, func(to *sqlite.Store) error {
		_, err := copyAll(ctx, s.Store, to, copying{training: true})
		return err
	})
}

var _ sweep.Store = server{}
