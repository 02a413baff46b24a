package trainer

import (
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/adapter"
)

// TestCompletesAsTransformersAndPEFTDo holds greedy completions to those that
// testdata/generate/make.py recorded, of a model alone and with an adapter.
func TestCompletesAsTransformersAndPEFTDo(t *testing.T) {
	var golden []struct {
		Case                  string
		Prompt, Base, Adapter []int32
	}
	readGolden(t, filepath.Join("generate", "golden.json"), &golden)
	tr := New(Options{})
	for _, g := range golden {
		dir := filepath.Join("testdata", "peft", g.Case)
		var run struct{ Params sweep.Params }
		readGolden(t, filepath.Join("peft", g.Case, "golden.json"), &run)
		b, err := tr.base(dir)
		if err != nil {
			t.Fatal(err)
		}
		trained, err := adapter.Read(filepath.Join(dir, "adapter"), b.Config)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := adapter.Encode(trained)
		if err != nil {
			t.Fatal(err)
		}
		r := sweep.Result{Run: sweep.Run{Params: run.Params, Inputs: sweep.Inputs{Model: b.hash}}, Outcome: sweep.Outcome{State: sweep.StateDone, Adapter: encoded}}
		r.Params.Model = dir
		for base, want := range map[bool][]int32{true: g.Base, false: g.Adapter} {
			s := sweep.Sampling{Base: base, MaxTokens: len(want)}
			got, err := tr.Complete(t.Context(), r, []sweep.Prompt{{Tokens: g.Prompt}}, s)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got[0].Tokens, want) {
				t.Errorf("%s, base alone %t: %v is followed by\n%v, want\n%v", g.Case, base, g.Prompt, got[0].Tokens, want)
			}
		}
	}
}
