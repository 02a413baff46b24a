//go:build unix

package command

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
)

// ledger is a journal that keeps what it is given as a store does: an attempt that is begun
// finds the last state, and the points up to it.
type ledger struct {
	notebook
	state []byte
	at    int // points that belong to it
}

func (l *ledger) Save(state func() []byte) { l.state, l.at = state(), len(l.points) }

func (l *ledger) Checkpoint() sweep.Checkpoint {
	return sweep.Checkpoint{Points: slices.Clone(l.points), State: l.state}
}

// machine is a trainer with a folder of its own, that carries folders of so many bytes.
func machine(t *testing.T, carry int64) *Trainer {
	t.Helper()
	trainer := New(Options{Runs: filepath.Join(t.TempDir(), "runs"), Carry: carry})
	trainer.limits.poll = 5 * time.Millisecond
	return trainer
}

const megabyte = 1 << 20

// once trains a run once, as the store has it.
func once(t *testing.T, trainer *Trainer, run sweep.Run, l *ledger) (sweep.Outcome, error) {
	t.Helper()
	l.points = l.points[:min(l.at, len(l.points))]
	o, err := trainer.Train(t.Context(), run, l)
	noneLeft(t, trainer)
	return o, err
}

// TestARunGoesOnOnAnotherMachine trains four steps of fourteen in each attempt. The program
// counts them in its folder, and says by which attempt each was logged.
func TestARunGoesOnOnAnotherMachine(t *testing.T) {
	first, second := machine(t, megabyte), machine(t, megabyte)
	run := byScript(t, 14, "resumes", "75", "4", "0")
	var l ledger
	for i, m := range []*Trainer{first, second, first, second} {
		o, err := once(t, m, run, &l)
		if last := i == 3; last != (err == nil) || !last && !errors.Is(err, sweep.ErrRequeue) || last && o.State != sweep.StateDone {
			t.Fatalf("attempt %d: %q, %v", i+1, o.State, err)
		}
		if want := min(4*(i+1), 14); len(l.points) != want {
			t.Fatalf("attempt %d: the steps are %v", i+1, l.steps())
		}
	}
	for _, p := range l.points {
		if by, _ := p.Measures.Value("attempt"); by != float64(1+(p.Step-1)/4) || p.Loss != 2+1/float64(p.Step) {
			t.Errorf("step %d has loss %g by attempt %g", p.Step, p.Loss, by)
		}
	}
	kept, err := second.Kept(run.Key)
	if err != nil || len(kept.Attempts) != 4 || kept.Attempts[0].Exit != "exit code 75" {
		t.Errorf("the folder has %+v, %v", kept.Attempts, err)
	}
}

func TestAMachineThatWentFurtherGoesOnFromItsOwnFolder(t *testing.T) {
	first, second := machine(t, megabyte), machine(t, megabyte)
	run := byScript(t, 14, "resumes", "75", "4", "0")
	var l ledger
	if _, err := once(t, first, run, &l); !errors.Is(err, sweep.ErrRequeue) {
		t.Fatal(err)
	}
	carried := l
	if _, err := once(t, second, run, &l); !errors.Is(err, sweep.ErrRequeue) || len(l.points) != 8 {
		t.Fatal(err, l.steps())
	}
	l = carried // as if the second was killed before it gave the run back
	if _, err := once(t, second, run, &l); !errors.Is(err, sweep.ErrRequeue) || len(l.points) != 12 {
		t.Errorf("its steps are %v, %v", l.steps(), err)
	}
	l = carried // and the first again, which knows nothing of that
	if _, err := once(t, first, run, &l); !errors.Is(err, sweep.ErrRequeue) || len(l.points) != 8 {
		t.Errorf("its steps are %v, %v", l.steps(), err)
	}
}

