package foreign_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/sweep"
	"sweep/sweep/foreign"
)

func read(t *testing.T, path string, o foreign.Options) foreign.Import {
	t.Helper()
	imported, err := foreign.Read([]string{path}, o)
	if err != nil {
		t.Fatal(err)
	}
	return imported
}

// write makes files in a new folder and returns their paths.
func write(t *testing.T, files ...string) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// TestTheStatesOfTrainerBecomeRuns reads what transformers and PEFT saved of 24 runs.
func TestTheStatesOfTrainerBecomeRuns(t *testing.T) {
	imported := read(t, "testdata/trainer", foreign.Options{Names: "a{alpha}-lr{lr}-s{seed}"})
	if len(imported.Runs) != 24 || imported.From != "testdata/trainer (24 x trainer_state.json)" {
		t.Fatalf("%d runs from %s", len(imported.Runs), imported.From)
	}
	keys := map[string]bool{}
	for _, run := range imported.Runs {
		p := run.Params
		if p.R != 8 || p.LRA != p.LR || p.Steps != 40 || p.Scaling != "alpha/r" {
			t.Errorf("%s is %+v", run.Name, p)
		}
		at, shown := strings.Split(run.Name, "-s"), sweep.FormatValue
		if lr, err := strconv.ParseFloat(at[0][strings.Index(at[0], "lr")+2:], 64); err != nil || lr != p.LR || at[1] != shown(p.Seed) || !strings.HasPrefix(run.Name, "a"+shown(p.Alpha)+"-") {
			t.Errorf("%s is %+v", run.Name, p)
		}
		if diff := cmp.Diff([]string{"q_proj", "v_proj", "up_proj", "down_proj"}, p.Targets); diff != "" {
			t.Error(diff)
		}
		var state struct {
			LogHistory []map[string]float64 `json:"log_history"`
		}
		text, err := os.ReadFile(run.Provenance.Source)
		if err != nil || json.Unmarshal(text, &state) != nil {
			t.Fatal(err)
		}
		points := map[int]sweep.Point{}
		for _, p := range run.Points {
			points[p.Step] = p
		}
		for _, entry := range state.LogHistory {
			p := points[int(entry["step"])]
			if x, ok := entry["loss"]; ok && (x != p.Loss || p.WithoutLoss || entry["grad_norm"] != p.GradNorm) {
				t.Errorf("%s: %v is %+v", run.Name, entry, p)
			}
			if x, ok := entry["eval_loss"]; ok && (x != p.EvalLoss || !p.Evaluated) {
				t.Errorf("%s: %v is %+v", run.Name, entry, p)
			}
		}
		last := points[40]
		if run.State != sweep.StateDone || run.EvalLoss != last.EvalLoss || run.Loss != last.Loss || run.Steps != 40 || !math.IsNaN(run.FirstLoss) {
			t.Errorf("%s came to %+v", run.Name, run.Outcome)
		}
		if keys[run.Key] || run.Key == p.Key(sweep.Inputs{}) || run.Orbit().ID != run.Key || run.ApproxOrbit() != "" {
			t.Errorf("%s has the key of another run, or an orbit", run.Name)
		}
		keys[run.Key] = true
	}
}

// TestBothRecordsOfARunSayTheSame reads a run of Trainer from its state and from the
// events that it wrote for TensorBoard.
func TestBothRecordsOfARunSayTheSame(t *testing.T) {
	state := read(t, "testdata/args", foreign.Options{}).Runs[0]
	events := read(t, "testdata/args", foreign.Options{Tensorboard: true}).Runs[0]
	if diff := cmp.Diff(state.Params, events.Params); diff != "" {
		t.Errorf("settings, -state +events:\n%s", diff)
	}
	if diff := cmp.Diff(state.Points, events.Points, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Errorf("points, -state +events:\n%s", diff)
	}
	p := state.Params
	if p.LR != 3e-3 || p.Batch != 16 || p.Seed != 1 || p.Optimizer != "adamw" || p.Schedule != "constant" || p.EvalEvery != 10 || p.Clip != 0 {
		t.Errorf("settings are %+v", p)
	}
	// Trainer evaluated before the first step: eval_on_start.
	if first := state.Points[0]; first.Step != 0 || state.FirstLoss != first.EvalLoss || !first.Evaluated {
		t.Errorf("the loss before training is %v, the first point %+v", state.FirstLoss, first)
	}
	if want := "per_device_eval_batch_size = 8"; !strings.Contains(state.Provenance.Foreign, want) || strings.Contains(state.Provenance.Unstated, "optimizer") {
		t.Errorf("kept as text: %s\nunknown: %s", state.Provenance.Foreign, state.Provenance.Unstated)
	}
}

