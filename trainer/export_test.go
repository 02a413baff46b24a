package trainer_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/adapter"
	"sweep/trainer/pretrained"
)

func TestAnExportedAdapterIsReadBackToTheBit(t *testing.T) {
	const model = "builtin/tiny"
	base, err := pretrained.Open(model)
	if err != nil {
		t.Fatal(err)
	}
	for scaling, want := range map[string]adapter.Adapter{
		"alpha/r":       {Alpha: 6},
		"alpha/sqrt(r)": {Alpha: 6, RSLoRA: true},
		"alpha":         {Alpha: 24},
	} {
		p := builtinParams()
		p.Model, p.R, p.Alpha, p.Scaling, p.Targets = model, 4, 6, scaling, []string{"k_proj", "up_proj"}
		outcome := train(t, trainer.New(trainer.Options{}), p)
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := trainer.WriteAdapter(trainer.Export{Dir: dir, Result: sweep.Result{Run: sweep.Run{Params: p}, Outcome: outcome}, Base: "base"}); err != nil {
			t.Fatal(err)
		}
		got, err := adapter.Read(dir, base.Config)
		if err != nil {
			t.Fatal(err)
		}
		if got.R != 4 || got.Alpha != want.Alpha || got.RSLoRA != want.RSLoRA || strings.Join(got.Targets, " ") != "k_proj up_proj" {
			t.Errorf("%s: read r %d, alpha %v, rslora %v, targets %v", scaling, got.R, got.Alpha, got.RSLoRA, got.Targets)
		}
		if encoded, err := adapter.Encode(got); err != nil || !bytes.Equal(encoded, outcome.Adapter) {
			t.Errorf("%s: other factors than were trained, %v", scaling, err)
		}
	}
}

func TestARunWithoutAnAdapterIsNotExported(t *testing.T) {
	full := sweep.Result{Outcome: sweep.Outcome{State: sweep.StateDone}}
	full.Params.Method = "full"
	for want, r := range map[string]sweep.Result{
		"it trained the whole model": full,
		"it is diverged":             {Outcome: sweep.Outcome{State: sweep.StateDiverged}},
	} {
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := trainer.WriteAdapter(trainer.Export{Dir: dir, Result: r, Base: "base"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
