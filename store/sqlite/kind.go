package sqlite

import (
	"os"

	"sweep/sweep/regular"
)

// checkKind refuses a store at whose path a pipe or a device lies: SQLite would
// wait for what comes out of it. What it says of a folder, or where there is
// nothing, is left to SQLite.
func (s *Store) checkKind() error {
	at, err := os.Stat(s.path)
	if err != nil || at.IsDir() {
		return nil
	}
	return regular.Check(at.Mode())
}
