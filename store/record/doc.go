// Package record is what the backends of sweep/store share: how what is stored of runs
// is hashed and encoded, how rows become results and points, and whole records, which
// move from one store to another.
//
//	d := record.NewDigest()
//	d.Add(values...) // of each row, in the order of the backend's query
//	hash := d.Sum()
//
// Equal records have equal digests in every backend: a backend hands Add the types and the
// values that SQLite has (reals.go).
//
// The package knows the domain and the types of database/sql; it must not know SQL, nor
// which backends there are.
package record