// TestARunWhoseFolderDoesNotTravelBeginsAnew says so before it hands out a point, by which its
// curve is dropped.
func TestARunWhoseFolderDoesNotTravelBeginsAnew(t *testing.T) {
	for name, c := range map[string]struct {
		carry int64
		leave func(folder string) error
	}{
		"none travels": {0, nil},
		"it is too large": {1000, func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "weights"), make([]byte, 1001), 0o600)
		}},
		"a link leads out":    {megabyte, func(folder string) error { return os.Symlink("/etc", filepath.Join(folder, "link")) }},
		"a link leads higher": {megabyte, func(folder string) error { return os.Symlink("../../x", filepath.Join(folder, "link")) }},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := machine(t, c.carry), machine(t, c.carry)
			run := byScript(t, 14, "resumes", "75", "4", "0")
			var l ledger
			if c.leave != nil {
				at, err := folderOf(first.runs, run.Key)
				if err == nil {
					err = errors.Join(at.make(), c.leave(string(at)))
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err := once(t, first, run, &l); !errors.Is(err, sweep.ErrRequeue) || len(l.points) != 4 {
				t.Fatal(err, l.steps())
			}
			if _, err := once(t, second, run, &l); !errors.Is(err, sweep.ErrCheckpoint) || !strings.Contains(err.Error(), "another machine") {
				t.Errorf("got %v", err)
			}
			l = ledger{}
			if _, err := once(t, second, run, &l); !errors.Is(err, sweep.ErrRequeue) || len(l.points) != 4 {
				t.Errorf("anew it is %v with the steps %v", err, l.steps())
			}
		})
	}
}

func TestADamagedFolderIsNotTakenIn(t *testing.T) {
	first := machine(t, megabyte)
	run := byScript(t, 14, "resumes", "75", "4", "0")
	var l ledger
	if _, err := once(t, first, run, &l); !errors.Is(err, sweep.ErrRequeue) {
		t.Fatal(err)
	}
	for name, state := range map[string][]byte{
		"cut off":       l.state[:len(l.state)-30],
		"nothing":       l.state[:len(carriedMark)],
		"another byte":  append(slices.Clone(l.state[:len(l.state)/2]), append([]byte{l.state[len(l.state)/2] + 1}, l.state[len(l.state)/2+1:]...)...),
		"of the future": append(slices.Clone(carriedMark), "zstd"...),
	} {
		damaged, second := l, machine(t, megabyte)
		damaged.state = state
		if _, err := once(t, second, run, &damaged); !errors.Is(err, sweep.ErrCheckpoint) {
			t.Errorf("%s: got %v", name, err)
		}
		if left, err := filepath.Glob(filepath.Join(second.runs, "*")); err != nil || len(left) > 0 {
			t.Errorf("%s: it left %v, %v", name, left, err)
		}
	}
}

func TestAFolderComesBackAsItWas(t *testing.T) {
	at := folder(filepath.Join(t.TempDir(), "0123"))
	if err := at.make(); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Hour)
	for name, content := range map[string]string{"checkpoint-50/zustand ü.bin": "bytes", "empty": "", ".sweep/lock": "x", ".sweep/lock.json": "{}", "run.sh": "#!/bin/sh"} {
		path := filepath.Join(string(at), name)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o755), os.Chtimes(path, before, before))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink("checkpoint-50", filepath.Join(string(at), "last")), os.Mkdir(filepath.Join(string(at), "none"), 0o755)); err != nil {
		t.Fatal(err)
	}
	state, err := at.pack(megabyte)
	if err != nil {
		t.Fatal(err)
	}
	there := folder(filepath.Join(t.TempDir(), "0123"))
	for range 2 { // the second time in the place of the first
		if err := there.replace(state); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	err = filepath.WalkDir(string(there), func(path string, _ os.DirEntry, err error) error {
		if err != nil || path == string(there) {
			return err
		}
		name, _ := filepath.Rel(string(there), path) // it lies below
		names = append(names, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (!info.ModTime().Equal(before) || info.Mode().Perm() != 0o755) {
			t.Errorf("%s is of %v with mode %v", name, info.ModTime(), info.Mode())
		}
		return nil
	})
	if want := []string{".sweep", "checkpoint-50", "checkpoint-50/zustand ü.bin", "empty", "last", "none", "run.sh"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("it has %v, %v", names, err)
	}
	if text, err := os.ReadFile(filepath.Join(string(there), "last", "zustand ü.bin")); err != nil || string(text) != "bytes" {
		t.Errorf("a file has %q, %v", text, err)
	}
	beside, err := os.ReadDir(filepath.Dir(string(there)))
	if err != nil || len(beside) != 1 {
		t.Errorf("beside it lie %v, %v", beside, err)
	}
}
