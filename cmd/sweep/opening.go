package main

import (
	"errors"
	"fmt"
	"io/fs"

	"sweep/store"
	"sweep/sweep"
)

// access is what a command does with a store.
type access string

const (
	reading access = "reading"
	writing access = "writing" // which makes the store where there is none
)

// runFolders is the folder that has the folders of the runs of a store that commands train.
func runFolders(db storeName) string { return db.beside(".runs") }

// openStore opens the store that --db names. No other function knows where the
// program's stores come from.
func openStore(db storeName, a access, p sweep.Patience) (sweep.Store, error) {
	if a == writing {
		return store.Open(string(db), p)
	}
	st, err := store.OpenReadOnly(string(db), p)
	if missing, ok := errors.AsType[*sweep.StoreError](err); ok && errors.Is(err, fs.ErrNotExist) {
		missing.Hint = sweep.Hint(fmt.Sprintf("run `%s` first, or name another store with --db", storeFlag{db}.command("run", "GRID.toml")))
	}
	return st, err
}
