package grid_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// rowCounter is an inspector that knows 100 rows, or as many as a run asks for, and
// packs five to a sequence.
type rowCounter struct {
	inspector
	asked []string
	more  int
	err   error
}

func (r *rowCounter) Rows(p sweep.Params) (sweep.RowSummary, error) {
	r.asked = append(r.asked, filepath.ToSlash(p.Data))
	s := sweep.RowSummary{Train: 100 + r.more}
	if p.Rows > 0 {
		s.Train = p.Rows
	}
	if p.Packing {
		s.Sequences = s.Train / 5
	}
	return s, r.err
}

func (*rowCounter) FirstRows(sweep.Params, int) ([]sweep.SeenRow, error) { return nil, nil }

func counted(t *testing.T, text string) (map[string]sweep.Params, *grid.Plan) {
	t.Helper()
	p, err := grid.NewPlan(decode(t, "name = 'x'\n"+text), &rowCounter{})
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]sweep.Params{}
	for _, run := range p.Runs {
		cells[run.Name] = run.Params
	}
	return cells, p
}

func TestEpochsAndAWarmUpRatioDecideTheSteps(t *testing.T) {
	for _, c := range []struct {
		name, text    string
		steps, warmup int
	}{
		{"a whole number", "epochs = 2\nbatch = 10", 20, 0},
		{"rounded up", "epochs = 1\nbatch = 8", 13, 0},
		{"a share of the rows", "epochs = 0.25\nbatch = 10", 3, 0},
		{"accumulated passes", "epochs = 2\nbatch = 5\naccumulate = 4", 10, 0},
		{"packed rows", "epochs = 3\nbatch = 2\npacking = true", 30, 0},
		{"some of the rows", "epochs = 2\nbatch = 4\nrows = 12", 6, 0},
		{"a warm-up of some of them", "epochs = 2\nbatch = 10\nwarmup_ratio = 0.12", 20, 3},
		{"a warm-up of given steps", "steps = 100\nwarmup_ratio = 0.03", 100, 3},
		{"as transformers rounds", "steps = 100\nwarmup_ratio = 0.07", 100, 8},
	} {
		cells, _ := counted(t, "[fixed]\n"+c.text+"\n[grid]\nlr = [1e-3]")
		if p := cells["lr1e-3"]; p.Steps != c.steps || p.Warmup != c.warmup {
			t.Errorf("%s: %d steps, %d of them to warm up, want %d and %d", c.name, p.Steps, p.Warmup, c.steps, c.warmup)
		}
	}
}

// TestRulesReadTheStepsThatEpochsDecide holds formulas, conditions and checks to the
// steps that runs have, and not to the default that they have before.
func TestRulesReadTheStepsThatEpochsDecide(t *testing.T) {
	cells, _ := counted(t, `
[fixed]
batch = 10
[grid]
epochs = [1, 2, 5, 30]
[derive]
eval_every = "steps/2"
[[exclude]]
where = "steps > 100 or eval_every = 25"
[[when]]
where = "steps = 20"
r = [4, 16]
`)
	want := map[string]int{"epochs1": 10, "epochs2-r4": 20, "epochs2-r16": 20}
	if len(cells) != len(want) {
		t.Errorf("the cells are %v", cells)
	}
	for name, steps := range want {
		if p := cells[name]; p.Steps != steps || p.EvalEvery != steps/2 {
			t.Errorf("%s has %d steps and is evaluated every %d", name, p.Steps, p.EvalEvery)
		}
	}
}

func TestARunOfSomeEpochsIsTheRunOfItsSteps(t *testing.T) {
	cells, _ := counted(t, "[fixed]\nbatch = 10\nwarmup_ratio = 0.2\n[grid]\nepochs = [2]")
	byEpochs := cells["epochs2"]
	bySteps := sweep.Defaults()
	bySteps.Batch, bySteps.Steps, bySteps.Warmup = 10, 20, 4
	if byEpochs.Key(sweep.Inputs{}) != bySteps.Key(sweep.Inputs{}) {
		t.Errorf("%+v and %+v have different keys", byEpochs, bySteps)
	}
	if byEpochs.Epochs != 2 || byEpochs.WarmupRatio != 0.2 {
		t.Errorf("the run does not say that it has %v epochs and a warm-up of %v", byEpochs.Epochs, byEpochs.WarmupRatio)
	}
}