// TestRunsThatBlewUpAreDiverged reads two runs of lr 1e30 and more: in the state of one
// NaN stands as such, and as a training loss of 0; the other has a loss of ln 64 at
// every step.
func TestRunsThatBlewUpAreDiverged(t *testing.T) {
	imported := read(t, "testdata/blown", foreign.Options{Names: "{data}", Set: map[string]string{"r": "8", "alpha": "16"}})
	for _, run := range imported.Runs {
		if run.State != sweep.StateDiverged {
			t.Errorf("%s is %s", run.Name, run.State)
		}
	}
}

func TestOptunasTableBecomesRuns(t *testing.T) {
	imported := read(t, "testdata/optuna.csv", foreign.Options{
		As: map[string]string{"value": "eval_loss"}, Set: map[string]string{"r": "8", "steps": "500"},
	})
	counts := map[sweep.State]int{}
	for _, run := range imported.Runs {
		counts[run.State]++
		if run.State == sweep.StateDone && (!run.Evaluated || run.Points[0].Step != 500 || run.Points[0].HasLoss() || !strings.Contains(run.Provenance.Foreign, "user_attrs_gpu = A100")) {
			t.Errorf("%+v", run)
		}
	}
	if diff := cmp.Diff(map[sweep.State]int{sweep.StateDone: 10, sweep.StatePruned: 1, sweep.StateFailed: 1}, counts); diff != "" {
		t.Error(diff)
	}
}

