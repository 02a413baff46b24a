package tokenizer

import (
	"os"
	"path/filepath"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

// realFolder names the folder of real tokenizers that testdata/make_ids.py has
// read.
const realFolder = "SWEEP_TOKENIZERS"

// realTokenizers calls each for every tokenizer of the folder.
func realTokenizers(t testing.TB, each func(name, folder string)) {
	t.Helper()
	root := os.Getenv(realFolder)
	if root == "" {
		t.Skip(realFolder + " names no folder of tokenizers")
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.IsDir() {
			each(entry.Name(), filepath.Join(root, entry.Name()))
		}
	}
}

// openReal reads the tokenizer of a folder, and the settings beside it. They are
// applied to a tokenizer.model alone, which has no special tokens without them.
func openReal(t testing.TB, folder string) (*Tokenizer, Settings) {
	t.Helper()
	var settings Settings
	if data, err := os.ReadFile(filepath.Join(folder, "tokenizer_config.json")); err == nil {
		if settings, err = ParseSettings(data); err != nil {
			t.Fatal(err)
		}
	}
	var tokenizer *Tokenizer
	data, err := os.ReadFile(filepath.Join(folder, "tokenizer.json"))
	if err == nil {
		tokenizer, err = Parse(data)
	} else if data, err = os.ReadFile(filepath.Join(folder, "tekken.json")); err == nil {
		tokenizer, err = ParseTekken(data)
	} else if data, err = os.ReadFile(filepath.Join(folder, "tokenizer.model")); err == nil {
		if tokenizer, err = ParseModel(data, settings); err == nil {
			_, err = tokenizer.Apply(settings)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer, settings
}

func TestRealTokenizersAgreeWithTheirLibraries(t *testing.T) {
	var texts []string
	realTokenizers(t, func(name, folder string) {
		if texts == nil {
			filetest.ReadJSON(t, filepath.Join(folder, "..", "texts.json"), &texts)
		}
		t.Run(name, func(t *testing.T) {
			tokenizer, settings := openReal(t, folder)
			var want []golden
			filetest.ReadJSON(t, filepath.Join(folder, "ids.json"), &want)
			if len(want) != len(texts) {
				t.Fatalf("%d goldens for %d texts", len(want), len(texts))
			}
			for i, text := range texts {
				compareGolden(t, tokenizer, text, want[i])
			}
			compareAround(t, tokenizer, settings, filepath.Join(folder, "around.json"))
		})
	})
}

// compareAround holds what goes around a text to what transformers puts there.
func compareAround(t *testing.T, tokenizer *Tokenizer, settings Settings, file string) {
	t.Helper()
	if _, err := tokenizer.Apply(settings); err != nil {
		t.Error(err)
	}
	var want struct{ Before, After []int32 }
	filetest.ReadJSON(t, file, &want)
	if got := tokenizer.Template(); !got.equal(Template(want)) {
		t.Errorf("%v goes around a text, want %v", got, want)
	}
}

// BenchmarkRealTokenizers encodes the texts of the folder over and over: compare
// tokens/s with those that testdata/make_ids.py prints.
func BenchmarkRealTokenizers(b *testing.B) {
	realTokenizers(b, func(name, folder string) {
		b.Run(name, func(b *testing.B) {
			var texts []string
			filetest.ReadJSON(b, filepath.Join(folder, "..", "texts.json"), &texts)
			tokenizer, _ := openReal(b, folder)
			tokens := 0
			for b.Loop() {
				for _, text := range texts {
					ids, err := tokenizer.Encode(text)
					if err != nil {
						b.Fatal(err)
					}
					tokens += len(ids)
				}
			}
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds(), "tokens/s")
		})
	})
}
