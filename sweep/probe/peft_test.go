//go:build peft

package probe_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/sweep/probe"
	"sweep/trainer/command"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == command.SupervisorArgument {
		os.Exit(command.Supervise())
	}
	os.Exit(m.Run())
}

// TestPEFTPassesAndDoctoredScriptsAreToldApart probes programs that train with PyTorch and
// PEFT. The environment variable SWEEP_PYTHON names a Python with torch, transformers and
// peft:
//
//	SWEEP_PYTHON=venv/bin/python go test -tags peft -run ScriptsAreToldApart -timeout 1h ./sweep/probe -v
func TestPEFTPassesAndDoctoredScriptsAreToldApart(t *testing.T) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		t.Fatal("SWEEP_PYTHON is not set: name a Python with torch, transformers and peft")
	}
	python = absolute(t, python)
	model := filepath.Join(t.TempDir(), "model")
	if out, err := exec.Command(python, "testdata/make_model.py", model).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rows := filepath.Join(model, "rows.jsonl")
	peft := func(fault string) []string {
		return []string{
			python, "testdata/doctored.py", absolute(t, "../../experiments/scripts/peft_train.py"), fault, "--model", model, "--data", rows,
			"--r", "{r}", "--alpha", "{alpha}", "--lr", "{lr}", "--batch", "{batch}", "--steps", "{steps}", "--seed", "{seed}",
		}
	}
	trl := func(fault string) []string {
		return []string{
			python, "testdata/doctored.py", absolute(t, "../../experiments/scripts/trl_sft.py"), fault, "--model", model, "--data", rows,
			"--r", "{r}", "--alpha", "{alpha}", "--learning_rate", "{lr}", "--per_device_train_batch_size", "{batch}", "--max_steps", "{steps}",
			"--seed", "{seed}", "--output_dir", "{dir}", "--logging_steps", "1", "--bf16", "false", "--use_cpu", "true",
		}
	}
	passes := map[string][]string{"start": {"yes"}, "scaling": {"yes"}, "init": {"yes"}, "nan": {"yes"}, "loss": {"yes"}, "repeat": {"yes"}, "seed": {"yes"}}
	for name, c := range map[string]struct {
		run  []string
		want map[string][]string
	}{
		"PEFT":                     {peft("none"), passes},
		"TRL":                      {trl("none"), passes},
		"alpha by sqrt(r)":         {peft("rslora"), map[string][]string{"start": {"yes"}, "scaling": {"no", "scales by alpha/sqrt(r)"}, "nan": {"yes"}}},
		"alpha ignored":            {peft("alpha_ignored"), map[string][]string{"start": {"yes"}, "scaling": {"no", "alpha is ignored"}}},
		"B not zero":               {peft("random_b"), map[string][]string{"start": {"no", "B is not zero"}, "scaling": {"not told", "mend the start"}}},
		"PiSSA":                    {peft("pissa"), map[string][]string{"start": {"no", "PiSSA"}, "scaling": {"not told", "alpha^0.5"}}},
		"the last loss for NaN":    {peft("hides_nan"), map[string][]string{"start": {"yes"}, "scaling": {"yes"}, "nan": {"no"}}},
		"zero for NaN":             {peft("zero_for_nan"), map[string][]string{"start": {"yes"}, "scaling": {"yes"}, "nan": {"no"}}},
		"the Trainer's own log":    {trl("trainers_own_log"), map[string][]string{"start": {"yes"}, "scaling": {"yes"}, "nan": {"no"}}},
		"A with a spread of 1/r":   {peft("gaussian"), map[string][]string{"start": {"yes"}, "scaling": {"yes"}, "init": {"not told", "normal"}}},
		"a moving average of loss": {peft("smoothed"), map[string][]string{"start": {"yes"}, "scaling": {"yes"}, "loss": {"no", "smoothed"}}},
		"no seed":                  {peft("no_seed"), map[string][]string{"repeat": {"no"}}},
	} {
		t.Run(name, func(t *testing.T) { wants(t, probeScript(t, c.run), c.want) })
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	at, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// probeScript probes a program, and returns its findings by their checks.
func probeScript(t *testing.T, run []string) map[string]probe.Finding {
	t.Helper()
	p := sweep.Defaults()
	p.Batch, p.LR = 4, 1e-3
	p.Command = &sweep.Command{
		Run: run,
		Env: map[string]string{"OMP_NUM_THREADS": "1"},
		Dir: absolute(t, "."), Stated: []string{"alpha", "batch", "lr", "r", "scaling", "seed", "steps"},
	}
	trainer := command.New(command.Options{Runs: t.TempDir()})
	began := time.Now()
	report, err := probe.Run(t.Context(), trainer, sweep.Run{Params: p}, probe.Options{Workers: 2, Factors: func(run sweep.Run, _ sweep.Outcome) ([]probe.Factor, error) {
		file, err := trainer.Adapter(run.Key)
		if file == nil || err != nil {
			return nil, err
		}
		return factorsOf(file)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d runs in %v", report.Runs, time.Since(began).Round(time.Second))
	return byCheck(t, report)
}
