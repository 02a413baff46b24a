package storetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"sweep/sweep"
)

func readOnly(t *testing.T, s *suite) {
	s.save("a", at(1), "k1", "k2")
	reader := s.opened(s.backend.OpenReadOnly(s.name))
	s.finish("k1")
	results, err := reader.Results(t.Context(), "")
	s.ok(err)
	if len(results) != 2 || results[0].State != sweep.StateDone {
		t.Errorf("it sees %+v", results)
	}
	_, _, beginErr := reader.Begin(t.Context(), run("k2"), sweep.Claim{})
	for _, err := range []error{
		beginErr,
		reader.SaveSweep(t.Context(), sweep.SavedSweep{Name: "b"}),
		reader.Remove(t.Context(), sweep.Removal{Sweep: "a"}),
	} {
		if !errors.Is(err, sweep.ErrReadOnly) {
			t.Errorf("got %v, want ErrReadOnly", err)
		}
	}
	s.wantResults("a", "k1 done", "k2 pending")
}

func nothingToRead(t *testing.T, s *suite) {
	_, err := s.backend.OpenReadOnly(s.name + " of another")
	if e, ok := errors.AsType[*sweep.StoreError](err); !ok || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want a StoreError that is fs.ErrNotExist", e)
	}
}

func stillThere(t *testing.T, s *suite) {
	s.ok(s.StillThere(t.Context()))
	s.finish("aa")
	s.ok(s.StillThere(t.Context()))
}

// backup copies the store while a run trains.
func backup(t *testing.T, s *suite) {
	s.save("a", at(1), "k1", "k2")
	s.finish("k1")
	attempt := s.begin("k2")
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for step := 1; ; step++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := s.Observe(t.Context(), "k2", attempt, []sweep.Point{{Step: step, Loss: 1}}, nil); err != nil {
				stopped <- err
				return
			}
		}
	}()
	path := filepath.Join(t.TempDir(), "backup.db")
	backupErr := s.Backup(t.Context(), path)
	close(stop)
	s.ok(errors.Join(backupErr, <-stopped))
	s.ok(s.Finish(t.Context(), "k2", attempt, done(s.curve("k2"))))
	copied := s.opened(s.backend.OpenReadOnly(path))
	s.ok(copied.Check(t.Context()))
	results, err := copied.Results(t.Context(), "a")
	s.ok(err)
	if len(results) != 2 || results[0].State != sweep.StateDone || results[1].State != sweep.StateRunning {
		t.Errorf("the copy has %+v", results)
	}
}

func refusedBackup(t *testing.T, s *suite) {
	s.finish("aa")
	folder := t.TempDir()
	path := filepath.Join(folder, "backup.db")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	s.ok(os.WriteFile(path, []byte("a letter"), 0o600))
	if err := s.Backup(t.Context(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("of a file that is there: %v", err)
	}
	if kept, err := os.ReadFile(path); err != nil || string(kept) != "a letter" {
		t.Errorf("the file is %q, %v", kept, err)
	}
}
