package llama

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAdaptersThatHoldMoreThanFactorsSaySo(t *testing.T) {
	base := openTest(t, filepath.Join("testdata", "checkpoints", "tied")).Config
	source := filepath.Join("testdata", "adapters", "qv")
	weights, err := os.ReadFile(filepath.Join(source, adapterWeightsFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, replacement, want string }{
		"a name in memory": {"0.self_attn.q_proj.lora_A.weight", "0.self_attn.q_proj.lora_A.default.weight", "save_pretrained"},
		"an embedding":     {"layers.0.self_attn.q_proj.lora_A.weight", "embed_tokens.weight", "embedding"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			copyFile(t, filepath.Join(source, adapterConfigFile), dir)
			text := strings.Replace(string(weights[8:8+binary.LittleEndian.Uint64(weights)]), c.old, c.replacement, 1)
			whole := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), []byte(text), weights[8+binary.LittleEndian.Uint64(weights):])
			if err := os.WriteFile(filepath.Join(dir, adapterWeightsFile), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadAdapter(dir, base)
			refused(t, err, c.want)
			if strings.Contains(err.Error(), "another model") {
				t.Errorf("error is %v", err)
			}
		})
	}
	t.Run("a .bin", func(t *testing.T) {
		dir := t.TempDir()
		copyFile(t, filepath.Join(source, adapterConfigFile), dir)
		if err := os.WriteFile(filepath.Join(dir, "adapter_model.bin"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := ReadAdapter(dir, base)
		refused(t, err, "adapter_model.bin", "safetensors")
	})
}

func copyFile(t *testing.T, from, dir string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(from)), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestANameOnTheHubSaysHowToDownloadIt(t *testing.T) {
	const hint = "hf download HuggingFaceTB/SmolLM2-135M --local-dir SmolLM2-135M"
	_, err := Open(filepath.Join(t.TempDir(), "HuggingFaceTB", "SmolLM2-135M"))
	refused(t, err, hint)
	_, err = ReadAdapter(filepath.Join(t.TempDir(), "HuggingFaceTB", "SmolLM2-135M"), Config{})
	refused(t, err, hint)
	if _, err = Open(filepath.Join(t.TempDir(), "SmolLM2-135M")); strings.Contains(err.Error(), "hf download") {
		t.Errorf("error is %v", err)
	}
}
