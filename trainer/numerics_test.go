package trainer

import (
	"os"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer/pretrained"
)

// TestOnlyWhatVersion2ChangedIsOfVersion2 holds the version of a run's
// arithmetic, and so its identity, to what it reads. The tokenizer puts token 1
// before a text.
func TestOnlyWhatVersion2ChangedIsOfVersion2(t *testing.T) {
	const text, tokens = `{"text": "a word"}`, `{"input_ids": [5, 6, 7, 9], "labels": [5, 6, 7, 9]}`
	for name, c := range map[string]struct {
		bos, eos, pad int
		method, rows  string
		want          int
	}{
		"BOS as in the configuration":        {1, 0, -1, "lora", text, 1},
		"another BOS":                        {3, 0, -1, "lora", text, 2},
		"no BOS in the configuration":        {-1, 0, -1, "lora", text, 2},
		"another BOS, but tokens":            {3, 0, -1, "lora", tokens, 1},
		"a text that writes out its BOS":     {1, 0, -1, "lora", `{"text": "<|start|>a word"}`, 2},
		"a text that writes out its EOS":     {1, 0, -1, "lora", `{"text": "a word<|end|>"}`, 2},
		"a special token in the midst":       {1, 0, -1, "lora", `{"text": "a <|start|> word"}`, 1},
		"no EOS":                             {1, -1, -1, "lora", text, 1},
		"a padding token among the rows":     {1, 0, 6, "full", tokens, 2},
		"a padding token that is only label": {1, 0, 9, "full", tokens, 1},
		"a padding token that is not there":  {1, 0, 3, "full", tokens, 1},
		"a padding token without a gradient": {1, 0, 6, "lora", tokens, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := tinyParams(c.method)
			p.Model, p.Data = modelWithTokenizer(t, c.bos, c.eos, c.pad), filepath.Join(t.TempDir(), "rows.jsonl")
			if err := os.WriteFile(p.Data, []byte(c.rows), 0o600); err != nil {
				t.Fatal(err)
			}
			wantNumerics(t, p, c.want)
		})
	}
	t.Run("a checkpoint that contradicts itself", func(t *testing.T) {
		p := tinyParams("lora")
		p.Model = filepath.Join("testdata", "peft", "contradictory")
		p.Data = filepath.Join(p.Model, "rows.jsonl")
		wantNumerics(t, p, 2)
	})
}

func wantNumerics(t *testing.T, p sweep.Params, want int) {
	t.Helper()
	p.Holdout = 0
	trainer := New(Options{})
	in, err := trainer.Inspect(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := trainer.session(p)
	if err != nil {
		t.Fatal(err)
	}
	if in.Numerics != want || s.numerics != want {
		t.Errorf("version %d, its states' %d, want %d", in.Numerics, s.numerics, want)
	}
	notes, err := trainer.Notes(p)
	if err != nil || (len(notes) > 0) != (want == 2) {
		t.Errorf("version %d, but the notes are %q, %v", want, notes, err)
	}
}

// modelWithTokenizer writes a random model with a tokenizer as Llama 3 has.
func modelWithTokenizer(t *testing.T, bos, eos, pad int) string {
	t.Helper()
	tokenizer, err := os.ReadFile(filepath.Join("tokenizer", "testdata", "tokenizers", "llama3.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := shapes["grouped queries, untied"]
	c.Vocab, c.BOS, c.EOS, c.Pad = 562, bos, eos, pad
	dir := t.TempDir()
	if err := pretrained.Write(dir, c, randomTensors(c), "F32", tokenizer); err != nil {
		t.Fatal(err)
	}
	return dir
}
