package sqlite_test

import (
	"testing"

	"go.uber.org/goleak"

	"sweep/store/sqlite"
	"sweep/store/storetest"
	"sweep/sweep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSQLiteIsAStore(t *testing.T) {
	storetest.Exercise(t, storetest.Backend{
		Open:         func(path string) (sweep.Store, error) { return sqlite.Open(path, sweep.DefaultPatience()) },
		OpenReadOnly: func(path string) (sweep.Store, error) { return sqlite.OpenReadOnly(path, sweep.DefaultPatience()) },
	})
}

// open opens the store at path.
func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
