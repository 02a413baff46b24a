package trainer_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
)

// tuned trains a run of tiny with ranks and alphas of some modules, to be merged.
func tuned(t *testing.T, tr *trainer.Trainer, change func(*sweep.Params)) sweep.Result {
	t.Helper()
	p := tiny()
	p.Targets = []string{`.*layers\.\d\.(self_attn\.[qo]_proj|mlp\.\w+_proj)`}
	p.RankPattern, p.AlphaPattern = map[string]float64{"down_proj": 3}, map[string]float64{"layers.0.*": 5}
	change(&p)
	in, err := tr.Inspect(p)
	if err != nil {
		t.Fatal(err)
	}
	return sweep.Result{Run: sweep.Run{Name: "run", Params: p, Inputs: in}, Outcome: train(t, tr, p)}
}

// lossOf is the loss of a model on the rows of a run, before any training.
func lossOf(t *testing.T, tr *trainer.Trainer, model string, p sweep.Params) float64 {
	t.Helper()
	p.Model, p.Steps = model, 1
	return train(t, tr, p).FirstLoss
}

func TestAMergedModelHasTheLossOfItsAdapter(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*sweep.Params)
		merge  trainer.Merge
		files  string
		within float64
	}{
		"one file":       {func(*sweep.Params) {}, trainer.Merge{}, "README.md config.json model.safetensors", 1e-6},
		"rsLoRA, shards": {func(p *sweep.Params) { p.Scaling = "alpha/sqrt(r)" }, trainer.Merge{Shard: 100e3}, "README.md config.json model-00001-of-00003.safetensors model-00002-of-00003.safetensors model-00003-of-00003.safetensors model.safetensors.index.json", 1e-6},
		"alpha alone":    {func(p *sweep.Params) { p.Scaling, p.Alpha = "alpha", 2 }, trainer.Merge{DType: "bfloat16"}, "README.md config.json model.safetensors", 1e-2},
		"the built-in":   {func(p *sweep.Params) { p.Model = "builtin:tiny" }, trainer.Merge{DType: "float16"}, "README.md config.json model.safetensors tokenizer.json", 1e-3},
	} {
		t.Run(name, func(t *testing.T) {
			tr := trainer.New(trainer.Options{})
			m := c.merge
			m.Export = trainer.Export{Dir: filepath.Join(t.TempDir(), "merged"), Result: tuned(t, tr, c.change), Card: "card"}
			tokenizer, err := tr.WriteMerged(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			if files := strings.Join(namesIn(t, m.Dir), " "); files != c.files || tokenizer != strings.Contains(c.files, "tokenizer") {
				t.Errorf("the folder has %s, a tokenizer: %t; want %s", files, tokenizer, c.files)
			}
			got, want := lossOf(t, tr, m.Dir, m.Result.Params), m.Result.EvalLoss
			if math.Abs(got-want) > c.within*want || want > 0.95*m.Result.FirstLoss {
				t.Errorf("the loss is %v, of the adapter %v, before training %v", got, want, m.Result.FirstLoss)
			}
			before := contentOf(t, m.Dir)
			if _, err := tr.WriteMerged(t.Context(), m); err == nil || !strings.Contains(err.Error(), "is there already") || contentOf(t, m.Dir) != before {
				t.Errorf("written over itself: %v", err)
			}
		})
	}
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func contentOf(t *testing.T, dir string) (text string) {
	t.Helper()
	for _, name := range namesIn(t, dir) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		text += name + string(data)
	}
	return text
}

func TestAMergedModelIsWrittenWholeOrNotAtAll(t *testing.T) {
	tr := trainer.New(trainer.Options{})
	whole := tuned(t, tr, func(*sweep.Params) {})
	interrupted, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx    context.Context
		change func(*trainer.Merge)
		want   string
	}{
		"interrupted":    {interrupted, func(*trainer.Merge) {}, "canceled"},
		"another model":  {t.Context(), func(m *trainer.Merge) { m.Result.Inputs.Model = "abc" }, "is not the one that run run trained on"},
		"another format": {t.Context(), func(m *trainer.Merge) { m.DType = "int8" }, `"int8"`},
		"no adapter":     {t.Context(), func(m *trainer.Merge) { m.Result.Adapter = nil }, "has no adapter"},
		"tiny shards":    {t.Context(), func(m *trainer.Merge) { m.Shard = 1 }, ""},
		"an overflow": {t.Context(), func(m *trainer.Merge) {
			m.DType, m.Result.Params.Alpha, m.Result.Params.AlphaPattern = "float16", 1e9, nil
		}, "cannot be stored as F16"},
	} {
		t.Run(name, func(t *testing.T) {
			m := trainer.Merge{Export: trainer.Export{Dir: filepath.Join(t.TempDir(), "merged"), Result: whole}}
			c.change(&m)
			_, err := tr.WriteMerged(c.ctx, m)
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if files := namesIn(t, m.Dir); len(files) > 0 {
				t.Errorf("it left %q", files)
			}
		})
	}
}
