package trainer

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
)

// TestARunEndsWithTheLossOfEachHeldOutRow evaluates rows of several lengths, of which
// only a part counts, and each of them alone.
func TestARunEndsWithTheLossOfEachHeldOutRow(t *testing.T) {
	for _, capacity := range []string{"one batch", "two batches"} {
		p := tinyParams("lora")
		if capacity == "two batches" {
			p.Batch = 1
		}
		c := writeModel(t, shapes[groupedQueries])
		s := newTestSession(t, c, kernel.Best(), p)
		o, err := s.run(t.Context(), sweep.Observer(func(sweep.Point) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		if mean := sweep.MeanRowLoss(o.RowLosses); math.Abs(mean/o.EvalLoss-1) > 1e-12 {
			t.Errorf("%s: rows of mean loss %v, want the evaluation's, %v", capacity, mean, o.EvalLoss)
		}
		rows := raggedBatch(c.Config)
		if len(o.RowLosses) != len(rows) {
			t.Fatalf("%s: %d row losses, want %d", capacity, len(o.RowLosses), len(rows))
		}
		for i, row := range rows {
			s.pass.load(data.Concat([]data.Example{row}), false)
			nats, tokens, err := s.model.evaluate(t.Context(), s.pass)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := o.RowLosses[i], (sweep.RowLoss{Nats: nats, Tokens: tokens}); got != want {
				t.Errorf("%s: row %d has loss %v, alone %v", capacity, i, got, want)
			}
		}
	}
}

func TestOnlyARunThatWasEvaluatedAtItsEndHasRowLosses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sweep.Params)
		rows   bool
	}{
		"done":                     {func(*sweep.Params) {}, true},
		"nothing held out":         {func(p *sweep.Params) { p.Holdout = 0 }, false},
		"diverged at the end":      {func(p *sweep.Params) { p.LR = 1e18 }, true},
		"diverged half-way":        {func(p *sweep.Params) { p.Optimizer, p.LR = "sgd", 1e38 }, false},
		"diverged, then evaluated": {func(p *sweep.Params) { p.Optimizer, p.LR, p.EvalEvery = "sgd", 1e38, 1 }, true},
	} {
		p := tinyParams("lora")
		c.change(&p)
		_, o := trainTiny(t, kernel.Best(), p)
		if has := o.RowLosses != nil; has != c.rows || has != o.Evaluated {
			t.Errorf("%s: row losses %v, evaluated %t; want rows: %t", name, o.RowLosses, o.Evaluated, c.rows)
		}
		if mean := sweep.MeanRowLoss(o.RowLosses); finite(o.EvalLoss) && math.Abs(mean/o.EvalLoss-1) > 1e-12 {
			t.Errorf("%s: rows of mean loss %v, want %v", name, mean, o.EvalLoss)
		}
	}
}

func TestRowLossesAreTheSameOnEveryInstructionSet(t *testing.T) {
	_, want := trainTiny(t, kernel.Best(), tinyParams("lora"))
	for _, k := range kernel.All() {
		if _, got := trainTiny(t, k, tinyParams("lora")); !reflect.DeepEqual(got.RowLosses, want.RowLosses) {
			t.Errorf("%s: %v, want %v", k.Name(), got.RowLosses, want.RowLosses)
		}
	}
}

// TestARunContinuedAfterItsLastStepHasTheSameRowLosses goes on from the last state, as
// after a crash between the last point and the outcome.
func TestARunContinuedAfterItsLastStepHasTheSameRowLosses(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	for name, change := range map[string]func(*sweep.Params){
		"done":     func(*sweep.Params) {},
		"diverged": func(p *sweep.Params) { p.Optimizer, p.LR, p.EvalEvery = "sgd", 1e38, 1 },
	} {
		p := tinyParams("lora")
		change(&p)
		n := &notebook{}
		_, want, err := trainUntil(t, c, p, n, endless)
		if err != nil || want.RowLosses == nil {
			t.Fatalf("%s: %+v, %v", name, want, err)
		}
		_, got, err := trainUntil(t, c, p, n, endless)
		if g, w := fmt.Sprint(got.RowLosses), fmt.Sprint(want.RowLosses); err != nil || g != w {
			t.Errorf("%s: row losses %s, want %s (%v)", name, g, w, err)
		}
	}
}
