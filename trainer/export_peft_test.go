//go:build peft

package trainer_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
)

// TestPEFTComputesTheSameLossFromAnExportedAdapter trains a run, exports its
// adapter and lets PEFT evaluate it on the same rows. The environment variable
// SWEEP_PYTHON names a Python with torch, transformers and peft:
//
//	SWEEP_PYTHON=venv/bin/python go test -tags peft -run PEFTComputes ./trainer
func TestPEFTComputesTheSameLossFromAnExportedAdapter(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Fatal("SWEEP_PYTHON is not set: name a Python with torch, transformers and peft")
	}
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	const text = `{"input_ids": [5, 9, 100, 7, 31, 44, 12], "labels": [-100, -100, 100, 7, 31, 44, 12]}
{"input_ids": [8, 77, 21, 3], "labels": [8, 77, 21, 3]}
`
	if err := os.WriteFile(rows, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, scaling := range []string{"alpha/r", "alpha/sqrt(r)", "alpha"} {
		p := sweep.Defaults()
		p.Model, p.Data, p.DataEval, p.Holdout = "builtin/tiny", rows, rows, 0
		p.Steps, p.Batch, p.R, p.Alpha, p.Scaling, p.LR = 20, 2, 4, 6, scaling, 1e-2
		p.Targets = []string{"q_proj", "v_proj", "down_proj"}
		p.Inherit()
		outcome := train(t, trainer.New(trainer.Options{}), p)
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := trainer.WriteAdapter(dir, sweep.Result{Run: sweep.Run{Params: p}, Outcome: outcome}); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(python, filepath.Join("testdata", "peft", "evaluate.py"), p.Model, dir, rows)
		command.Stderr = os.Stderr
		out, err := command.Output()
		if err != nil {
			t.Fatal(err)
		}
		loss, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		if err != nil || math.Abs(loss-outcome.EvalLoss) > 1e-5*outcome.EvalLoss || outcome.EvalLoss > 0.9*outcome.FirstLoss {
			t.Errorf("%s: PEFT has the loss %v (%v), this trainer %v, before training %v", scaling, loss, err, outcome.EvalLoss, outcome.FirstLoss)
		}
	}
}
