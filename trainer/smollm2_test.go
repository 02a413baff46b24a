//go:build smollm2

package trainer

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
)

// TestSmolLM2ComputesAsInTransformers holds token ids, the base model's losses
// and its next tokens to those of transformers (testdata/smollm2/make.py). The
// environment variable SWEEP_SMOLLM2 names the GGUF file.
func TestSmolLM2ComputesAsInTransformers(t *testing.T) {
	var golden struct {
		Rows []struct {
			InputIDs []int32 `json:"input_ids"`
			Counted  int
			Loss     float64
		}
		BatchLoss float64 `json:"batch_loss"`
		Next      []struct {
			Prompt string
			Token  int32
		}
	}
	readGolden(t, filepath.Join("smollm2", "golden.json"), &golden)
	p := sweep.Defaults()
	p.Model, p.Data = os.Getenv("SWEEP_SMOLLM2"), filepath.Join("testdata", "smollm2", "rows.jsonl")
	p.Holdout, p.Shuffle, p.Batch = 0, false, 4
	tr := New(Options{})
	s, err := tr.session(p)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range golden.Rows {
		row := s.rows.train[i]
		if !slices.Equal(row.Tokens, want.InputIDs[:len(row.Tokens)]) || row.Size != len(want.InputIDs) {
			t.Errorf("row %d: ids %v, want %v", i, row.Tokens, want.InputIDs)
		}
		loss, counted := evaluateBatch(t, s, row)
		near(t, "row's loss", loss, want.Loss, 1e-4, 0)
		near(t, "counted tokens", float64(counted), float64(want.Counted), 0, 0)
	}
	loss, _ := evaluateBatch(t, s, s.rows.train[:4]...)
	near(t, "batch's loss", loss, golden.BatchLoss, 1e-4, 0)
	base, err := tr.base(p.Model)
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := base.Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range golden.Next {
		ids, err := tokenizer.Encode(next.Prompt)
		if err != nil {
			t.Fatal(err)
		}
		if got := mostLikely(t, s, ids); got != next.Token {
			t.Errorf("after %q comes token %d, want %d", next.Prompt, got, next.Token)
		}
	}
}

func evaluateBatch(t *testing.T, s *session, rows ...data.Example) (loss float64, counted int) {
	t.Helper()
	s.pass.load(data.Concat(rows), false)
	sum, counted, err := s.model.evaluate(t.Context(), s.pass)
	if err != nil {
		t.Fatal(err)
	}
	return sum / float64(counted), counted
}

// mostLikely is the token of the largest logit after ids.
func mostLikely(t *testing.T, s *session, ids []int32) int32 {
	t.Helper()
	targets := slices.Repeat([]int32{-1}, len(ids))
	targets[len(ids)-1] = 0
	evaluateBatch(t, s, data.Example{Tokens: ids, Targets: targets})
	best := int32(0)
	for token, logit := range s.model.head.logits[:s.model.head.vocab] {
		if logit > s.model.head.logits[best] {
			best = int32(token)
		}
	}
	return best
}
