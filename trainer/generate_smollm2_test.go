//go:build smollm2

package trainer

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
)

// TestSmolLM2CompletesAsInTransformers holds what the base model says after texts to
// what testdata/generate/make.py recorded of the same GGUF file.
func TestSmolLM2CompletesAsInTransformers(t *testing.T) {
	var golden []struct {
		Prompt    string
		IDs, Said []int32
		Text      string
	}
	readGolden(t, filepath.Join("generate", "smollm2.json"), &golden)
	tr := New(Options{})
	r := sweep.Result{Run: sweep.Run{Params: sweep.Defaults()}}
	r.Params.Model = os.Getenv("SWEEP_SMOLLM2")
	b, err := tr.base(r.Params.Model)
	if err != nil {
		t.Fatal(err)
	}
	r.Inputs.Model = b.hash
	for _, g := range golden {
		prompt, err := tr.Prompt(r.Params, g.Prompt, false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tr.Complete(t.Context(), r, []sweep.Prompt{prompt}, sweep.Sampling{Base: true, MaxTokens: len(g.Said)})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(prompt.Tokens, g.IDs) || !slices.Equal(got[0].Tokens, g.Said) || got[0].Text != g.Text {
			t.Errorf("%q, tokens %v, is followed by\n%q, tokens %v; want\n%q, tokens %v", g.Prompt, prompt.Tokens, got[0].Text, got[0].Tokens, g.Text, g.Said)
		}
	}
}
