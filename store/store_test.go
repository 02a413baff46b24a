package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"sweep/store"
	"sweep/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSQLite(t *testing.T) {
	folder := t.TempDir()
	storetest.Exercise(t, func(t *testing.T) storetest.Backend {
		return open(t, filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", " ")+" #1?x=%41.db"))
	})
}

// open opens the store at path.
func open(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
