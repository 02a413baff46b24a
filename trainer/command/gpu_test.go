//go:build unix

package command

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"sweep/sweep"
	"sweep/trainer/gpu"
)

func TestRunsThatTrainAtOnceHaveDifferentGPUs(t *testing.T) {
	t.Setenv("CUDA_VISIBLE_DEVICES", "3,5")
	t.Setenv("PATH", t.TempDir()) // nothing there tells of GPUs
	machine, err := gpu.Find(t.Context(), gpu.Request{})
	if err != nil {
		t.Fatal(err)
	}
	trainer := newTrainer(t)
	trainer.gpus = gpu.NewPool(machine)
	var mu sync.Mutex
	var visible []string
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			run := byScript(t, 2, "prints")
			run.Key = strings.Repeat(string(rune('a'+i)), 64)
			o, err := trainer.Train(t.Context(), run, &notebook{})
			if err != nil || !strings.Contains(o.Environment, "gpu = GPU of an unknown model") {
				t.Errorf("got %q, %v", o.Environment, err)
			}
			kept, err := trainer.Kept(run.Key)
			if err != nil {
				t.Error(err)
				return
			}
			for _, line := range kept.Attempts[0].Tail(99) {
				if strings.HasPrefix(line, "CUDA_VISIBLE_DEVICES=") {
					mu.Lock()
					visible = append(visible, line)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	noneLeft(t, trainer)
	slices.Sort(visible)
	if len(visible) != 6 || !slices.Equal(slices.Compact(visible), []string{"CUDA_VISIBLE_DEVICES=3", "CUDA_VISIBLE_DEVICES=5"}) {
		t.Errorf("programs saw %q", visible)
	}
	tooMany := 3.
	run := byScript(t, 2, "logs")
	run.Params.Command.GPUs = &tooMany
	if _, err := trainer.Train(t.Context(), run, &notebook{}); err == nil || !strings.Contains(err.Error(), "asks for more GPUs than the 2") {
		t.Errorf("got %v", err)
	}
	none := 0.
	run.Params.Command.GPUs = &none
	if o, err := trainer.Train(t.Context(), run, &notebook{}); err != nil || o.State != sweep.StateDone || strings.Contains(o.Environment, "gpu = ") {
		t.Errorf("without a GPU: %q, %v", o.Environment, err)
	}
}
