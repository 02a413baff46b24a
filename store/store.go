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
// other but its own tests imports: sqlite has a file for each store, postgres a server
// for many.
//
// The package knows the backends; it must not know what they store, nor how.
package store

import (
	"errors"

	"sweep/store/postgres"
	"sweep/store/postgres/fleet"
	"sweep/store/sqlite"
	"sweep/sweep"
)

// Open opens a store for reading and writing, and creates it if there is none. A name is
// the path of a file, or stands for a place on a server: see OnServer.
func Open(name string, p sweep.Patience) (sweep.Store, error) {
	if OnServer(name) {
		return onServer(postgres.Open(name, p))
	}
	return inFile(sqlite.Open(name, p))
}

// OpenReadOnly opens a store for reading; it creates and changes nothing. One
// that is not there is fs.ErrNotExist.
func OpenReadOnly(name string, p sweep.Patience) (sweep.Store, error) {
	if OnServer(name) {
		return onServer(postgres.OpenReadOnly(name, p))
	}
	return inFile(sqlite.OpenReadOnly(name, p))
}

// Fleet is what of a store's runs workers on other machines are to train. It is an error for
// a store in a file, which has one machine.
func Fleet(s sweep.Store) (*fleet.Fleet, error) {
	if s, ok := s.(server); ok {
		return fleet.New(s.Store), nil
	}
	return nil, errors.New("workers on other machines need a store on a server: name it with --db postgres://user@host/database; 'sweep help server' explains")
}

// OnServer reports whether a name is that of a store on a server, such as
// postgres://user@host/database, or service=NAME, and not that of a file.
func OnServer(name string) bool { return postgres.Names(name) }

// CheckName says what is wrong with the form of the name of a store on a server. It asks
// no server, and looks at no file.
func CheckName(name string) error { return postgres.CheckName(name) }

// Redact is a name without the password that it may have: as it may be shown.
func Redact(name string) string {
	if OnServer(name) {
		return postgres.Redact(name)
	}
	return name
}

// inFile is a store that was opened, or none.
func inFile(s *sqlite.Store, err error) (sweep.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// onServer is a store that was opened, or none.
func onServer(s *postgres.Store, err error) (sweep.Store, error) {
	if err != nil {
		return nil, err
	}
	return server{s}, nil
}

// server is a store on a server, of which a backup is a file.
type server struct{ *postgres.Store }
