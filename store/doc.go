// Package store remembers runs and their curves in SQLite.
//
// A Store is a sweep.Recorder, and answers what reports and figures ask:
//
//	s, err := store.Open("sweep.db")
//	...
//	defer s.Close()
//	results, err := s.Results(ctx, "") // of the latest sweep, in plan order
//	curves, err := s.Curves(ctx, keys)
//
// Curves come back as they were given, to the bit; NaNs come back as
// math.NaN(), whatever their payload was.
//
// A run in training is held on a lease, which every write to it renews; once
// that has lapsed anybody may begin the run anew. The attempt number that Begin
// hands out is a fencing token: whoever holds an older one can no longer write
// (sweep.StaleError). A run that is done or diverged is never written again
// (sweep.FinishedError).
//
// Several processes may share one file: a writer waits for its turn, and for a
// process that locks the store for longer (Patience); readers wait at most for
// the store to open. People and other tools read the views runs and curves with
// plain SQL; schema.sql describes their columns.
//
// The package knows SQL and the domain; it must not know how runs are trained
// or drawn.
package store
