package grid_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// trained is a grid with a command, and what else it says.
func trained(rest string) string {
	return "name = 'x'\n[command]\nrun = ['train', '{args}']\n" + rest
}

func TestACommandIsReadWithAllItsKeys(t *testing.T) {
	spec := decode(t, `
name = "x"
[command]
run      = ["python", "train.py", "--lr", "{lr}", "--config={template}", "{{}}"]
env      = { WANDB_MODE = "offline", OUT = "{dir}" }
template = "axolotl.yml"
files    = ["train.py", "data/*.jsonl"]
gpus     = 0.5
timeout  = "1d12h"
start_timeout = "90s"
quiet_timeout = "10m"
grace    = "5s"
copies   = true
metrics  = { pattern = 'step (?P<step>\d+) loss (?P<loss>\S+)', names = { loss = "train/loss" }, higher = ["b", "a", "b"] }
[fixed]
steps = 10
[grid]
lr = [1e-4, 1e-3]
`)
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	half := 0.5
	want := &sweep.Command{
		Run:      []string{"python", "train.py", "--lr", "{lr}", "--config={template}", "{{}}"},
		Env:      map[string]string{"WANDB_MODE": "offline", "OUT": "{dir}"},
		Template: "axolotl.yml", Files: []string{"train.py", "data/*.jsonl"}, Dir: here, GPUs: &half,
		Timeout: 36 * time.Hour, StartTimeout: 90 * time.Second, QuietTimeout: 10 * time.Minute, Grace: 5 * time.Second, Copies: true,
		Metrics: sweep.CommandMetrics{From: "pattern", Pattern: `step (?P<step>\d+) loss (?P<loss>\S+)`, Names: map[string]string{"loss": "train/loss"}, Higher: []string{"a", "b"}},
		Stated:  []string{"lr", "steps"},
	}
	for name, p := range spec.Cells() {
		if diff := cmp.Diff(want, p.Command); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhatIsWrongWithACommandIsToldWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a text to run":           {"[command]\nrun = 'python train.py'", `grid.toml:3: command.run = "python train.py" is one text, and no shell is there to split it; write ["python", "train.py"]; allowed: a list of texts`},
		"nothing to run":          {"[command]\nrun = []", "command.run = [] names no program"},
		"no run":                  {"[command]\ngpus = 1", "grid.toml:2: command.run is missing; allowed: a list"},
		"no text":                 {"[command]\nrun = ['a', 3]", `has 3, which is no text; write "3"`},
		"a misspelt key":          {"[command]\nrun = ['a']\nquite_timeout = '1h'", `grid.toml:4: command.quite_timeout is unknown here; allowed: run, env, template, files, gpus, timeout, start_timeout, quiet_timeout, grace, copies, metrics; did you mean "quiet_timeout"?`},
		"a brace":                 {"[command]\nrun = ['a', '{']", `has the argument "{", which has a '{' that begins no placeholder`},
		"args among others":       {"[command]\nrun = ['a', '--all={args}']", `has {args} in "--all={args}", where it stands for several arguments; write it as an argument of its own`},
		"args as the program":     {"[command]\nrun = ['{args}']", "where it stands for several arguments"},
		"args in a variable":      {"[command]\nrun = ['a']\nenv = { A = '{args:hydra}' }", "has {args:hydra} in A, where it stands for several arguments; write it in run"},
		"a variable of ours":      {"[command]\nrun = ['a']\nenv = { SWEEP_DIR = '/tmp' }", "has SWEEP_DIR, which every run is given"},
		"a number in a variable":  {"[command]\nrun = ['a']\nenv = { N = 3 }", `has no text for N; write N = "3"`},
		"part of several GPUs":    {"[command]\nrun = ['a']\ngpus = 1.5", "command.gpus = 1.5 is more than one and not whole"},
		"GPUs below zero":         {"[command]\nrun = ['a']\ngpus = -1", "is below 0"},
		"GPUs as a text":          {"[command]\nrun = ['a']\ngpus = 'all'", `command.gpus = "all" is no number; allowed: 0 for none, a share of one such as 0.5, or a whole number of them`},
		"a number as a time":      {"[command]\nrun = ['a']\ntimeout = 3600", `command.timeout = 3600 is no text; allowed: a time in quotes, such as "90s", "6h" or "2d"`},
		"no time":                 {"[command]\nrun = ['a']\ngrace = '5 minutes'", "command.grace = \"5 minutes\" is no time"},
		"a time of nothing":       {"[command]\nrun = ['a']\ntimeout = '0s'", "is no time above 0; leave it out for none"},
		"a negative time":         {"[command]\nrun = ['a']\ntimeout = '1d-30h'", "is no time"},
		"an unknown source":       {"[command]\nrun = ['a']\nmetrics = 'trainer'", `is from the unknown "trainer"`},
		"a pattern left out":      {"[command]\nrun = ['a']\nmetrics = 'pattern'", "says nothing of the lines; write { from = \"pattern\", pattern = '...' }"},
		"a pattern elsewhere":     {"[command]\nrun = ['a']\nmetrics = { from = 'file', pattern = '(?P<loss>.)' }", `has a pattern, which is for lines, and reads from "file"`},
		"no expression":           {"[command]\nrun = ['a']\nmetrics = { pattern = '(?P<loss>' }", "has a pattern that is no regular expression: "},
		"no group":                {"[command]\nrun = ['a']\nmetrics = { pattern = 'loss (.*)' }", "has a pattern without a named group"},
		"two groups of one name":  {"[command]\nrun = ['a']\nmetrics = { pattern = '(?P<a>.)(?P<a>.)' }", "has a pattern"},
		"steps alone":             {"[command]\nrun = ['a']\nmetrics = { pattern = '(?P<step>.)' }", "has a pattern of steps alone"},
		"an unknown name":         {"[command]\nrun = ['a']\nmetrics = { names = { los = 'x' } }", `names the unknown "los"; did you mean "loss"?`},
		"one name twice":          {"[command]\nrun = ['a']\nmetrics = { names = { loss = 'x', eval_loss = 'x' } }", `has "x" for both eval_loss and loss`},
		"the loss as higher":      {"[command]\nrun = ['a']\nmetrics = { higher = ['loss'] }", `has "loss" among higher`},
		"no pattern of files":     {"[command]\nrun = ['a']\nfiles = ['data/[a']", `has "data/[a", which is no pattern`},
		"no steps":                {"[command]\nrun = ['a']", "grid.toml: steps is missing: set it for a command, whose progress, pruning and SWEEP_STEPS go by it"},
		"epochs for steps":        {"[command]\nrun = ['a', '{args}']\n[fixed]\nepochs = 3", "nobody counts the rows that a command reads, so write what epochs comes to beside it"},
		"no table":                {"command = 'python'", "command is no table"},
		"a template without use":  {"[command]\nrun = ['a']\ntemplate = 'x.yml'\n[fixed]\nsteps = 1", `grid.toml:4: command.template = "x.yml" is filled in for each run, and nothing tells the program where it is; write {template} in run or env`},
		"no template":             {"[command]\nrun = ['a', '{template}']\n[fixed]\nsteps = 1", "grid.toml:3: command.run has {template}, and there is no template"},
		"an unknown placeholder":  {"[command]\nrun = ['a', '{packng}']\nfiles = ['a']\n[fixed]\nsteps = 1\npacking = true", `command.run has {packng}, which is neither a parameter that the grid sets nor one of {args}, `},
		"an alias in braces":      {"[command]\nrun = ['a', '{lora_alpha}']\n[fixed]\nsteps = 1\n[grid]\nalpha = [8, 16]", `did you mean "{alpha}"?`},
		"a value that is not set": {"[command]\nrun = ['a', '{beta1}']\n[fixed]\nsteps = 1", "command.run has {beta1}, and the grid does not set beta1; set it in [fixed] or [grid]"},
		"a value without use":     {"[command]\nrun = ['a', '{lr}']\n[fixed]\nsteps = 1\n[grid]\nlr = [1, 2]\nr = [1, 2]", "grid.toml:8: grid.r does not get to the command; write {r} in run or env, or {args} or {params} there for all parameters, or name under files the one that reads SWEEP_PARAMS"},
		"a command of one arm":    {"[command]\nrun = ['a']\n[fixed]\nsteps = 1\n[[arm]]\nname = 'b'\n[arm.command]\ngpus = 1", "arm[1].command.run is missing: [arm.command] takes the place of all of [command], so repeat what is to stay"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "grid.toml"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAnArmHasTheCommandOfItsOwnOrThatOfTheFile(t *testing.T) {
	programs := func(text string) map[string]string {
		found := map[string]string{}
		for name, p := range decode(t, text).Cells() {
			arm, _ := sweep.SplitCellName(name)
			if found[arm] = "built-in"; p.Command != nil {
				found[arm] = p.Command.Run[0]
			}
		}
		return found
	}
	const arms = "\n[fixed]\nsteps = 5\n[[arm]]\nname = 'own'\n[arm.command]\nrun = ['b', '{args}']\n[[arm]]\nname = 'other'\n[arm.fixed]\nlr = 1"
	for text, want := range map[string]map[string]string{
		"name = 'x'" + arms: {"own": "b", "other": "built-in"},
		"name = 'x'\n[command]\nrun = ['a', '{args}']" + arms: {"own": "b", "other": "a"},
	} {
		if diff := cmp.Diff(want, programs(text)); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func TestAnIncludedCommandRunsInItsOwnFolderAndStatesWhatItsFileSets(t *testing.T) {
	dir := write(t, map[string]string{
		"base/base.toml": "[command]\nrun = ['a', '{args}']\n[fixed]\nsteps = 5\nr = 4",
		"grid.toml":      "name = 'x'\ninclude = 'base/base.toml'\n[grid]\nlr = [1, 2]\n[derive]\nalpha = '2 * r'",
	})
	spec, err := grid.ParseSpec(filepath.Join(dir, "grid.toml"), "command.gpus=2")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*grid.Spec{spec, decodeFrom(t, spec.Source, spec.File)} {
		c := s.Arms[0].Fixed.Command
		if c == nil || c.Dir != filepath.Join(dir, "base") || c.GPUs == nil || *c.GPUs != 2 || !slices.Equal(c.Stated, []string{"alpha", "lr", "r", "steps"}) {
			t.Fatalf("got %+v", c)
		}
	}
}

func TestTheCommandLineChangesACommand(t *testing.T) {
	dir := write(t, map[string]string{
		"one.toml":  trained("timeout = '1h'\n[fixed]\nsteps = 5"),
		"none.toml": "name = 'x'",
		"arms.toml": "name = 'x'\n[fixed]\nsteps = 5\n[[arm]]\nname = 'a'\n[arm.command]\nrun = ['a', '{args}']\n[[arm]]\nname = 'b'",
	})
	spec, err := grid.ParseSpec(filepath.Join(dir, "one.toml"), "command.gpus=0", `command.run=["other", "{args}"]`)
	if err != nil {
		t.Fatal(err)
	}
	c := spec.Arms[0].Fixed.Command
	if *c.GPUs != 0 || c.Run[0] != "other" || c.Timeout != time.Hour {
		t.Errorf("got %+v", c)
	}
	if got := grid.Settings(spec.Source); !slices.Equal(got, []string{"command.gpus=0", `command.run=["other", "{args}"]`}) {
		t.Errorf("settings %q", got)
	}
	for setting, want := range map[string]string{
		"command.gpu=1":          `--set: command.gpu is unknown here; allowed: run, env`,
		"command.gpus=1.5":       "--set: command.gpus = 1.5 is more than one and not whole",
		"command.metrics.from=x": "--set command.metrics.from=x: command.metrics is no place for a setting",
	} {
		if _, err := grid.ParseSpec(filepath.Join(dir, "one.toml"), setting); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := grid.ParseSpec(filepath.Join(dir, "none.toml"), "command.gpus=1"); err == nil || !strings.Contains(err.Error(), "there is none here") {
		t.Errorf("got %v", err)
	}
	spec, err = grid.ParseSpec(filepath.Join(dir, "arms.toml"), "command.gpus=2")
	if err != nil {
		t.Fatal(err)
	}
	if c := spec.Arms[0].Fixed.Command; c == nil || *c.GPUs != 2 || spec.Arms[1].Fixed.Command != nil {
		t.Errorf("arms have %+v and %+v", c, spec.Arms[1].Fixed.Command)
	}
	if spec, err = grid.ParseSpec(filepath.Join(dir, "arms.toml"), "arm.a.command.gpus=4"); err != nil || *spec.Arms[0].Fixed.Command.GPUs != 4 {
		t.Errorf("got %v", err)
	}
}

func TestPathsOfACommandAreTextsWhereThoseOfTheBuiltInTrainerAreResolved(t *testing.T) {
	dir := write(t, map[string]string{"sub/grid.toml": `
name = "x"
[fixed]
steps = 5
[grid]
model = ["meta-llama/Llama-3.1-8B", "hf:owner/name"]
[[arm]]
name = "theirs"
[arm.fixed]
adapter = "start"
[arm.command]
run = ["a", "{args}"]
[[arm]]
name = "ours"
`})
	spec, err := grid.ParseSpec(filepath.Join(dir, "sub", "grid.toml"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, p := range spec.Cells() {
		got[name] = p.Model + " " + p.Adapter
	}
	want := map[string]string{
		"theirs/Llama-3.1-8B": "meta-llama/Llama-3.1-8B start", "theirs/name": "hf:owner/name start",
		"ours/Llama-3.1-8B": filepath.Join(dir, "sub", "meta-llama", "Llama-3.1-8B") + " ", "ours/name": "hf:owner/name ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if uses := spec.HubUses(); len(uses) != 1 || uses[0].Name != "hf:owner/name" {
		t.Errorf("on the hub: %v", uses)
	}
}

func TestNoOneReadsWhatACommandNames(t *testing.T) {
	spec := decode(t, trained(`
[fixed]
steps = 5
epochs = 3
warmup_ratio = 0.1
model = "hf:owner/name"
data  = "nowhere.jsonl"
adapter = "nowhere"
eval_every = 5
holdout = 0
`))
	if uses := spec.HubUses(); len(uses) != 0 {
		t.Errorf("on the hub: %v", uses)
	}
	p, err := grid.NewPlan(spec, onlyInspects{t})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Runs[0].Params; got.Steps != 5 || got.Epochs != 3 || got.WarmupRatio != 0.1 || got.Data != "nowhere.jsonl" || got.Adapter != "nowhere" {
		t.Errorf("got %+v", got)
	}
}

// onlyInspects is an inspector that is asked for no rows and no adapter.
type onlyInspects struct{ t *testing.T }

func (onlyInspects) Inspect(p sweep.Params) (sweep.Inputs, error) {
	return sweep.Inputs{Command: strings.Join(p.Command.Files, " ")}, nil
}

func (i onlyInspects) Adapter(string) (sweep.AdapterSettings, error) {
	i.t.Error("asked for an adapter")
	return sweep.AdapterSettings{}, errors.New("there is no adapter")
}

func (i onlyInspects) Rows(sweep.Params) (sweep.RowSummary, error) {
	i.t.Error("asked for rows")
	return sweep.RowSummary{}, errors.New("there are no rows")
}

func TestCommandsThatDifferInTheirFilesAreInspectedEach(t *testing.T) {
	spec := decode(t, "name = 'x'\n[fixed]\nsteps = 5\n"+
		"[[arm]]\nname = 'a'\n[arm.command]\nrun = ['t', '{args}']\nfiles = ['a']\n[[arm]]\nname = 'b'\n[arm.command]\nrun = ['t', '{args}']\nfiles = ['b']\n")
	p, err := grid.NewPlan(spec, onlyInspects{t})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Runs) != 2 || p.Runs[0].Inputs.Command != "a" || p.Runs[1].Inputs.Command != "b" {
		t.Errorf("got %d runs", len(p.Runs))
	}
}

func TestACellStatesAllThatIsFixedBesideAWhen(t *testing.T) {
	spec := decode(t, trained("[fixed]\nsteps = 5\nlr = 1e-3\nseed = 1\nalpha = 16\n[grid]\noptimizer = ['adamw', 'sgd']\n[[when]]\nwhere = \"optimizer = 'sgd'\"\nmomentum = [0.5]\n"))
	got := map[string]string{}
	for name, p := range spec.Cells() {
		got[name] = strings.Join(p.Command.Stated, " ")
	}
	want := map[string]string{"adamw": "alpha lr optimizer seed steps", "sgd-momentum0.5": "alpha lr momentum optimizer seed steps"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestACellStatesWhatAWhenSetsThereAlone(t *testing.T) {
	spec := decode(t, trained("[fixed]\nsteps = 5\n[grid]\noptimizer = ['adamw', 'sgd']\n[[when]]\nwhere = \"optimizer = 'sgd'\"\nmomentum = [0.5]\n"))
	got := map[string]string{}
	for name, p := range spec.Cells() {
		got[name] = strings.Join(p.Command.Stated, " ")
	}
	if diff := cmp.Diff(map[string]string{"adamw": "optimizer steps", "sgd-momentum0.5": "momentum optimizer steps"}, got); diff != "" {
		t.Error(diff)
	}
	spec = decode(t, strings.Replace(spec.Source, "'{args}'", "'{args}', '{momentum}'", 1))
	if _, err := grid.NewPlan(spec, onlyInspects{t}); err == nil || !strings.Contains(err.Error(), "the command has {momentum}, which has no value in cell adamw") {
		t.Errorf("got %v", err)
	}
}
