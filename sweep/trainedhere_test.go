package sweep_test

import (
	"slices"
	"testing"

	"sweep/sweep"
)

func TestACommandIsCalledByItsProgramAndWhatItIsGivenFirst(t *testing.T) {
	for want, run := range map[string][]string{
		"python train.py":                  {"/opt/venv/bin/python", "train.py", "--lr", "{lr}"},
		"accelerate launch train.py":       {"accelerate", "launch", "train.py", "{args}"},
		"python":                           {`C:\Python\python`, "-m", "train"},
		"train.sh":                         {"./train.sh", "{alpha}"},
		"tune run lora_finetune_single.py": {"tune", "run", "lora_finetune_single.py", "--config", "x"},
		"":                                 nil,
	} {
		if got := sweep.ProgramOf(&sweep.Command{Run: run}); got != want {
			t.Errorf("%q is called %q, want %q", run, got, want)
		}
	}
}

func TestOfARunOfACommandOnlyWhatItsGridSetsIsKnown(t *testing.T) {
	var r sweep.Result
	r.Params = sweep.Defaults()
	if unknown := r.Unknown(); unknown != nil || !r.TrainedHere() {
		t.Errorf("of a run of the built-in trainer %q is unknown", unknown)
	}
	r.Params.Command = &sweep.Command{Stated: []string{"alpha", "steps"}}
	unknown := r.Unknown()
	if len(unknown) != len(sweep.Parameters())-2 || slices.Contains(unknown, "alpha") || !slices.Contains(unknown, "lr") || r.TrainedHere() {
		t.Errorf("unknown is %q", unknown)
	}
}
