// Package store opens stores of runs and their curves, whichever backend a name
// stands for:
//
//	s, err := store.Open("sweep.db", sweep.DefaultPatience())
//	...
//	defer s.Close()
//	results, err := s.Results(ctx, "") // of the latest sweep, in plan order
//	curves, err := s.Curves(ctx, keys)
//
// What a store can do, and how it behaves, is said by sweep.Store; storetest
// holds every backend to it. A backend is a package below this one, which no
// other but its own tests imports: sqlite has a file for each store.
//
// The package knows the backends; it must not know what they store, nor how.
package store

import (
	"sweep/store/sqlite"
	"sweep/sweep"
)

// Open opens a store for reading and writing, and creates it if there is none.
func Open(name string, p sweep.Patience) (sweep.Store, error) {
	return opened(sqlite.Open(name, p))
}

// OpenReadOnly opens a store for reading; it creates and changes nothing. One
// that is not there is fs.ErrNotExist.
func OpenReadOnly(name string, p sweep.Patience) (sweep.Store, error) {
	return opened(sqlite.OpenReadOnly(name, p))
}

// opened is a store that a backend opened, or none.
func opened[S sweep.Store](s S, err error) (sweep.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
