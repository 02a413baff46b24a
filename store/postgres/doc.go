// Package postgres is the backend of sweep/store that keeps a store on a PostgreSQL
// server, 13 or later, in the first schema of the role's search path. Store implements
// sweep.Store but for Backup, which sweep/store makes of two backends; what is said here
// is PostgreSQL's own.
//
// Any number of processes on any number of machines share one store. Leases go by the
// server's clock. A server that is gone is waited for (sweep.Patience), and a transaction
// of which the answer was lost is told by its number when it is tried again, so that
// nothing is stored twice.
//
// People and other tools read the views runs, curves and measures with plain SQL, as they do in
// SQLite; schema/1.sql describes their columns.
//
// The package knows SQL and the domain; it must not know how runs are trained
// or drawn, nor who opens the store, by which commands and flags.
package postgres
