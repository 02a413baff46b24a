package trainer_test

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
	"sweep/trainer"
)

// tiny is a run of a few steps on a model of two narrow layers, evaluated after
// its last update, so that its curve tells all that the updates did.
func tiny() sweep.Params {
	p := sweep.Defaults()
	dir := filepath.Join("testdata", "peft", "gqa-untied")
	p.Model, p.Data = dir, filepath.Join(dir, "rows.jsonl")
	p.DataEval = p.Data
	p.Steps, p.Batch, p.Seq, p.LR = 4, 2, 32, 1e-2
	p.Inherit()
	return p
}

// fromAdapter starts a run from an adapter on disk, of its settings.
func fromAdapter(p *sweep.Params) {
	p.Adapter, p.R, p.Targets = filepath.Join("testdata", "peft", "gqa-untied", "adapter"), 4, []string{"q_proj", "v_proj"}
}

// trained is what a run came to, to the bit.
type trained struct{ curve, adapter string }

func tinyRun(t rapid.TB, tr *trainer.Trainer, p sweep.Params) (key string, got trained) {
	in, err := tr.Inspect(p)
	if err != nil {
		t.Fatal(err)
	}
	outcome, err := tr.Train(context.Background(), sweep.Run{Params: p}, sweep.Observer(func(sweep.Point) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	return p.Key(in), trained{outcome.CurveHash, string(outcome.Adapter)}
}

// others are values of a parameter that differ from one another in what they do,
// where it does anything.
func others(name string) []any {
	switch name {
	case "holdout":
		return []any{0.3, 0.7}
	case "rows":
		return []any{0, 2, 3}
	case "long":
		return []any{"cut", "skip"}

	case "method":
		return []any{"lora", "full"}
	case "targets":
		return []any{[]string{"q_proj", "v_proj"}, []string{"v_proj"}, []string{`.*\.[qv]_proj`}, []string{"self_attn.q_proj", "v_proj"}}
	case "rank_pattern":
		return []any{map[string]float64(nil), map[string]float64{"v_proj": 2}}
	case "alpha_pattern":
		return []any{map[string]float64(nil), map[string]float64{"layers.1.*": 4}}
	case "r":
		return []any{3, 5}
	case "alpha":
		return []any{16.0, 8.0}
	case "scaling":
		return []any{"alpha/r", "alpha/sqrt(r)", "alpha"}
	case "init":
		return []any{"kaiming", "gaussian", "swapped", "both"}
	case "init_std":
		return []any{0.0, 0.3}
	case "optimizer":
		return []any{"adamw", "sgd", "adam"}
	case "lr", "lr_a", "lr_b":
		return []any{1e-2, 3e-2}
	case "momentum":
		return []any{0.5, 0.9}
	case "accumulate":
		return []any{1, 2}
	case "nesterov", "shuffle", "packing":
		return []any{false, true}
	case "beta1", "beta2", "dropout":
		return []any{0.0, 0.5, 0.9}
	case "eps", "eps_a", "eps_b", "weight_decay", "weight_decay_a", "weight_decay_b":
		return []any{0.0, 0.5}
	case "clip":
		return []any{0.0, 1e-2}
	case "schedule":
		return []any{"constant", "linear", "cosine"}
	case "warmup":
		return []any{0, 1, 3}
	case "steps":
		return []any{1, 2, 4}
	case "batch":
		return []any{2, 3}
	case "seq":
		return []any{32, 40}
	case "eval_every":
		return []any{0, 1, 3, 9}
	case "eval":
		return []any{[]string{"loss"}, []string{"loss", "match"}}
	case "seed":
		return []any{0, 1}
	case "dtype":
		return []any{"float32", "bfloat16", "int8", "int4", "nf4"}
	default: // paths, and loss_on, which leaves rows of tokens as they are
		return nil
	}
}

// drawTiny draws settings that a grid may have.
func drawTiny(t *rapid.T) sweep.Params {
	p := tiny()
	p.Adapter = ""
	if rapid.Bool().Draw(t, "from an adapter") {
		fromAdapter(&p)
	}
	for _, q := range sweep.Parameters() {
		held := p.Adapter != "" && slices.Contains([]string{"method", "r", "rank_pattern", "targets"}, q.Name)
		if values := others(q.Name); values != nil && !held && rapid.Bool().Draw(t, q.Name+" set") {
			q.Set(&p, rapid.SampledFrom(values).Draw(t, q.Name))
		}
	}
	for _, rate := range []*float64{&p.LRA, &p.LRB} {
		if rapid.IntRange(0, 4).Draw(t, "frozen") == 0 {
			*rate = 0
		}
	}
	sound(&p)
	return p
}

// sound mends what the language of grids refuses.
func sound(p *sweep.Params) {
	p.Warmup = min(p.Warmup, p.Steps)
	p.Nesterov = p.Nesterov && p.Optimizer == "sgd" && p.Momentum > 0
	if p.Method == "full" {
		p.DType = "float32"
	}
}

// TestRunsOfOneKeyAreOneRunToTheBit changes one setting at a time: what leaves
// the key as it is must leave the curve and the adapter, and what is said to be
// unused must leave the key.
func TestRunsOfOneKeyAreOneRunToTheBit(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	rapid.Check(t, func(t *rapid.T) {
		p := drawTiny(t)
		key, want := tinyRun(t, tr, p)
		for _, q := range sweep.Parameters() {
			other := p
			values := others(q.Name)
			if rapid.IntRange(0, 3).Draw(t, "change") > 0 || values == nil || p.Adapter != "" && slices.Contains([]string{"method", "r", "rank_pattern", "targets"}, q.Name) {
				continue
			}
			q.Set(&other, rapid.SampledFrom(values).Draw(t, "other "+q.Name))
			sound(&other)
			if otherKey, got := tinyRun(t, tr, other); otherKey == key && got != want {
				t.Errorf("%s = %v makes another run of the same key than %v", q.Name, q.Value(other), q.Value(p))
			}
		}
	})
}

// TestASettingThatIsNotUnusedChangesTheRun is the other half: where a parameter
// is said to act it does.
func TestASettingThatIsNotUnusedChangesTheRun(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	adam := func(*sweep.Params) {}
	sgd := func(p *sweep.Params) { p.Optimizer, p.Momentum, p.LRA, p.LRB = "sgd", 0.5, 1, 1 }
	full := func(p *sweep.Params) { p.Method = "full" }
	fullSGD := func(p *sweep.Params) { p.Method, p.Optimizer = "full", "sgd" }
	held := func(p *sweep.Params) { p.DataEval = ""; p.Holdout = 0.3 }
	dropout := func(p *sweep.Params) { fromAdapter(p); p.Shuffle, p.Dropout = false, 0.5 }
	adapter := func(p *sweep.Params) { fromAdapter(p); p.Shuffle = false }
	for name, set := range map[string]func(*sweep.Params){
		"adam": adam, "sgd": sgd, "full": full, "full by sgd": fullSGD, "held out": held, "adapter": adapter, "dropout": dropout,
	} {
		t.Run(name, func(t *testing.T) {
			p := tiny()
			set(&p)
			_, base := tinyRun(t, tr, p)
			for _, q := range sweep.Parameters() {
				unused := q.Unused(p)
				values := others(q.Name)
				refused := q.Name == "nesterov" && unused == "" && p.Momentum == 0 || q.Name == "dtype" && p.Method == "full" || p.Adapter != "" && slices.Contains([]string{"method", "r", "rank_pattern"}, q.Name)
				if values == nil || refused || q.Name == "method" {
					continue
				}
				other := p
				for _, v := range values {
					if q.Set(&other, v); !reflect.DeepEqual(v, q.Value(p)) {
						break
					}
				}
				if _, got := tinyRun(t, tr, other); (got == base) != (unused != "") {
					t.Errorf("%s = %v in place of %v: unused %q, and the run is the same: %v", q.Name, q.Value(other), q.Value(p), unused, got == base)
				}
			}
		})
	}
}
