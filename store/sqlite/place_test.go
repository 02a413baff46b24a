package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/store/sqlite"
	"sweep/store/sqlite/sqlitetest"
	"sweep/sweep"
)

// TestStoreWhoseFilesAreTakenAway takes files away from under a store that is
// written to. The next write must say so, what was stored must be in the file,
// and no other store may suffer.
func TestStoreWhoseFilesAreTakenAway(t *testing.T) {
	rename := func(t *testing.T, from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		take func(t *testing.T, folder string) (kept string) // where the store is then, "" for nowhere
		want string
	}{
		{"removed", func(t *testing.T, folder string) string {
			rename(t, filepath.Join(folder, "x.db"), filepath.Join(folder, "y.db"))
			if err := os.Remove(filepath.Join(folder, "y.db")); err != nil {
				t.Fatal(err)
			}
			return ""
		}, "its file is gone"},
		{"moved", func(t *testing.T, folder string) string {
			rename(t, filepath.Join(folder, "x.db"), filepath.Join(folder, "y.db"))
			return filepath.Join(folder, "y.db")
		}, "put it back"},
		{"replaced", func(t *testing.T, folder string) string {
			rename(t, filepath.Join(folder, "x.db"), filepath.Join(folder, "y.db"))
			rename(t, filepath.Join(folder, "other.db"), filepath.Join(folder, "x.db"))
			return filepath.Join(folder, "y.db")
		}, "another file is in its place"},
		{"its folder renamed", func(t *testing.T, folder string) string {
			rename(t, folder, folder+"2")
			return filepath.Join(folder+"2", "x.db")
		}, "its file is gone"},
		{"its log removed", func(t *testing.T, folder string) string {
			if err := os.Remove(filepath.Join(folder, "x.db-wal")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(folder, "x.db")
		}, "write-ahead log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "runs")
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			holds(t, filepath.Join(folder, "other.db"), "other")
			s := open(t, filepath.Join(folder, "x.db"))
			begin(t, s, "aa")
			if err := s.StillThere(t.Context()); err != nil {
				t.Fatal(err)
			}
			kept := c.take(t, folder)
			_, _, err := s.Begin(t.Context(), sweep.Run{Key: "bb"}, sweep.Claim{Lease: time.Hour})
			wantMessage(t, err, "begin run bb", c.want, "run the same command again")
			wantMessage(t, s.StillThere(t.Context()), c.want)
			shut(t, s)
			if left, _ := filepath.Glob(folder + "*/*-*"); len(left) > 0 && c.name != "its folder renamed" {
				t.Errorf("%v is left", left)
			}
			if kept != "" {
				wantRuns(t, kept, "aa")
			}
			for _, other := range []string{"x.db", "other.db"} {
				if path := filepath.Join(folder, other); path != kept && exists(path) {
					wantRuns(t, path, "other")
				}
			}
		})
	}
}

func TestWriteDuringWhichTheStoreIsRemovedFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := open(t, path)
	defer shut(t, s)
	begin(t, s, "aa")
	removed := make(chan error, 1)
	go func() {
		time.Sleep(20 * time.Millisecond)
		removed <- os.Remove(path)
	}()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if err := s.Observe(t.Context(), "aa", 1, nil, nil); err != nil {
			wantMessage(t, err, "its file is gone")
			if err := <-removed; err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Error("the store writes to a file that is gone")
}

// TestStoreBehindALink opens a store by a symbolic link, and by one to its
// folder, while its log holds what was written.
func TestStoreBehindALink(t *testing.T) {
	folder := t.TempDir()
	real := filepath.Join(folder, "real")
	if err := os.Mkdir(real, 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "real", "x.db": filepath.Join("real", "x.db"), "again.db": "x.db"} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, filepath.Join(folder, "again.db")) // which leads to nothing yet
	defer shut(t, s)
	begin(t, s, "aa")
	if !exists(filepath.Join(real, "x.db-wal")) {
		t.Error("there is no log beside the store")
	}
	for _, path := range []string{"x.db", "again.db", "link/x.db", "real/x.db"} {
		wantRuns(t, filepath.Join(folder, path), "aa")
	}
}

// holds makes a store of one run.
func holds(t *testing.T, path, key string) {
	t.Helper()
	s := open(t, path)
	begin(t, s, key)
	shut(t, s)
}

func begin(t *testing.T, s *sqlite.Store, key string) {
	t.Helper()
	if _, _, err := s.Begin(t.Context(), sweep.Run{Key: key}, sweep.Claim{Lease: time.Hour}); err != nil {
		t.Fatal(err)
	}
}

// wantRuns expects a sound store of these runs, for whoever reads it alone.
func wantRuns(t *testing.T, path string, keys ...string) {
	t.Helper()
	s, err := sqlite.OpenReadOnly(path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	names, err := s.States(t.Context(), append(keys, "aa", "bb", "other"))
	if err != nil || len(names) != len(keys) {
		t.Errorf("%s has %v, %v, want %s", path, names, err, strings.Join(keys, ", "))
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestAStoreOpenedForReadingIsNoticedToBeGone takes a store away from under one that reads.
func TestAStoreOpenedForReadingIsNoticedToBeGone(t *testing.T) {
	for _, c := range []struct {
		name string
		take func(t *testing.T, path string) error
		want string
	}{
		{"removed", func(_ *testing.T, path string) error { return os.Remove(path) }, "its file is gone"},
		{"replaced", func(t *testing.T, path string) error {
			holds(t, path+"2", "other")
			return os.Rename(path+"2", path)
		}, "another file is in its place"},
		{"upgraded", func(t *testing.T, path string) error {
			sqlitetest.Lock(t, path, "PRAGMA user_version = 1000")()
			return nil
		}, "schema version 1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			holds(t, path, "aa")
			s, err := sqlite.OpenReadOnly(path, sweep.Patience{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.StillThere(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := c.take(t, path); err != nil {
				t.Fatal(err)
			}
			wantMessage(t, s.StillThere(t.Context()), "read the store", c.want)
			shut(t, s)
		})
	}
}
