package main

import (
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
)

func TestEveryExperimentParsesAndOpensWithItsQuestion(t *testing.T) {
	files, err := filepath.Glob("../../experiments/*.toml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d experiments, %v", len(files), err)
	}
	for _, file := range files {
		spec, err := sweep.ParseSpec(file)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, word := range []string{"Prediction:", "Refuted if"} {
			head, _, _ := strings.Cut(spec.Source, "\nname")
			if !strings.HasPrefix(head, "#") || !strings.Contains(head, word) {
				t.Errorf("%s does not open with a comment that says %q", file, word)
			}
		}
	}
}
