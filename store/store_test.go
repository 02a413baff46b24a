package store_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"sweep/store"
	"sweep/sweep"
)

func TestAStoreIsOpenedByTheNameOfItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if st, err := store.OpenReadOnly(path, sweep.DefaultPatience()); st != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing is there to read: got %v, %v", st, err)
	}
	for _, open := range []func(string, sweep.Patience) (sweep.Store, error){store.Open, store.OpenReadOnly} {
		st, err := open(path, sweep.DefaultPatience())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(st.Check(t.Context()), st.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestAStoreThatCannotBeOpenedIsNone(t *testing.T) {
	if st, err := store.Open(t.TempDir(), sweep.DefaultPatience()); st != nil || err == nil {
		t.Errorf("a folder: got %v, %v", st, err)
	}
}
