package grid_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
)

func decode(t *testing.T, text string) *grid.Spec {
	t.Helper()
	spec, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml")
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

// column returns the values of an axis of one parameter.
func column(axis grid.Axis) []any {
	var values []any
	for _, point := range axis.Points {
		values = append(values, point[0])
	}
	return values
}

func TestSpecHoldsWhatTheFileSays(t *testing.T) {
	spec := decode(t, `
name     = "alpha-tracks-lr"
question = "How does the best learning rate move as alpha rises?"

[fixed]
targets = ["v_proj", "q_proj", "up_proj"]
steps   = 40
alpha   = 2
shuffle = false

[grid]
seed    = [2, 0, 1]
lr      = { log = [1e-4, 1e-1], points = 7 }
scaling = ["alpha/r", "alpha"]
`)
	want := sweep.Defaults()
	want.Targets = []string{"q_proj", "v_proj", "up_proj"}
	want.Steps, want.Alpha, want.Shuffle = 40, 2, false
	if diff := cmp.Diff(want, spec.Arms[0].Fixed); diff != "" {
		t.Error(diff)
	}
	if spec.Name != "alpha-tracks-lr" || !strings.HasPrefix(spec.Question, "How does") {
		t.Errorf("name %q, question %q", spec.Name, spec.Question)
	}
	got := map[string][]any{}
	var order []string
	for _, axis := range spec.Arms[0].Axes {
		order = append(order, axis.Parameters[0].Name)
		got[axis.Parameters[0].Name] = column(axis)
	}
	if diff := cmp.Diff([]string{"seed", "lr", "scaling"}, order); diff != "" {
		t.Error("axes are not in file order:", diff)
	}
	if diff := cmp.Diff(map[string][]any{
		"seed":    {2, 0, 1},
		"lr":      {1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1},
		"scaling": {"alpha/r", "alpha"},
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRangesSpanTheirEnds(t *testing.T) {
	for axis, want := range map[string][]any{
		`alpha = { pow2 = [1, 256] }`:                   {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0},
		`alpha = { pow2 = [0.25, 1] }`:                  {0.25, 0.5, 1.0},
		`r = { pow2 = [1, 8] }`:                         {1, 2, 4, 8},
		`lr = { log = [1e-4, 7.77777e-4], points = 3 }`: {1e-4, 2.79e-4, 7.77777e-4},
		`lr = { log = [1, 1.002], points = 4 }`:         {1.0, 1.0007, 1.0013, 1.002},
		`lr = { linear = [0.1, 0.4], points = 4 }`:      {0.1, 0.2, 0.3, 0.4},
		`r = { linear = [1, 7], points = 3 }`:           {1, 4, 7},
		`lr = { range = [0.1, 0.5], step = 0.1 }`:       {0.1, 0.2, 0.3, 0.4, 0.5},
		`seed = { range = [0, 5], step = 2 }`:           {0, 2, 4},
		`targets = [["v_proj", "q_proj"], ["o_proj"]]`:  {[]string{"q_proj", "v_proj"}, []string{"o_proj"}},
		`shuffle = [true, false]`:                       {true, false},
		`steps = [8.0, 16]`:                             {8, 16},
	} {
		spec := decode(t, "name = 'x'\n[grid]\n"+axis)
		if diff := cmp.Diff(want, column(spec.Arms[0].Axes[0])); diff != "" {
			t.Errorf("%s: %s", axis, diff)
		}
	}
}

func TestAValueSetForOneFactorDoesNotChangeTheOther(t *testing.T) {
	spec := decode(t, "name = 'x'\n[fixed]\nlr_b = 0\neps = 1e-6\n[grid]\nlr = [1, 2]\nweight_decay_a = [0, 0.1]\n")
	for name, p := range spec.Cells() {
		if p.LRA != p.LR || p.LRB != 0 || p.EpsA != 1e-6 || p.EpsB != 1e-6 || p.WeightDecay != 0 || p.WeightDecayB != 0 {
			t.Errorf("%s has %+v", name, p)
		}
		if name == "lr2-weight_decay_a0.1" && p.WeightDecayA != 0.1 {
			t.Errorf("the weight decay of A is %v", p.WeightDecayA)
		}
	}
}

func TestPathsAreRelativeToTheGridFile(t *testing.T) {
	file := filepath.Join("some", "folder", "grid.toml")
	abs, err := filepath.Abs("model.gguf")
	if err != nil {
		t.Fatal(err)
	}
	spec, err := grid.DecodeSpec(strings.NewReader(
		"name = 'x'\n[fixed]\nmodel = '"+abs+"'\n[grid]\ndata = ['builtin:menus', '../rows.jsonl']\n"), file)
	if err != nil {
		t.Fatal(err)
	}
	if spec.Arms[0].Fixed.Model != abs {
		t.Errorf("model %q", spec.Arms[0].Fixed.Model)
	}
	if diff := cmp.Diff([]any{"builtin:menus", filepath.Join("some", "rows.jsonl")}, column(spec.Arms[0].Axes[0])); diff != "" {
		t.Error(diff)
	}
}

func TestBadGridsAreRefusedWithPlaceFaultAndRemedy(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"zero rank": {
			"[fixed]\nr = 0",
			`grid.toml:3: fixed.r = 0 is out of bounds; allowed: an integer from 1 to 65536`,
		},
		"negative alpha": {
			"[fixed]\nalpha = -1",
			`grid.toml:3: fixed.alpha = -1 is out of bounds; allowed: a number above 0`,
		},
		"nan": {
			"[grid]\nlr = [1e-3, nan]",
			`grid.toml:3: grid.lr = NaN is not finite; allowed: a number above 0`,
		},
		"infinity": {
			"[grid]\nlr = [inf]",
			`grid.toml:3: grid.lr = +Inf is not finite; allowed: a number above 0`,
		},
		"empty axis": {
			"[grid]\nscaling = []",
			`grid.toml:3: grid.scaling = [] is an empty axis; allowed: a list`,
		},
		"fraction for an integer": {
			"[fixed]\nsteps = 10.5",
			`grid.toml:3: fixed.steps = 10.5 is not whole; allowed: an integer from 1 to 1000000000`,
		},
		"text for a number": {
			"[fixed]\nlr = '1e-3'",
			`grid.toml:3: fixed.lr = "1e-3" is no number; allowed: a number above 0`,
		},
		"number for a flag": {
			"[fixed]\nshuffle = 1",
			`grid.toml:3: fixed.shuffle = 1 is no flag; allowed: true or false`,
		},
		"misspelt choice": {
			"[fixed]\noptimizer = 'admaw'",
			`grid.toml:3: fixed.optimizer = "admaw" is unknown; allowed: "adamw", "adam" or "sgd"; did you mean "adamw"?`,
		},
		"misspelt target": {
			"[fixed]\ntargets = ['q_porj']",
			`grid.toml:3: fixed.targets = ["q_porj"] names the unknown "q_porj"; allowed: a list of some of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, qkv_proj, gate_up_proj, or of longer names such as "layers.0.self_attn.q_proj", or as a text "all-linear" or a regular expression; did you mean "q_proj"?`,
		},
		"misspelt key": {
			"[fixed]\nalhpa = 1",
			`grid.toml:3: fixed.alhpa is no parameter; did you mean "alpha"?`,
		},
		"another program's key": {
			"[grid]\nlearning_rate = [1]",
			`grid.toml:3: grid.learning_rate is no parameter; did you mean "lr"?`,
		},
		"unheard-of key": {
			"[grid]\nzzz = [1]",
			`grid.toml:3: grid.zzz is no parameter`,
		},
		"unknown table": {
			"[gird]\nlr = [1]",
			`grid.toml:2: gird is unknown here; allowed: name, question, include, fixed, grid, zip, derive, when, exclude, require, command, arm, predict; did you mean "grid"?`,
		},
		"duplicate value": {
			"[grid]\nalpha = [1, 2, 1.0]",
			`grid.toml:3: grid.alpha = 1 is there twice; keep one`,
		},
		"the same targets in another order": {
			"[grid]\ntargets = [['q_proj', 'v_proj'], ['v_proj', 'q_proj']]",
			`grid.toml:3: grid.targets = ["v_proj", "q_proj"] is there twice; keep one`,
		},
		"fixed and axis": {
			"[fixed]\nr = 8\n[grid]\nr = [8]",
			`grid.toml:5: grid.r stands in [fixed] as well; keep one of the two`,
		},
		"axis in fixed": {
			"[fixed]\nr = [1, 2]",
			`grid.toml:3: fixed.r = [1, 2] is no integer (several values belong in [grid]); allowed: an integer from 1 to 65536`,
		},
		"scalar in grid": {
			"[grid]\nscaling = 'alpha'",
			`grid.toml:3: grid.scaling = "alpha" is no axis; an axis is a list, even of one value; allowed: a list`,
		},
		"warm-up longer than the run": {
			"[fixed]\nwarmup = 30\n[grid]\nsteps = [50, 20]",
			`grid.toml:3: fixed.warmup exceeds steps: 30 > 20`,
		},
		"look-ahead without momentum": {
			"[fixed]\nnesterov = true\noptimizer = 'sgd'\n[grid]\nmomentum = [0.9, 0]",
			`grid.toml:3: fixed.nesterov wants optimizer = "sgd" and a momentum above 0, not "sgd" and 0`,
		},
		"nothing to evaluate on": {
			"[fixed]\neval_every = 5\nholdout = 0",
			`grid.toml:3: fixed.eval_every is 5 with nothing to evaluate on; set holdout or data_eval`,
		},
		"completions with nothing to evaluate on": {
			"[fixed]\neval = ['match', 'loss']\n[grid]\nholdout = [0.1, 0]",
			`grid.toml:3: fixed.eval is ["loss" "match"] with nothing to evaluate on; set holdout or data_eval`,
		},
		"evaluations without the loss": {
			"[fixed]\neval = ['match']",
			`grid.toml:3: fixed.eval is ["match"] without "loss", which is always measured; add it`,
		},
		"range of words": {
			"[grid]\nscaling = { pow2 = [1, 2] }",
			`grid.toml:3: grid.scaling = { pow2 = [1, 2] } is a range, which only numbers have; allowed: a list`,
		},
		"no TOML": {
			"[grid]\nr = [1",
			`grid.toml:3: this is no TOML: `,
		},
		"huge range": {
			"[grid]\nseed = { range = [0, 1e12], step = 1 }",
			`has 1000000000001 values, more than 200000`,
		},
		"no power of two": {
			"[grid]\nr = { pow2 = [1, 12] }",
			`grid.r = { pow2 = [1, 12] } has the end 12, which is no power of two`,
		},
		"log of zero": {
			"[grid]\nlr = { log = [0, 1], points = 3 }",
			`has the end 0, where log needs a number above 0`,
		},
		"range without points": {
			"[grid]\nlr = { log = [1e-4, 1] }",
			`lacks the number points, as in { log = [1, 8], points = 3 }`,
		},
		"range with a stray key": {
			"[grid]\nlr = { log = [1e-4, 1], points = 3, step = 2 }",
			`has step, which does not go with log`,
		},
		"range of two forms": {
			"[grid]\nlr = { log = [1e-4, 1], pow2 = [1, 2] }",
			`has not one of pow2, log, linear and range`,
		},
		"downward range": {
			"[grid]\nlr = { log = [1, 1e-4], points = 2 }",
			`runs downwards; write log = [lower, higher]`,
		},
		"integers too close": {
			"[grid]\nr = { log = [1, 3], points = 9 }",
			`grid.r = 1 is there twice; keep one`,
		},
		"range with one end": {
			"[grid]\nlr = { linear = [1], points = 2 }",
			`has linear without its two ends, as in linear = [1, 8]`,
		},
		"range to infinity": {
			"[grid]\nlr = { linear = [1, inf], points = 2 }",
			`has an end that is no finite number: +Inf`,
		},
		"range of one point": {
			"[grid]\nlr = { log = [1, 2], points = 1 }",
			`has points that are no integer of at least 2`,
		},
		"range of too many points": {
			"[grid]\nlr = { linear = [1, 2], points = 2000000 }",
			`has 2000000 values, more than 200000`,
		},
		"range that stands still": {
			"[grid]\nlr = { range = [1, 2], step = 0 }",
			`has a step that is not above 0`,
		},
		"number for a choice": {
			"[fixed]\nscaling = 2",
			`grid.toml:3: fixed.scaling = 2 is no text; allowed: "alpha/r", "alpha/sqrt(r)" or "alpha"`,
		},
		"empty path": {
			"[fixed]\nmodel = ''",
			`grid.toml:3: fixed.model = "" is empty; allowed: a path in quotes, or "builtin:NAME"`,
		},
		"one target without its list": {
			"[fixed]\ntargets = 'q_proj'",
			`grid.toml:3: fixed.targets = "q_proj" is one name, where a text is a regular expression for whole names of modules, as in PEFT; name it in a list, ["q_proj"]`,
		},
		"a pattern in a list": {
			"[fixed]\ntargets = ['.*q_proj']",
			`grid.toml:3: fixed.targets = [".*q_proj"] names the unknown ".*q_proj"; a list has names alone: write a regular expression, or "all-linear", as a text without brackets`,
		},
		"a rank in halves": {
			"[fixed]\nrank_pattern = { q_proj = 1.5 }",
			`grid.toml:3: fixed.rank_pattern = { q_proj = 1.5 } has "q_proj" = 1.5, which is not whole; allowed: a table of names of modules, each with an integer from 1 to 65536, as in { q_proj = 16 }`,
		},
		"a pattern with dots and no quotes": {
			"[fixed]\nalpha_pattern = { layers.0.q_proj = 4 }",
			`has a table at "layers"; names with dots stand in quotes, as in { "layers.q_proj" = 4 }`,
		},
		"a table as an axis": {
			"[grid]\nrank_pattern = { q_proj = 4 }",
			"grid.toml:3: grid.rank_pattern = { q_proj = 4 } is a range, which only numbers have; allowed: a list of tables",
		},
		"a target twice": {
			"[fixed]\ntargets = ['q_proj', 'q_proj']",
			`grid.toml:3: fixed.targets = ["q_proj", "q_proj"] names "q_proj" twice`,
		},
		"targets as an axis without inner lists": {
			"[grid]\ntargets = ['q_proj']",
			`grid.toml:3: grid.targets = "q_proj" is one name, where a text is a regular expression for whole names of modules, as in PEFT; name it in a list, ["q_proj"]`,
		},
		"many wrong values": {
			"[grid]\nr = { range = [-99, 1], step = 1 }",
			"grid.r = -95 is out of bounds; allowed: an integer from 1 to 65536\ngrid.toml:3: grid.r has 95 more values that are wrong",
		},
		"table of tables": {
			"[[grid]]\nr = [1]",
			`grid.toml:2: grid is no table; allowed: one table headed [grid]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "grid.toml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAllProblemsAreReportedAtOnceInFileOrder(t *testing.T) {
	_, err := grid.DecodeSpec(strings.NewReader(`question = 3

[grid]
lr   = []
r    = [0, -1]

[fixed]
leraning_rate = 1
`), "grid.toml")
	bad, ok := errors.AsType[*grid.SpecError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var keys []string
	for _, p := range bad.Problems {
		keys = append(keys, p.Key)
	}
	if diff := cmp.Diff([]string{"name", "question", "grid.lr", "grid.r", "grid.r", "fixed.leraning_rate"}, keys); diff != "" {
		t.Error(diff)
	}
	want := grid.Problem{
		File: "grid.toml", Line: 8, Key: "fixed.leraning_rate", Fault: "is no parameter", Nearest: "lr",
	}
	if got := bad.Problems[5]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestASweepNeedsANameThatIsSafeForFiles(t *testing.T) {
	for text, want := range map[string]string{
		"":               `grid.toml: name is missing; allowed: letters`,
		"name = ''":      `grid.toml:1: name = "" is no text`,
		"name = 5":       `grid.toml:1: name = 5 is no text`,
		"name = '../x'":  `grid.toml:1: name = "../x" is no name; allowed: letters`,
		"name = '--all'": `grid.toml:1: name = "--all" is no name`,
	} {
		_, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml")
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestAMissingGridFileIsNamed(t *testing.T) {
	_, err := grid.ParseSpec(filepath.Join(t.TempDir(), "nowhere.toml"))
	if err == nil || !strings.Contains(err.Error(), "nowhere.toml") {
		t.Errorf("got %v", err)
	}
}
