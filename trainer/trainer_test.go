package trainer_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/kernel"
)

// builtinParams is a short run of the built-in model on the built-in rows.
func builtinParams() sweep.Params {
	p := sweep.Defaults()
	p.Steps, p.Batch, p.Holdout = 3, 2, 0.01
	return p
}

func train(t *testing.T, tr *trainer.Trainer, p sweep.Params) sweep.Outcome {
	t.Helper()
	outcome, err := tr.Train(context.Background(), sweep.Run{Params: p}, sweep.Observer(func(sweep.Point) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestTheSameRunGivesTheSameCurveInAnotherTrainerOnAnotherInstructionSet(t *testing.T) {
	p := builtinParams()
	p.Batch, p.Holdout, p.Data = 1, 0, filepath.Join(t.TempDir(), "rows.jsonl")
	if err := os.WriteFile(p.Data, []byte(`{"prompt": "two plus two is ", "completion": "four"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	want := train(t, trainer.New(trainer.Options{}), p)
	if want.State != sweep.StateDone || want.Steps != 3 || want.Loss >= want.FirstLoss {
		t.Fatalf("outcome %+v, want 3 steps that lower the loss", want)
	}
	for _, k := range kernel.All() {
		got := train(t, trainer.New(trainer.Options{Kernels: k}), p)
		if got.CurveHash != want.CurveHash || string(got.Adapter) != string(want.Adapter) {
			t.Errorf("%s: curve or adapter differs", k.Name())
		}
	}
}

func TestRunsAtTheSameTimeDoNotDisturbOneAnother(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	want, hashes := map[string]string{}, make(chan [2]string)
	for _, dtype := range []string{"float32", "bfloat16", "int8", "int4"} {
		p := builtinParams()
		p.DType = dtype
		want[dtype] = train(t, trainer.New(trainer.Options{}), p).CurveHash
	}
	for i := range 8 {
		p := builtinParams()
		p.DType = []string{"float32", "bfloat16", "int8", "int4"}[i%4]
		go func() {
			outcome, err := tr.Train(context.Background(), sweep.Run{Params: p}, sweep.Observer(func(sweep.Point) error { return nil }))
			if err != nil {
				t.Error(err)
			}
			hashes <- [2]string{p.DType, outcome.CurveHash}
		}()
	}
	for range 8 {
		if got := <-hashes; got[1] != want[got[0]] {
			t.Errorf("curve hash in %s differs from that of a run alone", got[0])
		}
	}
}

func TestADivergedRunHasNoAdapter(t *testing.T) {
	p := builtinParams()
	p.Optimizer, p.LR = "sgd", 1e38
	p.Inherit()
	if outcome := train(t, trainer.New(trainer.Options{}), p); outcome.State != sweep.StateDiverged || outcome.Adapter != nil {
		t.Errorf("state %s with an adapter of %d bytes, want diverged without one", outcome.State, len(outcome.Adapter))
	}
}

func TestARunThatOverflowedIsDivergedAndHasNoAdapter(t *testing.T) {
	for _, c := range []struct {
		steps       int
		lr, holdout float64
	}{{1, 1e38, 0}, {3, 1e30, 0}, {3, 1e30, 0.01}} {
		p := builtinParams()
		p.Steps, p.LR, p.Holdout = c.steps, c.lr, c.holdout
		p.Inherit()
		o := train(t, trainer.New(trainer.Options{}), p)
		if o.State != sweep.StateDiverged || o.Adapter != nil || o.Steps != c.steps || math.IsNaN(o.Loss) {
			t.Errorf("%d steps at lr %g, holdout %g: %s after %d steps with loss %v and an adapter of %d bytes, want diverged without one",
				c.steps, c.lr, c.holdout, o.State, o.Steps, o.Loss, len(o.Adapter))
		}
	}
}

// TestATrainedAdapterContinuesWhereItEnded takes nothing from the first run but
// what its adapter says.
func TestATrainedAdapterContinuesWhereItEnded(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	for name, change := range map[string]func(*sweep.Params){
		"as by default":          func(*sweep.Params) {},
		"another alpha":          func(p *sweep.Params) { p.R, p.Alpha = 4, 32 },
		"rsLoRA":                 func(p *sweep.Params) { p.Scaling = "alpha/sqrt(r)" },
		"alpha alone":            func(p *sweep.Params) { p.Scaling, p.Alpha = "alpha", 3 },
		"other targets":          func(p *sweep.Params) { p.Targets = []string{"o_proj", "down_proj"} },
		"with dropout":           func(p *sweep.Params) { p.Dropout = 0.25 },
		"both factors at random": func(p *sweep.Params) { p.Init = "both" },
	} {
		t.Run(name, func(t *testing.T) {
			p := tiny()
			change(&p)
			first := train(t, tr, p)
			on := tiny()
			on.Adapter = t.TempDir()
			if err := trainer.WriteAdapter(trainer.Export{Dir: on.Adapter, Result: sweep.Result{Run: sweep.Run{Params: p}, Outcome: first}, Base: "base"}); err != nil {
				t.Fatal(err)
			}
			own, err := tr.Adapter(on.Adapter)
			if err != nil || own.Dropout != p.Dropout {
				t.Fatalf("trained with %+v, %v; want dropout %v", own, err, p.Dropout)
			}
			on.R, on.Alpha, on.Scaling, on.Targets, on.Dropout = own.R, own.Alpha, own.Scaling, own.Targets, own.Dropout
			if second := train(t, tr, on); second.FirstLoss != first.EvalLoss {
				t.Errorf("starts at %v, want the loss it ended at, %v", second.FirstLoss, first.EvalLoss)
			}
			on.R++
			if _, err := tr.Inspect(on); err == nil || !strings.Contains(err.Error(), "they must be equal") {
				t.Errorf("r %d on an adapter of r %d: got %v", on.R, own.R, err)
			}
		})
	}
}

func TestInspectRefusesWhatCannotTrain(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		change func(*sweep.Params)
		want   string
	}{
		"no such built-in model":     {func(p *sweep.Params) { p.Model = "builtin:huge" }, "builtin:tiny"},
		"no such folder":             {func(p *sweep.Params) { p.Model = filepath.Join(dir, "none") }, "none"},
		"no such built-in rows":      {func(p *sweep.Params) { p.Data = "builtin:starters" }, "builtin:menus"},
		"more rows than there are":   {func(p *sweep.Params) { p.Rows = 4001 }, "choose rows <= 39"},
		"no such file":               {func(p *sweep.Params) { p.Data = filepath.Join(dir, "none.jsonl") }, "none.jsonl"},
		"a row that is not JSON":     {func(p *sweep.Params) { p.Data = file("bad.jsonl", "{\"text\": \"a\"}\nnonsense\n") }, "2"},
		"more tokens than positions": {func(p *sweep.Params) { p.Seq = 100_000 }, "seq"},
		"no such adapter":            {func(p *sweep.Params) { p.Adapter = filepath.Join(dir, "none") }, "none"},
		"no row with a prompt to complete": {func(p *sweep.Params) {
			p.Data, p.Eval = file("texts.jsonl", "{\"text\": \"ab\"}\n"), []string{"loss", "match"}
			p.DataEval = p.Data
		}, "has a prompt to complete"},
		"an adapter for full": {func(p *sweep.Params) { p.Adapter, p.Method = dir, "full" }, "full"},
	} {
		t.Run(name, func(t *testing.T) {
			p := builtinParams()
			c.change(&p)
			if _, err := trainer.New(trainer.Options{}).Inspect(p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error that says %q", err, c.want)
			}
		})
	}
}

func TestInspectIdentifiesContentNotPlace(t *testing.T) {
	rows := "{\"prompt\": \"a\", \"completion\": \"b\"}\n"
	inspect := func(rows string) sweep.Inputs {
		path := filepath.Join(t.TempDir(), "rows.jsonl")
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
		p := builtinParams()
		p.Data, p.Holdout = path, 0
		in, err := trainer.New(trainer.Options{}).Inspect(p)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	here, there := inspect(rows), inspect(rows)
	if here != there {
		t.Error("the same rows in another folder are taken for others")
	}
	if here == inspect(rows+rows) {
		t.Error("other rows are taken for the same")
	}
}
