package trainer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
)

func TestABenchmarkMeasuresWhatTrainingDoes(t *testing.T) {
	p := sweep.Defaults()
	p.Batch, p.Seq = 2, 16
	tr := New(Options{})
	b, err := tr.Bench(t.Context(), Bench{Params: p, Shape: "2x64", Workers: 2, For: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	m, err := openDrawn("2x64")
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, m)
	weights := 0
	for _, name := range m.Names() {
		x, err := m.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		weights += len(x)
	}
	if b.Weights != weights {
		t.Errorf("%d weights, want %d", b.Weights, weights)
	}
	if tokens := 2 * 2 * 16 / b.StepTime.Seconds(); !(b.TokensPerSecond > tokens/2 && b.TokensPerSecond < 2*tokens) {
		t.Errorf("%v tokens a second, though steps of two runs take %v", b.TokensPerSecond, b.StepTime)
	}
	if !(b.Operations > 0 && b.Peak > 0 && b.RunBytes > 0 && b.ModelBytes > int64(4*weights)) {
		t.Errorf("figures are %+v", b)
	}
	for _, phase := range b.Phases {
		if phase.Time <= 0 {
			t.Errorf("%s takes %v", phase.Name, phase.Time)
		}
	}
	longest := slices.MaxFunc(b.Phases, func(a, b PhaseTime) int { return int(a.Time - b.Time) })
	if longest.Name != "head" { // 32,000 tokens over a width of 64
		t.Errorf("most of the time goes to %s, want the head", longest.Name)
	}
}

func TestABenchmarkOfABuiltInModelReadsNoRows(t *testing.T) {
	p := sweep.Defaults()
	p.Model, p.Data, p.Batch, p.Seq = "builtin:tiny", "nowhere.jsonl", 1, 8
	b, err := New(Options{}).Bench(t.Context(), Bench{Params: p, Workers: 1, For: 10 * time.Millisecond})
	if err != nil || b.Weights < 800_000 {
		t.Errorf("%+v (%v)", b, err)
	}
}

func TestABenchmarkThatCannotBeIsRefused(t *testing.T) {
	p := sweep.Defaults()
	tr := New(Options{})
	for want, b := range map[string]Bench{
		"0 workers":   {Params: p, Shape: "1x64"},
		"no_such":     {Params: targeting(p, "no_such"), Shape: "1x64", Workers: 1},
		"shape \"8\"": {Params: p, Shape: "8", Workers: 1},
	} {
		if _, err := tr.Bench(t.Context(), b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tr.Bench(ctx, Bench{Params: p, Shape: "1x64", Workers: 1, For: time.Hour}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// targeting is p with a module that LoRA adapts.
func targeting(p sweep.Params, module string) sweep.Params {
	p.Targets = []string{module}
	return p
}
