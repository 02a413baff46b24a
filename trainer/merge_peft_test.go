//go:build peft

package trainer

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer/pretrained"
)

// TestPEFTAndTransformersComputeTheSameLossFromAnExportedRun trains runs on random models
// of every family, exports each as an adapter and as a merged model, and lets PEFT and
// transformers evaluate these on the same rows. The environment variable SWEEP_PYTHON
// names a Python with torch, transformers and peft:
//
//	SWEEP_PYTHON=venv/bin/python go test -tags peft -run PEFTAnd ./trainer
func TestPEFTAndTransformersComputeTheSameLossFromAnExportedRun(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Fatal("SWEEP_PYTHON is not set: name a Python with torch, transformers and peft")
	}
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	const text = `{"input_ids": [5, 9, 10, 7, 21, 14, 12, 3, 8], "labels": [-100, -100, 10, 7, 21, 14, 12, 3, 8]}
{"input_ids": [8, 17, 21, 3], "labels": [8, 17, 21, 3]}
`
	if err := os.WriteFile(rows, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var all []exportedLoss
	for name, c := range shapes {
		model := filepath.Join(t.TempDir(), "model")
		if err := pretrained.Write(model, c, randomTensors(c), "F32", nil); err != nil {
			t.Fatal(err)
		}
		for scaling, change := range map[string]func(*sweep.Params){
			"alpha/r":       func(p *sweep.Params) { p.Targets = []string{"all-linear"} },
			"alpha/sqrt(r)": func(p *sweep.Params) { p.Targets = c.Of().Projections()[:2] },
			"alpha": func(p *sweep.Params) {
				p.Targets = []string{`.*layers\.(?!0\.)\d\..*(o|down)_proj`}
				p.RankPattern, p.AlphaPattern = map[string]float64{"o_proj": 2}, map[string]float64{`layers\.1.*down_proj`: 3}
			},
		} {
			p := sweep.Defaults()
			p.Model, p.Data, p.DataEval, p.Holdout = model, rows, rows, 0
			p.Steps, p.Batch, p.Seq, p.R, p.Alpha, p.LR, p.Scaling = 20, 2, 16, 4, 2, 1e-2, scaling
			change(&p)
			p.Inherit()
			all = append(all, exported(t, name+", "+scaling, p)...)
		}
	}
	arguments := []string{filepath.Join("testdata", "peft", "evaluate.py"), rows}
	for _, e := range all {
		arguments = append(arguments, e.model, e.adapter)
	}
	var complaints bytes.Buffer
	command := exec.Command(python, arguments...)
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v:\n%s", err, complaints.Bytes())
	}
	var losses []float64
	if err := json.Unmarshal(out, &losses); err != nil || len(losses) != len(all) {
		t.Fatalf("%d losses, %v; want %d", len(losses), err, len(all))
	}
	for i, e := range all {
		if math.Abs(losses[i]-e.EvalLoss) > 1e-5*e.EvalLoss || e.EvalLoss > 0.95*e.FirstLoss {
			t.Errorf("%s: Python has the loss %v, this trainer %v, before training %v", e.name, losses[i], e.EvalLoss, e.FirstLoss)
		}
	}
}

// exportedLoss is what Python is to make of a model, with an adapter unless it is "".
type exportedLoss struct {
	name, model, adapter string
	sweep.Outcome
}

// exported trains a run and exports it in both forms.
func exported(t *testing.T, name string, p sweep.Params) []exportedLoss {
	t.Helper()
	tr := New(Options{})
	in, err := tr.Inspect(p)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	outcome, err := tr.Train(t.Context(), sweep.Run{Params: p}, sweep.Observer(func(sweep.Point) error { return nil }))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	e := Export{Dir: filepath.Join(t.TempDir(), "adapter"), Result: sweep.Result{Run: sweep.Run{Params: p, Inputs: in}, Outcome: outcome}, Base: p.Model}
	if err := WriteAdapter(e); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	m := Merge{Export: e, Shard: 10e3}
	m.Dir = filepath.Join(t.TempDir(), "merged")
	if _, err := tr.WriteMerged(t.Context(), m); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return []exportedLoss{{name, p.Model, e.Dir, outcome}, {name + ", merged", m.Dir, "", outcome}}
}