// TestTablesTellOfRunsTogether reads a chart and the runs as W&B exports them.
func TestTablesTellOfRunsTogether(t *testing.T) {
	paths := write(
		t, "history.csv", `"Step","a8 - eval/loss","a8 - eval/loss__MIN","a8 - eval/loss__MAX","a16 - eval/loss","a16 - train/loss"
0,3.5,3.5,3.5,3.5,
10,3.1,3.1,3.1,NaN,2.5
`,
		"runs.csv", `"Name","State","Notes","Runtime","lora_alpha","learning_rate","lora_r","target_modules"
"a8","finished","-","12.5","8","1e-3","4","q_proj,v_proj"
"a16","finished","-","13","16","1e-3","4","['v_proj', 'q_proj']"
`)
	imported, err := foreign.Read(paths, foreign.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(imported.Runs) != 2 {
		t.Fatalf("%d runs", len(imported.Runs))
	}
	a8, a16 := imported.Runs[0], imported.Runs[1]
	if a8.Params.Alpha != 8 || a8.Params.R != 4 || a8.Seconds != 12.5 || a8.FirstLoss != 3.5 || a8.EvalLoss != 3.1 || a8.State != sweep.StateDone {
		t.Errorf("a8 is %+v", a8.Result)
	}
	if a16.State != sweep.StateDiverged || a16.Loss != 2.5 || !a16.Evaluated {
		t.Errorf("a16 is %+v", a16.Result)
	}
	if notes := strings.Join(imported.Notes, "\n"); !strings.Contains(notes, "eval/loss__MAX, eval/loss__MIN") {
		t.Errorf("notes:\n%s", notes)
	}
}

const header = "run,step,loss,eval_loss,r,alpha,lr,seed\n"

func TestWhatIsWrongIsToldWithFileAndLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a cut line":          {header + "a,1,2,,8,16,1e-3,0\na,2,3\na,3,3,,8,16,1e-3,0\n", []string{"x.csv:3: there are 3 fields, where the header has 8"}},
		"a loss of words":     {header + "a,1,high,,8,16,1e-3,0\n", []string{"x.csv:2: loss is high, which is no number"}},
		"a step of half":      {header + "a,1.5,2,,8,16,1e-3,0\n", []string{"x.csv:2: the step is 1.5"}},
		"a lacking seed":      {header + "a,1,2,,8,16,1e-3,0\nb,1,2,,8,16,1e-3,\n", []string{"x.csv:3: run b: nothing says its seed, which run a has"}},
		"two of one setting":  {header + "a,1,2,,8,16,1e-3,0\nb,1,3,,8,16,1e-3,0\n", []string{"x.csv:3: run b: it has the parameters of run a", "state their seeds"}},
		"two of one name":     {header + "a,1,2,,8,16,1e-3,0\na,1,3,,8,16,1e-3,0\n", []string{"x.csv:3: run a has another loss at step 1 further up"}},
		"a rank below 1":      {header + "a,1,2,,0,16,1e-3,0\n", []string{"x.csv:2: r = 0 is out of bounds; allowed: an integer from 1 to 65536"}},
		"no lr at all":        {"run,step,loss,r,alpha\na,1,2,8,16\nb,1,2,8,32\n", []string{"x.csv:2: run a: nothing says its lr", "--set lr=VALUE"}},
		"a rate that changes": {header + "a,1,2,,8,16,1e-3,0\na,2,2,,8,16,1e-4,0\n", []string{"nothing says its lr"}},
		"no run":              {header + ",1,2,,8,16,1e-3,0\n", []string{"x.csv:2: the row names no run in column run"}},
		"a foreign setting that sets runs apart": {
			"run,step,loss,r,alpha,lr,bf16\na,1,2,8,16,1e-3,true\nb,1,3,8,16,1e-3,false\n",
			[]string{"x.csv:3: run b: it has the parameters of run a", "what sets them apart is no parameter here: bf16 = none and true"},
		},
		"an unknown optimizer": {
			"run,step,loss,r,alpha,lr,optim\na,1,2,8,16,1e-3,adamw_torch\nb,1,3,8,32,1e-3,adafactor\n",
			[]string{"x.csv:3: run b: nothing says its optimizer, which run a has; its optim = adafactor is none that there is here"},
		},
		"nothing": {header, []string{"x.csv: it has no rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "x.csv", c.text)[0]
			_, err := foreign.Read([]string{path}, foreign.Options{})
			for _, want := range c.want {
				if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), ""), want) {
					t.Errorf("got %v\nwant %s", err, want)
				}
			}
		})
	}
}

