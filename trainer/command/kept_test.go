//go:build unix

package command

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

func TestTheMemoryOfTheLargestProcessIsKept(t *testing.T) {
	const held = 200 << 20
	var took [2]int64
	for i, bytes := range []int{0, held} {
		trainer := newTrainer(t)
		run := byScript(t, 1, "holds", strconv.Itoa(bytes))
		if _, err := trained(t, trainer, run, &notebook{}); err != nil {
			t.Fatal(err)
		}
		kept, err := trainer.Kept(run.Key)
		if err != nil {
			t.Fatal(err)
		}
		took[i] = kept.Attempts[0].Memory
	}
	const shadowed = 5 // the race detector keeps up to four times as much about what a program has
	if more := took[1] - took[0]; took[0] <= 0 || more < held*9/10 || more > held*shadowed {
		t.Errorf("it took %d bytes, and %d with %d more", took[0], took[1], held)
	}
}

func TestTheAdapterNearestToTheFolderIsReturned(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 1, "logs")
	if file, err := trainer.Adapter(run.Key); err != nil || file != nil {
		t.Errorf("of no folder there is %q, %v", file, err)
	}
	if _, err := trained(t, trainer, run, &notebook{}); err != nil {
		t.Fatal(err)
	}
	kept, err := trainer.Kept(run.Key)
	if err != nil {
		t.Fatal(err)
	}
	if file, err := trainer.Adapter(run.Key); err != nil || file != nil {
		t.Errorf("of a folder without one there is %q, %v", file, err)
	}
	for _, path := range []string{"a/checkpoint-1", "z"} {
		dir := filepath.Join(kept.Dir, path)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "adapter_model.safetensors"), []byte(path), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if file, err := trainer.Adapter(run.Key); err != nil || string(file) != "z" {
		t.Errorf("got %q, %v", file, err)
	}
	if folders, err := trainer.Adapters(run.Key); err != nil || !slices.Equal(folders, []string{filepath.Join(kept.Dir, "z")}) {
		t.Errorf("the adapters are in %q, %v", folders, err)
	}
}
