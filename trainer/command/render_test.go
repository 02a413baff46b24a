//go:build unix

package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
)

// custom is a run with parameters of many kinds.
func custom(t *testing.T, command sweep.Command) sweep.Run {
	t.Helper()
	run := byScript(t, 2, "prints")
	command.Run = append(run.Params.Command.Run, command.Run...)
	command.Dir = run.Params.Command.Dir
	command.Stated = []string{"alpha", "lr", "mix", "note", "paged", "rank_pattern", "seed", "steps", "targets"}
	run.Params.Command = &command
	run.Params.Alpha, run.Params.LR, run.Params.Seed = 16, 2e-5, 7
	run.Params.Targets = []string{"q_proj", "v_proj"}
	run.Params.RankPattern = map[string]float64{"q_proj": 4}
	run.Params.Custom = sweep.Custom{"mix": 0.5, "note": `a "b" c`, "paged": true}
	return run
}

// printed trains a run by the script that prints what it is given, and returns the lines.
func printed(t *testing.T, trainer *Trainer, run sweep.Run) (lines []string) {
	t.Helper()
	var n notebook
	if _, err := trained(t, trainer, run, &n); err != nil {
		t.Fatal(err)
	}
	kept, err := trainer.Kept(run.Key)
	if err != nil {
		t.Fatal(err)
	}
	return kept.Attempts[len(kept.Attempts)-1].Tail(99)
}

func TestAProgramGetsItsParametersAsArguments(t *testing.T) {
	run := custom(t, sweep.Command{Run: []string{"--lr={lr}", "{{{name}}}", "{args}", "{args:hydra}"}})
	got := slices.DeleteFunc(printed(t, newTrainer(t), run), func(line string) bool { return !strings.HasPrefix(line, "argument ") })
	var want []string
	for _, arg := range []string{
		"--lr=2.0e-5", "{a-run}",
		"--alpha", "16", "--mix", "0.5", "--note", `a "b" c`, "--paged", "true", "--rank_pattern", `{"q_proj": 4}`, "--seed", "7", "--steps", "2", "--targets", `["q_proj", "v_proj"]`,
		"alpha=16", "mix=0.5", `note=a "b" c`, "paged=true", `rank_pattern={"q_proj": 4}`, "seed=7", "steps=2", `targets=["q_proj", "v_proj"]`,
	} {
		want = append(want, "argument "+arg)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAProgramGetsItsRunInItsEnvironment(t *testing.T) {
	t.Setenv("SWEEP_DIR", "of a sweep that this one is part of")
	t.Setenv("MY_OWN", "outer")
	t.Setenv("MY_OTHER", "stays")
	run := custom(t, sweep.Command{Env: map[string]string{"MY_OWN": "{alpha} in {dir}"}, Timeout: time.Hour, Run: []string{"{params}"}})
	trainer := newTrainer(t)
	var got []string
	for _, line := range printed(t, trainer, run) {
		if name, value, _ := strings.Cut(line, "="); name == "SWEEP_DEADLINE" {
			at, err := strconv.ParseInt(value, 10, 64)
			if left := time.Until(time.Unix(at, 0)); err != nil || left < 59*time.Minute || left > time.Hour {
				t.Errorf("the deadline is in %v: %v", left, err)
			}
		} else if !strings.HasPrefix(line, "argument") {
			got = append(got, line)
		}
	}
	slices.Sort(got)
	dir := filepath.Join(trainer.runs, "0123456789abcdef")
	want := []string{
		"MY_OTHER=stays", "MY_OWN=16 in " + dir, "PYTHONUNBUFFERED=1", "SWEEP_ATTEMPT=1", "SWEEP_DIR=" + dir, "SWEEP_KEY=" + run.Key,
		"SWEEP_METRICS=" + dir + "/.sweep/metrics-1.jsonl", "SWEEP_PARAMS=" + dir + "/.sweep/params.json", "SWEEP_RESUME=0", "SWEEP_SEED=7", "SWEEP_STEPS=2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	again := printed(t, trainer, run)
	for _, line := range []string{"SWEEP_ATTEMPT=2", "SWEEP_RESUME=1", "SWEEP_METRICS=" + dir + "/.sweep/metrics-2.jsonl"} {
		if !slices.Contains(again, line) {
			t.Errorf("the second attempt has no %s: %q", line, again)
		}
	}
}

func TestParametersAreWrittenAsJSONAndYAMLAndTOML(t *testing.T) {
	run := custom(t, sweep.Command{Run: []string{"{params}", "{params.yaml}", "{params.toml}"}})
	lines := printed(t, newTrainer(t), run)
	want := map[string]string{
		"json": `{
  "alpha": 16,
  "lr": 2.0e-5,
  "mix": 0.5,
  "note": "a \"b\" c",
  "paged": true,
  "rank_pattern": {"q_proj": 4},
  "seed": 7,
  "steps": 2,
  "targets": ["q_proj", "v_proj"]
}
`,
		"yaml": `"alpha": 16
"lr": 2.0e-5
"mix": 0.5
"note": "a \"b\" c"
"paged": true
"rank_pattern": {"q_proj": 4}
"seed": 7
"steps": 2
"targets": ["q_proj", "v_proj"]
`,
		"toml": `"alpha" = 16
"lr" = 2.0e-5
"mix" = 0.5
"note" = "a \"b\" c"
"paged" = true
"rank_pattern" = { "q_proj" = 4 }
"seed" = 7
"steps" = 2
"targets" = ["q_proj", "v_proj"]
`,
	}
	for i, name := range []string{"json", "yaml", "toml"} {
		path := strings.TrimPrefix(lines[i], "argument ")
		if text, err := os.ReadFile(path); err != nil || filepath.Base(path) != "params."+name || string(text) != want[name] {
			t.Errorf("%s has %v\n%s", path, err, text)
		}
	}
}

func TestATemplateIsFilledInForEachRun(t *testing.T) {
	run := custom(t, sweep.Command{Template: "axolotl.yml", Run: []string{"{template}"}})
	text := "lora_alpha: {alpha}\nlr: {lr}\nout: {dir}/out\nmodules: {targets}\nformat: \"\\{instruction} {{x}} ${HOME}\"\nsamples: {mix} {note} {paged} {seed} {steps} {rank_pattern}\n"
	if err := os.WriteFile(filepath.Join(run.Params.Command.Dir, "axolotl.yml"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	trainer := newTrainer(t)
	in, err := trainer.Inspect(run.Params)
	if err != nil {
		t.Fatal(err)
	}
	run.Inputs = in
	dir := filepath.Join(trainer.runs, "0123456789abcdef")
	path := strings.TrimPrefix(printed(t, trainer, run)[0], "argument ")
	want := fmt.Sprintf("lora_alpha: 16\nlr: 2.0e-5\nout: %s/out\nmodules: [\"q_proj\", \"v_proj\"]\nformat: \"{instruction} {{x}} ${HOME}\"\nsamples: 0.5 a \"b\" c true 7 2 {\"q_proj\": 4}\n", dir)
	if got, err := os.ReadFile(path); err != nil || path != filepath.Join(dir, ".sweep", "template.yml") || string(got) != want {
		t.Errorf("%s has %v\n%s", path, err, got)
	}
}