func TestBrokenStatesAreToldOrSkipped(t *testing.T) {
	whole := `{
 "global_step": 2, "max_steps": 2,
 "log_history": [
  {"step": 1, "loss": 2.5, "learning_rate": 0.001, "grad_norm": 1.0},
  {"step": 2, "loss": 2.25, "learning_rate": 0.001, "grad_norm": 1.0}
 ]
}`
	paths := write(t, "o/a/trainer_state.json", whole, "o/b/trainer_state.json", whole[:120], "o/c/trainer_state.json", strings.Replace(whole, "2.25", `"low"`, 1))
	root := filepath.Dir(filepath.Dir(paths[0]))
	o := foreign.Options{Set: map[string]string{"r": "8", "alpha": "16"}}
	_, err := foreign.Read([]string{root}, o)
	for _, want := range []string{
		filepath.Join("b", "trainer_state.json") + ":4: it ends in the middle",
		filepath.Join("c", "trainer_state.json") + ":5: loss is low at step 2, which is no number",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	o.Skip = true
	imported := read(t, root, o)
	if len(imported.Runs) != 1 || strings.Count(strings.Join(imported.Notes, "\n"), "left out: ") != 2 {
		t.Errorf("%d runs, %q", len(imported.Runs), imported.Notes)
	}
}

// TestARunIsTheSameWhereverItIsRead holds the key to what was recorded, not to where.
func TestARunIsTheSameWhereverItIsRead(t *testing.T) {
	table := header + "a,5,2,,8,16,1e-3,0\na,10,1.5,1.75,8,16,1e-3,0\n"
	lines := `{"run": "b", "step": 10, "loss": 1.5, "params": {"lora_r": 8, "lora_alpha": 16.0, "learning_rate": 0.001, "seed": 0}}
{"run": "b", "step": 10, "eval_loss": 1.75}
{"run": "b", "step": 5, "loss": 2.0}
{"run": "b", "step": 20, "lo`
	paths := write(t, "x.csv", table, "y.jsonl", lines, "z.csv", strings.Replace(table, "1.75", "1.7500001", 1))
	x, y, z := read(t, paths[0], foreign.Options{}), read(t, paths[1], foreign.Options{}), read(t, paths[2], foreign.Options{})
	if x.Runs[0].Key != y.Runs[0].Key || x.Runs[0].Key == z.Runs[0].Key {
		t.Errorf("keys are %s, %s and %s", x.Runs[0].Key, y.Runs[0].Key, z.Runs[0].Key)
	}
	if notes := strings.Join(y.Notes, "\n"); !strings.Contains(notes, "y.jsonl:4: the last line is cut off and left out") {
		t.Errorf("notes:\n%s", notes)
	}
	both, err := foreign.Read(paths[:2], foreign.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(both.Notes, "\n"); len(both.Runs) != 1 || !strings.Contains(notes, "is run a again, to the bit, and left out") {
		t.Errorf("%d runs\n%s", len(both.Runs), notes)
	}
}

func TestHowRunsEnd(t *testing.T) {
	const table = `run,step,loss,eval_loss,steps,r,alpha,lr,seed,state
low,10,4,4,20,8,16,1e-4,0,
low,20,3.9,3.9,20,8,16,1e-4,0,
good,10,3,3,20,8,16,1e-3,0,
good,20,2,2,20,8,16,1e-3,0,
high,10,9,9,20,8,16,1e-2,0,
high,20,6,5.1,20,8,16,1e-2,0,
worse,10,9,9,20,8,16,1e-1,0,
worse,20,4.9,4.9,20,8,16,1e-1,0,
nan,10,3,3,20,8,16,1,0,
nan,20,NaN,3,20,8,16,1,0,
short,10,3,3,20,8,16,1e-3,1,
killed,20,3,3,20,8,16,1e-3,2,killed
`
	imported := read(t, write(t, "x.csv", table)[0], foreign.Options{})
	got := map[string]sweep.State{}
	for _, run := range imported.Runs {
		got[run.Name] = run.State
	}
	want := map[string]sweep.State{
		"low": sweep.StateDone, "good": sweep.StateDone, "high": sweep.StateDiverged, "worse": sweep.StateDone, // 4.9 is below 1.25 times 4
		"nan": sweep.StateDiverged, "short": sweep.StateFailed, "killed": sweep.StateFailed,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if notes := strings.Join(imported.Notes, "\n"); !strings.Contains(notes, "above 1.25 times the first loss of lr = 1e-4 (evaluation loss 4, training loss 4)") {
		t.Errorf("notes:\n%s", notes)
	}
}

func TestTheRuleOfDivergenceSaysItsFactor(t *testing.T) {
	if want := fmt.Sprintf("above %g times", sweep.DivergedAbove); !strings.Contains(foreign.HowJudged, want) {
		t.Errorf("%q does not say %q", foreign.HowJudged, want)
	}
}

func FuzzTables(f *testing.F) {
	f.Add(header + "a,1,2,,8,16,1e-3,0\n")
	f.Add("\"Step\",\"a - loss\"\n1,2\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"x.csv", "x.jsonl", "trainer_state.json"} {
			imported, err := foreign.Read(write(t, name, text), foreign.Options{Set: map[string]string{"r": "8"}})
			if err == nil && len(imported.Runs) == 0 {
				t.Fatalf("%s: neither runs nor an error", name)
			}
		}
	})
}
