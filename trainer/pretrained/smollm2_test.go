//go:build smollm2

package pretrained

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

// SWEEP_SMOLLM2 names SmolLM2-135M-Instruct.Q4_1.gguf.
func openSmolLM2(t *testing.T) *Model {
	t.Helper()
	path := os.Getenv("SWEEP_SMOLLM2")
	if path == "" {
		t.Fatal("set SWEEP_SMOLLM2 to the path of SmolLM2-135M-Instruct.Q4_1.gguf")
	}
	return openTest(t, path)
}

type smolLM2Golden struct {
	Tensors map[string]string `json:"tensors"` // first 16 digits of the SHA-256
	Cases   []struct {
		Text string  `json:"text"`
		IDs  []int32 `json:"ids"`
	} `json:"cases"`
}

func TestSmolLM2TokenIDsAreThoseOfHuggingFace(t *testing.T) {
	var want smolLM2Golden
	filetest.ReadJSON(t, filepath.Join("testdata", "smollm2.golden.json"), &want)
	tokenizer, err := openSmolLM2(t).Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range want.Cases {
		ids, err := tokenizer.Encode(c.Text)
		if err != nil || !slices.Equal(ids, c.IDs) {
			t.Errorf("Encode(%q) = %v, %v, want %v", c.Text, ids, err, c.IDs)
		}
	}
	t.Logf("%d texts", len(want.Cases))
}

func TestSmolLM2TensorsAreThoseOfTransformers(t *testing.T) {
	var want smolLM2Golden
	filetest.ReadJSON(t, filepath.Join("testdata", "smollm2.golden.json"), &want)
	c := openSmolLM2(t)
	for _, name := range c.Names() {
		x, err := c.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := filetest.SumOf(x)[:16]; got != want.Tensors[name] {
			t.Errorf("%s has sum %s, want %s", name, got, want.Tensors[name])
		}
	}
	t.Logf("%d tensors", len(c.Names()))
}
