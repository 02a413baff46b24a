package grid_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
)

func TestParametersOfACommandsOwnStandWhereOthersDo(t *testing.T) {
	spec := decode(t, trained(`
[fixed]
steps = 5
neftune = 5
[grid]
packing = [true, false]
"trainer.precision" = ["bf16", "fp16"]
[[zip]]
lr = [1e-4, 1e-3]
warm = [10, 20]
[[when]]
where = "packing and lr-ratio > 12"
window = [1, 2]
[derive]
lr-ratio = "warm / 2 + neftune"
[[exclude]]
where = "trainer.precision = 'fp16' and not packing"
`))
	got := map[string]sweep.Custom{}
	for name, p := range spec.Cells() {
		got[name] = p.Custom
	}
	own := func(precision string, warm float64) sweep.Custom {
		return sweep.Custom{"neftune": 5.0, "trainer.precision": precision, "warm": warm, "lr-ratio": warm/2 + 5}
	}
	want := map[string]sweep.Custom{
		"packingtrue-trainer.precision_bf16-lr1e-4-warm10":  own("bf16", 10),
		"packingtrue-trainer.precision_fp16-lr1e-4-warm10":  own("fp16", 10),
		"packingfalse-trainer.precision_bf16-lr1e-4-warm10": own("bf16", 10),
		"packingfalse-trainer.precision_bf16-lr1e-3-warm20": own("bf16", 20),
	}
	for _, precision := range []string{"bf16", "fp16"} {
		for label, window := range map[string]float64{"1": 1, "2": 2} {
			c := own(precision, 20)
			c["window"] = window
			want["packingtrue-trainer.precision_"+precision+"-lr1e-3-warm20-window"+label] = c
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if names := spec.AxisNames(); !slices.Equal(names, []string{"packing", "trainer.precision", "lr", "warm", "window", "lr-ratio"}) {
		t.Errorf("axes %v", names)
	}
	var kinds []string
	for _, q := range spec.Customs() {
		kinds = append(kinds, q.Name+" "+string(q.Kind))
	}
	if diff := cmp.Diff([]string{"lr-ratio number", "neftune number", "trainer.precision text", "warm number", "window number"}, kinds); diff != "" {
		t.Error(diff)
	}
}

func TestAWhenGivesSomeCellsAParameterOfTheirOwn(t *testing.T) {
	spec := decode(t, trained("[fixed]\nsteps = 5\n[grid]\nflash = [true, false]\n[[when]]\nwhere = 'flash'\nwindow = [64, 128]\n"))
	got := map[string]string{}
	for name, p := range spec.Cells() {
		got[name] = strings.Join(p.Command.Stated, " ") + " " + sweep.FormatValue(p.Custom["window"])
	}
	want := map[string]string{
		"flashtrue-window64": "flash steps window 64", "flashtrue-window128": "flash steps window 128", "flashfalse": "flash steps <nil>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNamesThatCommandsCannotHaveOfTheirOwnAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an alias":              {"[grid]\nlearning_rate = [1, 2]", "grid.toml:7: grid.learning_rate is lr here: set that, and write {lr} where the command has its value"},
		"a placeholder":         {"[fixed]\ndir = 'x'", "fixed.dir has the name of the placeholder {dir}"},
		"a column":              {"[grid]\nloss = [1, 2]", "grid.loss has the name of a column of 'sweep ls'"},
		"a function":            {"[grid]\nmax = [1, 2]", "grid.max has the name of a word of conditions"},
		"an operator":           {"[grid]\nnot = [true, false]", "grid.not has the name of a word of conditions"},
		"a space":               {"[grid]\n'my own' = [1, 2]", "grid.my own is no name of a parameter; allowed: letters, digits, '_', '.' and '-', starting with a letter or '_'"},
		"a digit in front":      {"[grid]\n2nd = [1, 2]", "grid.2nd is no name of a parameter"},
		"no letters at all":     {"[grid]\n'größe' = [1, 2]", "is no name of a parameter"},
		"a long name":           {"[fixed]\n" + strings.Repeat("x", 101) + " = 1", "has a name of 101 characters, and at most 100 are allowed"},
		"two kinds":             {"[grid]\nown = [1, 'two']", `grid.own = "two" is no number, where grid.own has a number; allowed: a number of any size`},
		"two kinds in two arms": {"[[arm]]\nname = 'a'\n[arm.fixed]\nown = true\n[[arm]]\nname = 'b'\n[arm.fixed]\nown = 'yes'", `arm[2].fixed.own = "yes" is no flag, where arm[1].fixed.own has a flag; allowed: true or false`},
		"a list":                {"[fixed]\nbetas = [0.9, 0.95]", "fixed.betas = [0.9, 0.95] is no text (several values belong in [grid]); allowed: a text in quotes"},
		"a list of lists":       {"[grid]\nbetas = [[0.9, 0.95]]", "grid.betas = [0.9, 0.95] is no text; allowed: a text in quotes"},
		"a number too large":    {"[fixed]\nown = 9007199254740993", "is beyond 9007199254740991, up to which whole numbers are exact"},
		"not a number":          {"[fixed]\nown = nan", "is not finite"},
		"a hidden character":    {"[fixed]\nown = \"a\\u202eb\"", "holds a character that cannot be seen"},
		"a derived text":        {"[fixed]\nown = 'x'\n[derive]\nother = 'own'", "reads own, which is no number"},
		"what is not set":       {"[derive]\nalpha = '2 * r'", "derive.alpha = \"2 * r\" reads r, which is not known of the command, as the grid does not set it"},
		"an unknown name":       {"[[exclude]]\nwhere = 'pakcing'\n[grid]\nunpacked = [true]", `there is no parameter or column "pakcing"`},
		"set twice":             {"[fixed]\nown = 1\n[grid]\nown = [1]", "own stands in [fixed] as well; keep one of the two"},
	} {
		t.Run(name, func(t *testing.T) {
			text := trained("[fixed]\nsteps = 5\n" + strings.TrimPrefix(c.text, "[fixed]\n"))
			if _, err := grid.DecodeSpec(strings.NewReader(text), "grid.toml"); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAnAliasOfAnotherKindIsAParameterOfItsOwn(t *testing.T) {
	decode(t, trained("[fixed]\nsteps = 5\n[[zip]]\nscaling = ['alpha/r', 'alpha/sqrt(r)']\nuse_rslora = [false, true]\n"))
}

func TestAnArmWithoutACommandHasNoParametersOfItsOwn(t *testing.T) {
	arms := "name = 'x'\n[fixed]\nsteps = 5\n%s\n[[arm]]\nname = 'theirs'\n[arm.command]\nrun = ['a', '{args}']\n[[arm]]\nname = 'ours'\n[arm.fixed]\nlr = 1\n"
	for text, want := range map[string]string{
		"lora_plus = 4":      `grid.toml:4: fixed.lora_plus is no parameter, and no command that could have it trains arm "ours"`,
		"optimizer = 'lion'": `grid.toml:4: fixed.optimizer = "lion" is unknown where no command trains: in arm "ours"; allowed: "adamw", "adam" or "sgd"`,
		"targets = ['qkv']":  `names the unknown "qkv" where no command trains`,
		"epochs = 2":         "fixed.epochs stands beside steps, which it decides",
	} {
		_, err := grid.DecodeSpec(strings.NewReader(strings.Replace(arms, "%s", text, 1)), "grid.toml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[grid]\nlora_plus = [1, 2]"), "grid.toml")
	if err == nil || !strings.Contains(err.Error(), "grid.toml:3: grid.lora_plus is no parameter") {
		t.Errorf("without any command: %v", err)
	}
}

func TestWordsThatSweepDoesNotKnowAreForTheCommandToKnow(t *testing.T) {
	spec := decode(t, trained("[fixed]\nsteps = 5\ndtype = 'float8'\ntargets = ['qkv', 'self_attn.out']\nlora_rho = 3\n[grid]\noptimizer = ['adamw', 'lion']\n"))
	p, err := grid.NewPlan(spec, onlyInspects{t})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`lora_rho is a parameter of the command's own (number); sweep's is r`,
		`optimizer = "lion" is for the command to know; sweep knows adamw, adam, sgd`,
		`dtype = "float8" is for the command to know; sweep knows float32, bfloat16, int8, int4, nf4`,
	}
	if diff := cmp.Diff(want, p.Notes); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range []string{"scaling = 'r'", "method = 'dora'"} {
		if _, err := grid.DecodeSpec(strings.NewReader(trained("[fixed]\nsteps = 5\n"+wrong)), "grid.toml"); err == nil || !strings.Contains(err.Error(), "is unknown; allowed:") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestASeedThatGetsToTheCommandInAVariableAloneIsNoted(t *testing.T) {
	spec := decode(t, "name = 'x'\n[command]\nrun = ['a', '{lr}', '{steps}']\n[fixed]\nsteps = 5\n[grid]\nlr = [1e-3, 1e-2]\nseed = [0, 1]\n")
	p, err := grid.NewPlan(spec, onlyInspects{t})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"seed gets to the command in SWEEP_SEED alone: a program that does not read it trains all seeds alike"}, p.Notes); diff != "" {
		t.Error(diff)
	}
}

func TestSettingsOfACommandSurviveJSONWithNumbersAsNumbers(t *testing.T) {
	spec := decode(t, trained("gpus = 0.5\ntimeout = '2d'\nmetrics = 'stdout'\n[fixed]\nsteps = 5\nown = 3\nflag = true\n[grid]\nr = [4]\nword = ['3']\n"))
	for _, p := range spec.Cells() {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := sweep.DecodeParams(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, again); diff != "" {
			t.Error(diff)
		}
		if again.Key(sweep.Inputs{}) != p.Key(sweep.Inputs{}) {
			t.Error("the key is another")
		}
	}
}

func TestTheCommandLineSetsParametersOfACommandsOwn(t *testing.T) {
	dir := write(t, map[string]string{"x.toml": trained("[fixed]\nsteps = 5\n[grid]\n'trainer.epochs' = [1, 2]\nown = [1, 2]\n")})
	spec, err := grid.ParseSpec(filepath.Join(dir, "x.toml"), `grid."trainer.epochs"=[3]`, "own=4", "new=true")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*grid.Spec{spec, decodeFrom(t, spec.Source, spec.File)} {
		for _, p := range s.Cells() {
			if diff := cmp.Diff(sweep.Custom{"trainer.epochs": 3.0, "own": 4.0, "new": true}, p.Custom); diff != "" {
				t.Error(diff)
			}
		}
	}
	again, err := grid.ParseSpec(filepath.Join(dir, "x.toml"), grid.Settings(spec.Source)...)
	if err != nil || !slices.Equal(grid.Settings(again.Source), grid.Settings(spec.Source)) {
		t.Errorf("settings %q become others: %v", grid.Settings(spec.Source), err)
	}
}

func TestPredictionsRunAlongParametersOfACommandsOwn(t *testing.T) {
	spec := decode(t, trained(`
[fixed]
steps = 5
[grid]
own = [1, 2, 4]
lr  = [1, 2, 4]
word = ["a", "b"]
model = ["meta/a", "meta/b"]
[[predict]]
says = "the best lr falls"
quantity = "slope of the best lr"
along = "own"
where = "word = 'a'"
above = -1
[[predict]]
says = "b is worse"
quantity = "tuned loss"
by = "model"
from = "meta/a"
to = "meta/b"
above = 0
`))
	p, err := grid.NewPlan(spec, onlyInspects{t})
	if err != nil {
		t.Fatal(err)
	}
	var results []sweep.Result
	for _, run := range p.Runs {
		results = append(results, sweep.Result{Run: run})
	}
	predicted := p.Spec.Predicted(results)
	if len(predicted[0].Cells) != 18 || len(predicted[1].Cells) != 18 || len(predicted[1].Against) != 18 {
		t.Errorf("%d, %d and %d cells", len(predicted[0].Cells), len(predicted[1].Cells), len(predicted[1].Against))
	}
	for _, w := range p.Warnings() {
		if strings.Contains(w.Fault, "own has one value") || strings.Contains(w.Fault, "move together") {
			t.Error(w)
		}
	}
}

func TestAnExtendedGridHasTheCommandAndTellsItsCellsApart(t *testing.T) {
	dir := write(t, map[string]string{"x.toml": trained("[fixed]\nsteps = 5\n[grid]\nmodel = ['meta/a', 'meta/b']\nown = [true, false]\nit = [\"it's\", 'b']\nlr = [1, 2]\nseed = [0]\n")})
	spec, err := grid.ParseSpec(filepath.Join(dir, "x.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var like sweep.Params
	for _, p := range spec.Cells() {
		like = p // the last
	}
	first := like
	for _, p := range spec.Cells() {
		first = p
		break
	}
	text, err := spec.Extend("x.toml", nil, []grid.Extension{{Like: first, LR: []float64{4}, Seeds: []int{0}}})
	if err != nil {
		t.Fatal(err)
	}
	extended := decodeFrom(t, text, filepath.Join(dir, "more.toml"))
	more := 0
	for _, p := range extended.Cells() {
		if p.Command == nil || p.Command.Dir != spec.Arms[0].Fixed.Command.Dir {
			t.Fatal("the command is another")
		}
		if p.LR == 4 {
			more++
			if diff := cmp.Diff(first.Custom, p.Custom); diff != "" || p.Model != first.Model {
				t.Error(diff)
			}
		}
	}
	if more != 1 {
		t.Errorf("%d cells are new", more)
	}
}

func TestAnLRThatTheGridDoesNotSetIsNeitherAskedForNorTaken(t *testing.T) {
	dir := write(t, map[string]string{"x.toml": trained("[fixed]\nsteps = 5\n[grid]\nown = [1, 2]\n")})
	spec, err := grid.ParseSpec(filepath.Join(dir, "x.toml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := grid.NewPlan(spec, onlyInspects{t})
	if err != nil {
		t.Fatal(err)
	}
	var faults []string
	for _, w := range p.Warnings() {
		faults = append(faults, w.Fault)
	}
	want := []string{"one seed tells no difference from chance", "lr is not set: no setting can be judged without its best one"}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Error(diff)
	}
	like := p.Runs[0].Params
	if _, err := spec.Extend("x.toml", nil, []grid.Extension{{Like: like, LR: []float64{1, 2}, Seeds: []int{0}}}); err == nil || !strings.Contains(err.Error(), "its grid does not set lr") {
		t.Errorf("more lr: %v", err)
	}
	text, err := spec.Extend("x.toml", nil, []grid.Extension{{Like: like, LR: []float64{like.LR}, Seeds: []int{0, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for name := range decodeFrom(t, text, filepath.Join(dir, "more.toml")).Cells() {
		got[name] = true
	}
	if diff := cmp.Diff(map[string]bool{"own1-s0": true, "own1-s1": true, "own2-s0": true}, got); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
}

func TestAScalingThatTheGridDoesNotSetIsTakenAsPEFTsAndNoted(t *testing.T) {
	const note = "scaling is not set: what is said of s takes it to be alpha/r in the command; 'sweep probe' finds out which it is"
	for text, want := range map[string]bool{
		"[grid]\nalpha = [8, 16]\nlr = [1, 2]": true, "[derive]\nr = 'seed+1'\n[grid]\nseed = [0, 1]": true,
		"scaling = 'alpha'\n[grid]\nalpha = [8, 16]": false, "alpha = 8\n[grid]\nlr = [1, 2]": false,
	} {
		p, err := grid.NewPlan(decode(t, trained("[fixed]\nsteps = 5\n"+text)), onlyInspects{t})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(p.Notes, note); got != want {
			t.Errorf("%s: notes %q", text, p.Notes)
		}
	}
}
