//go:build peft

package trainer_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
)

// TestPEFTContinuesAnExportedAdapterAsThisTrainerDoes trains an adapter, exports it
// and goes on from it in both, by what the adapter itself says.
func TestPEFTContinuesAnExportedAdapterAsThisTrainerDoes(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Fatal("SWEEP_PYTHON is not set: name a Python with torch, transformers and peft")
	}
	rows, tr := writeTwoRows(t), trainer.New(trainer.Options{})
	for _, scaling := range []string{"alpha/r", "alpha/sqrt(r)", "alpha"} {
		p := sweep.Defaults()
		p.Model, p.Data, p.DataEval, p.Shuffle = "builtin/tiny", rows, rows, false
		p.Steps, p.Batch, p.LR = 3, 2, 1e-3
		p.Inherit()
		first := p
		first.R, first.Alpha, first.Scaling, first.Targets = 4, 32, scaling, []string{"q_proj", "o_proj", "up_proj"}
		outcome := train(t, tr, first)
		p.Adapter = filepath.Join(t.TempDir(), "adapter")
		if err := trainer.WriteAdapter(trainer.Export{Dir: p.Adapter, Result: sweep.Result{Run: sweep.Run{Params: first}, Outcome: outcome}, Base: "base"}); err != nil {
			t.Fatal(err)
		}
		own, err := tr.Adapter(p.Adapter)
		if err != nil {
			t.Fatal(err)
		}
		p.R, p.Alpha, p.Scaling, p.Targets, p.Dropout = own.R, own.Alpha, own.Scaling, own.Targets, own.Dropout
		second := train(t, tr, p)
		command := exec.Command(python, filepath.Join("testdata", "peft", "continue.py"), p.Model, p.Adapter, rows, "1e-3", "3")
		command.Stderr = os.Stderr
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		var before, after float64
		if _, err := fmt.Sscan(string(out), &before, &after); err != nil {
			t.Fatal(err)
		}
		if math.Abs(before-second.FirstLoss) > 1e-5*before || math.Abs(after-second.EvalLoss) > 1e-4*after || after > 0.9*before {
			t.Errorf("%s: PEFT goes from %v to %v, this trainer from %v to %v", scaling, before, after, second.FirstLoss, second.EvalLoss)
		}
	}
}

func writeTwoRows(t *testing.T) string {
	t.Helper()
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	const text = `{"input_ids": [5, 9, 100, 7, 31, 44, 12], "labels": [-100, -100, 100, 7, 31, 44, 12]}
{"input_ids": [8, 77, 21, 3], "labels": [8, 77, 21, 3]}
`
	if err := os.WriteFile(rows, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return rows
}
