package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/trainer/builtin"
)

// shortCorpus is the beginning of the corpus.
func shortCorpus(t *testing.T) []byte {
	t.Helper()
	corpus, err := builtin.Corpus()
	if err != nil {
		t.Fatal(err)
	}
	return head(corpus, 100)
}

func TestPretrainingGivesTheSameBytesAgain(t *testing.T) {
	p := recipe()
	p.Steps, p.Batch, p.Warmup, p.EvalEvery = 2, 2, 1, 1
	first, second := filepath.Join(t.TempDir(), "tiny"), filepath.Join(t.TempDir(), "tiny")
	for _, dir := range []string{first, second} {
		var told strings.Builder
		if err := pretrain(context.Background(), dir, shortCorpus(t), p, &told); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(told.String(), "step    0  menus 5.") || !strings.Contains(told.String(), "step    2  menus ") {
			t.Errorf("it told\n%s", &told)
		}
	}
	for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json"} {
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs; errors %v, %v", name, errA, errB)
		}
	}
}

func TestADivergingPretrainingWritesNothing(t *testing.T) {
	p := recipe()
	p.Steps, p.Batch, p.Warmup, p.LR, p.Clip = 8, 2, 0, 1e30, 0
	dir := filepath.Join(t.TempDir(), "tiny")
	err := pretrain(context.Background(), dir, shortCorpus(t), p, &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "lower the learning rate") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}
