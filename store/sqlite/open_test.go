package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sweep/store/sqlite"
	"sweep/sweep"
)

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		place func(t *testing.T, folder string) (path string)
		want  []string // of the message
	}{
		{
			"a file that is no database",
			func(t *testing.T, folder string) string {
				return write(t, folder, strings.Repeat("lr = 0.1\n", 100))
			},
			[]string{"not a database", sweep.StoreFlag},
		},
		{
			"a database of another program",
			func(t *testing.T, folder string) string {
				return execute(t, filepath.Join(folder, "x.db"), "CREATE TABLE customer (name TEXT)")
			},
			[]string{"not a store of sweeps", sweep.StoreFlag},
		},
		{
			"a store of a newer version",
			func(t *testing.T, folder string) string {
				path := filepath.Join(folder, "x.db")
				shut(t, open(t, path))
				return execute(t, path, "PRAGMA user_version = 99")
			},
			[]string{"newer version", "99"},
		},
		{
			"a store of an older version",
			func(t *testing.T, folder string) string {
				path := filepath.Join(folder, "x.db")
				shut(t, open(t, path))
				return execute(t, path, "PRAGMA user_version = 1")
			},
			[]string{"older version", "schema version 1"},
		},
		{
			"a folder",
			func(_ *testing.T, folder string) string { return folder },
			[]string{"this is a folder"},
		},
		{
			"a file in a folder that is not there",
			func(_ *testing.T, folder string) string { return filepath.Join(folder, "results", "x.db") },
			[]string{"no folder", "results"},
		},
		{
			"a damaged store",
			func(t *testing.T, folder string) string {
				path := filepath.Join(folder, "x.db")
				shut(t, open(t, path))
				scribble(t, path, 100)
				return path
			},
			[]string{"malformed", "restore a copy"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.place(t, t.TempDir())
			before, _ := os.ReadFile(path) // nothing, where there is no file
			for verb, opener := range map[string]func(string, sweep.Patience) (*sqlite.Store, error){"Open": sqlite.Open, "OpenReadOnly": sqlite.OpenReadOnly} {
				_, err := opener(path, sweep.DefaultPatience())
				if verb == "OpenReadOnly" && errors.Is(err, fs.ErrNotExist) {
					continue
				}
				wantMessage(t, err, append(c.want, path)...)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenReadOnlyOfNothingCreatesNothing(t *testing.T) {
	folder := t.TempDir()
	_, err := sqlite.OpenReadOnly(filepath.Join(folder, "x.db"), sweep.DefaultPatience())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}

func TestOpenReadOnlyReadsWhatIsBeingWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	writer := open(t, path)
	defer shut(t, writer)
	reader, err := sqlite.OpenReadOnly(path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, reader)
	if _, _, err := writer.Begin(t.Context(), sweep.Run{Key: "aa"}, sweep.Claim{Lease: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if states, err := reader.States(t.Context(), []string{"aa"}); err != nil || states["aa"] != sweep.StateRunning {
		t.Errorf("got %v, %v", states, err)
	}
	_, _, err = reader.Begin(t.Context(), sweep.Run{Key: "bb"}, sweep.Claim{})
	wantMessage(t, err, "opened for reading")
}

func TestManyMayCreateOneStoreAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := sqlite.Open(path, sweep.DefaultPatience())
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Check(t.Context()); err != nil {
				t.Error(err)
			}
			shut(t, s)
		})
	}
	all.Wait()
}

func TestClosedStoreIsOneFile(t *testing.T) {
	folder := t.TempDir()
	shut(t, open(t, filepath.Join(folder, "x.db")))
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}

func TestStoreThatWasNeverFinishedIsFinished(t *testing.T) {
	path := write(t, t.TempDir(), "")
	_, err := sqlite.OpenReadOnly(path, sweep.DefaultPatience())
	wantMessage(t, err, "never made a store", sweep.TrainCommand+"` makes it one")
	shut(t, open(t, path))
	s, err := sqlite.OpenReadOnly(path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	shut(t, s)
}

// wantMessage expects err to be a StoreError that says all of parts, with its
// hint.
func wantMessage(t *testing.T, err error, parts ...string) {
	t.Helper()
	e, ok := errors.AsType[*sweep.StoreError](err)
	if !ok {
		t.Fatalf("got %v, want a StoreError", err)
	}
	text := fmt.Sprintf("%v (%s)", err, e.Hint)
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("the message lacks %q: %s", part, text)
		}
	}
}

func write(t *testing.T, folder, text string) (path string) {
	t.Helper()
	path = filepath.Join(folder, "x.db")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// execute runs plain SQL on the database at path, as another program would.
func execute(t *testing.T, path, statement string) string {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, db)
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	return path
}

// scribble overwrites a file from an offset to its end.
func scribble(t *testing.T, path string, from int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := from; i < len(b); i++ {
		b[i] = 0x5a
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func shut(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
