//go:build unix

package command

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
)

func TestAFolderIsRemovedUnlessItsProgramIsStillThere(t *testing.T) {
	trainer, run := newTrainer(t), byScript(t, 5, "logs")
	if err := trainer.Remove(run.Key); err != nil {
		t.Fatalf("a folder that is not there: %v", err)
	}
	if _, err := trainer.Train(t.Context(), run, new(notebook)); err != nil {
		t.Fatal(err)
	}
	k, err := trainer.Kept(run.Key)
	if err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(k.Dir, ownFolder, "lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		t.Fatal(locked, err)
	}
	if err := trainer.Remove(run.Key); err == nil || !strings.Contains(err.Error(), "still there") {
		t.Errorf("the folder of a program that runs is removed: %v", err)
	}
	if err := lock.Unlock(); err != nil {
		t.Fatal(err)
	}
	if err := trainer.Remove(run.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(k.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}
