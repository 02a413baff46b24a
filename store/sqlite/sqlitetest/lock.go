// Package sqlitetest does to a store what other programs do, for the tests of
// those that use one.
package sqlitetest

import (
	"database/sql"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
)

// Lock locks the store in file path against writers, as a backup tool or a
// shell does, until unlock; statements come before.
func Lock(t *testing.T, path string, statements ...string) (unlock func()) {
	t.Helper()
	other, err := sql.Open("sqlite3", path+"?_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	for _, statement := range append(statements, "BEGIN EXCLUSIVE") {
		if _, err := other.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	}
}