// TestAPlannedGridKeepsHowManyRowsThereWere reads the text that a store keeps, where
// nobody counts.
func TestAPlannedGridKeepsHowManyRowsThereWere(t *testing.T) {
	text := "[fixed]\ndata = 'rows.jsonl'\ncolumns = { prompt = \"a b\" }\nbatch = 10\n[grid]\nepochs = [2]\nrows = [0, 50]"
	cells, p := counted(t, text)
	again, err := grid.DecodeSpec(strings.NewReader(p.Spec.Source), "grid.toml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for name, c := range again.Cells() {
		n++
		if want := cells[name]; c.Steps != want.Steps || c.Steps != map[int]int{0: 20, 50: 10}[c.Rows] {
			t.Errorf("%s has %d steps, and had %d", name, c.Steps, want.Steps)
		}
	}
	if n != 2 || strings.Count(p.Spec.Source, "[[counted]]") != 2 {
		t.Errorf("%d cells of\n%s", n, p.Spec.Source)
	}
	reader := &rowCounter{}
	if _, err := grid.NewPlan(again, reader); err != nil {
		t.Error(err)
	}
	if _, err := grid.NewPlan(again, &rowCounter{more: 1}); err == nil || !strings.Contains(err.Error(), "[[counted]] says that there are 100 rows to train on of rows.jsonl, and there are 101; take the table out") {
		t.Errorf("of other rows the error is %v", err)
	}
}

func TestWhatTakesThePlaceOfStepsReplacesThem(t *testing.T) {
	const text = "[fixed]\nsteps = 77\nwarmup = 7\n[grid]\nlr = [1e-3]\n[[arm]]\nname = 'given'\n[[arm]]\nname = 'by-epochs'\n[arm.fixed]\nepochs = 1\nwarmup_ratio = 0.5\nbatch = 10"
	cells, _ := counted(t, text)
	if p := cells["given/lr1e-3"]; p.Steps != 77 || p.Warmup != 7 {
		t.Errorf("an arm without has %d steps, and %d to warm up", p.Steps, p.Warmup)
	}
	if p := cells["by-epochs/lr1e-3"]; p.Steps != 10 || p.Warmup != 5 {
		t.Errorf("an arm with epochs has %d steps, and %d to warm up", p.Steps, p.Warmup)
	}
	set, _ := cellsWith(t, "name = 'x'\n[fixed]\nepochs = 3\n[grid]\nlr = [1e-3]", "steps=5")
	if p := set["lr1e-3"]; p.Steps != 5 || p.Epochs != 0 {
		t.Errorf("with --set steps=5 a run has %d steps and %v epochs", p.Steps, p.Epochs)
	}
}

func TestStepsThatCannotBeWorkedOutAreRefused(t *testing.T) {
	both := "[fixed]\nepochs = 2\nsteps = 5\n[grid]\nlr = [1]"
	if _, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+both), "grid.toml"); err == nil || !strings.Contains(err.Error(), "fixed.epochs stands beside steps, which it decides; keep one of the two") {
		t.Errorf("with steps the error is %v", err)
	}
	for name, c := range map[string]struct {
		text, want string
		inspector  sweep.Inspector
	}{
		"nobody counts":       {"[fixed]\nepochs = 2\n[grid]\nlr = [1]", "epochs: nobody counts the rows here; set steps", &inspector{}},
		"rows of no use":      {"[fixed]\nepochs = 2\n[grid]\nlr = [1]", "no such rows", &rowCounter{err: errors.New("no such rows")}},
		"too many":            {"[fixed]\nepochs = 1e6\nbatch = 1\nrows = 1000000\n[grid]\nlr = [1]", "makes steps 1e12, which is out of bounds; allowed: an integer from 1 to", &rowCounter{}},
		"a warm-up too long":  {"[fixed]\nepochs = 1\nbatch = 10\nwarmup = 11\n[grid]\nlr = [1]", "fixed.warmup exceeds steps: 11 > 10", &rowCounter{}},
		"a formula of itself": {"[fixed]\nepochs = 1\n[grid]\nlr = [1]\n[derive]\nbatch = \"steps\"", "depends on itself", &rowCounter{}},
	} {
		spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "grid.toml")
		if err == nil {
			_, err = grid.NewPlan(spec, c.inspector)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error is %v\nwant one with %s", name, err, c.want)
		}
	}
}

func TestRowsAreCountedOnceForRunsThatReadTheSame(t *testing.T) {
	reader := &rowCounter{}
	if _, err := grid.NewPlan(decode(t, "name = 'x'\n[fixed]\nbatch = 10\nepochs = 1\n[grid]\ndata = ['a.jsonl', 'b.jsonl']\nlr = [1e-3, 1e-2]\nseed = [0, 1]"), reader); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, data := range reader.asked {
		count[data]++
	}
	if len(count) != 2 || count["a.jsonl"] > 3 || count["b.jsonl"] > 3 {
		t.Errorf("asked %v", count)
	}
}
