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

// openReal reads the tokenizer of a folder, without its tokenizer_config.json
// unless the tokenizer needs it.
func openReal(t testing.TB, folder string) *Tokenizer {
	t.Helper()
	for _, c := range []struct {
		file  string
		parse func(data []byte) (*Tokenizer, error)
	}{
		{"tokenizer.json", Parse},
		{"tekken.json", func(data []byte) (*Tokenizer, error) { return ParseTekken(data) }},
		{"tokenizer.model", func(data []byte) (*Tokenizer, error) {
			settings, err := os.ReadFile(filepath.Join(folder, "tokenizer_config.json"))
			if err != nil {
				return ParseModel(data, Settings{})
			}
			s, err := ParseSettings(settings)
			if err != nil {
				return nil, err
			}
			return ParseModel(data, s)
		}},
	} {
		data, err := os.ReadFile(filepath.Join(folder, c.file))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tokenizer, err := c.parse(data)
		if err != nil {
			t.Fatal(err)
		}
		return tokenizer
	}
	t.Fatalf("%s holds no tokenizer", folder)
	return nil
}

func TestRealTokenizersAgreeWithTheirLibraries(t *testing.T) {
	var texts []string
	realTokenizers(t, func(name, folder string) {
		if texts == nil {
			filetest.ReadJSON(t, filepath.Join(folder, "..", "texts.json"), &texts)
		}
		t.Run(name, func(t *testing.T) {
			tokenizer := openReal(t, folder)
			var want []golden
			filetest.ReadJSON(t, filepath.Join(folder, "ids.json"), &want)
			if len(want) != len(texts) {
				t.Fatalf("%d goldens for %d texts", len(want), len(texts))
			}
			for i, text := range texts {
				compareGolden(t, tokenizer, text, want[i])
			}
		})
	})
}
