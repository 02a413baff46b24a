// Package sqlite is the backend of sweep/store that keeps a store in a file of
// SQLite. Store implements sweep.Store, which says how a store behaves; what is
// said here is SQLite's own.
//
// Several processes may share one file: a writer waits for its turn, and for a
// process that locks the store for longer (sweep.Patience); readers wait at most
// for the store to open. What SQLite would lose of a float64 is kept beside it,
// and all that is stored is hashed as it is written, so that Check can tell whether it
// is still the same (hash.go); both by sweep/store/record, as in every backend.
//
// People and other tools read the views runs, curves and measures with plain SQL; schema.sql
// describes their columns.
//
// The package knows SQL and the domain; it must not know how runs are trained
// or drawn, nor who opens the store, by which commands and flags.
package sqlite
