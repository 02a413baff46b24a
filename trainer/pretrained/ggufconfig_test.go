package pretrained

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// convertedWith is a file of llama.cpp's converter with other metadata.
func convertedWith(t *testing.T, name string, metadata map[string]any) *tensorfile.GGUF {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "converted", name+".gguf"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory(name+".gguf", data))
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range metadata {
		g.Metadata[key] = value
	}
	return g
}

func TestEveryFamilyWithGGUFFilesHasOneOfLlamaCppsConverter(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "converted", "*.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		found = append(found, openTest(t, file).Config.Architecture)
	}
	for _, a := range architecture.All() {
		if a.GGUF.Name != "" && !slices.Contains(found, a.Name) {
			t.Errorf("no file is of a %s", a.Title)
		}
	}
}

func TestWindowsInGGUFAreOfTheLayersThatLlamaCppGivesThem(t *testing.T) {
	const pattern = "gemma3.attention.sliding_window_pattern"
	for name, c := range map[string]struct {
		metadata map[string]any
		want     []bool
	}{
		"unsaid":           {nil, []bool{true, true, true, true, true, false, true}},
		"each third":       {map[string]any{pattern: int64(3)}, []bool{true, true, false, true, true, false, true}},
		"all":              {map[string]any{pattern: int64(0)}, []bool{true, true, true, true, true, true, true}},
		"no window":        {map[string]any{"gemma3.attention.sliding_window": int64(0)}, nil},
		"a list":           {map[string]any{pattern: arrayOf(t, []int64{1, 0, 0, 0, 0, 1, 0})}, []bool{true, false, false, false, false, true, false}},
		"a list of no use": {map[string]any{pattern: arrayOf(t, []int64{0, 0, 0, 0, 0, 0, 0})}, make([]bool, 7)},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := configOf(convertedWith(t, "gemma3", c.metadata))
			if err != nil || !slices.Equal(got.Windowed, c.want) {
				t.Errorf("%v, %v, want %v", got.Windowed, err, c.want)
			}
		})
	}
	_, _, err := configOf(convertedWith(t, "gemma3", map[string]any{pattern: arrayOf(t, []int64{1, 0})}))
	filetest.Refused(t, err, "2 layers are described, but there are 7")
	got, _, err := configOf(convertedWith(t, "cohere2", map[string]any{"cohere2.attention.sliding_window": int64(128)}))
	if err != nil || got.Windowed != nil || !slices.Equal(got.Unturned, []bool{false, false, false, true, false}) {
		t.Errorf("a window of all positions: %v, unturned %v, %v", got.Windowed, got.Unturned, err)
	}
}

// arrayOf is an array of metadata as it is read.
func arrayOf(t *testing.T, values []int64) tensorfile.Array {
	t.Helper()
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory("x.gguf", tinyGGUF(filetest.Pair("x", values))))
	if err != nil {
		t.Fatal(err)
	}
	return g.Metadata["x"].(tensorfile.Array)
}

func TestWhatLlamaCppKnowsOfAModelByItsSizeIsRead(t *testing.T) {
	for name, layers := range map[string]int{"gemma2": 46, "gemma3": 62} {
		other, _, err := configOf(convertedWith(t, name, nil))
		if err != nil || other.AttentionScale != 0 {
			t.Errorf("%s: the scale of the attention is %v, %v", name, other.AttentionScale, err)
		}
		got, _, err := configOf(convertedWith(t, name, map[string]any{name + ".block_count": int64(layers)}))
		if want := 1 / math.Sqrt(4); err != nil || got.AttentionScale != want {
			t.Errorf("%s of %d layers: the scale of the attention is %v, %v, want %v", name, layers, got.AttentionScale, err, want)
		}
	}
}

func TestRelativesOfFamiliesInGGUFAreRefusedByName(t *testing.T) {
	for key, c := range map[string]struct {
		file  string
		value any
	}{
		"granite.rope.scaling.finetuned":      {"granite", false},
		"granite.deepstack_mapping":           {"granite", arrayOf(t, []int64{0})},
		"qwen3.attention.sliding_window":      {"qwen3", int64(4)},
		"olmo2.attention.clamp_kqv":           {"olmo2", 2.0},
		"gemma2.attention.key_length_swa":     {"gemma2", int64(4)},
		"command-r.attention.scale":           {"cohere", 2.0},
		"llama.rope.dimension_count":          {"llama", int64(2)},
		"phi3.attention.layer_norm_epsilon":   {"phi3", 1e-5},
		"smollm3.attention.temperature_scale": {"smollm3", 0.1},
	} {
		t.Run(key, func(t *testing.T) {
			_, _, err := configOf(convertedWith(t, c.file, map[string]any{key: c.value}))
			filetest.Refused(t, err, key)
		})
	}
}
