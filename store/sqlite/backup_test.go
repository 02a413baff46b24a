package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sweep/sweep"
)

// TestBackupsToOneFileDoNotMix starts several backups to one file at once: one
// makes it, whole, and the others say that it is there.
func TestBackupsToOneFileDoNotMix(t *testing.T) {
	s := sound(t)
	for range 5 {
		path := filepath.Join(t.TempDir(), "backup.db")
		var made atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				switch err := s.Backup(t.Context(), path); {
				case err == nil:
					made.Add(1)
				case !errors.Is(err, fs.ErrExist):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if made.Load() != 1 {
			t.Errorf("%d backups say that they made the file", made.Load())
		}
		wantAlone(t, path)
		wantSound(t, path)
	}
}

func TestBackupRefusesWhatIsThere(t *testing.T) {
	s := sound(t)
	folder := t.TempDir()
	dangling := filepath.Join(folder, "link.db")
	if err := os.Symlink(filepath.Join(folder, "nowhere.db"), dangling); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "store.db")
	if err := os.Symlink(s.path, link); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"the store itself": s.path, "a link to it": link, "a folder": folder, "a link to nothing": dangling} {
		if err := s.Backup(t.Context(), path); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "already exists at "+path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Backup(t.Context(), filepath.Join(folder, "no", "backup.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file in a folder that is not there: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestBackupThatFailsLeavesNothing(t *testing.T) {
	s := sound(t)
	path := filepath.Join(t.TempDir(), "backup.db")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	hurt(t, s, `UPDATE adapter SET bytes = zeroblob(100)`)
	err := s.Backup(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "the adapter of run r8-a") {
		t.Errorf("of a damaged store: %v", err)
	} else if !errors.Is(err, sweep.ErrDamagedCopy) || strings.Count(err.Error(), "cannot") != 1 || strings.Contains(err.Error(), "partial") {
		t.Errorf("a damaged store is not told of once: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func wantSound(t *testing.T, path string) {
	t.Helper()
	s, err := OpenReadOnly(path, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Check(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
}

// wantAlone expects no other file in a file's folder.
func wantAlone(t *testing.T, path string) {
	t.Helper()
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}
