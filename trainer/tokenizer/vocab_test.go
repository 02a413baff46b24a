package tokenizer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"sweep/trainer/tensorfile"
)

// TestLlamaCppsVocabulariesGiveTheIDsOfTheirTokenizers reads the tokenizers of real models
// that the folder models of llama.cpp's sources has, ggml-vocab-NAME.gguf, of which those
// that are tested there have texts beside them (.inp), and the ids that the published
// tokenizers give these, without what goes around a text (.out). Texts that a published
// tokenizer normalises are left out where llama.cpp, and so these ids, do not.
func TestLlamaCppsVocabulariesGiveTheIDsOfTheirTokenizers(t *testing.T) {
	root := os.Getenv("SWEEP_VOCABULARIES")
	if root == "" {
		t.Skip("SWEEP_VOCABULARIES names no folder of vocabularies")
	}
	files, err := filepath.Glob(filepath.Join(root, "ggml-vocab-*.gguf"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there is no ggml-vocab-*.gguf in %s: %v", root, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "ggml-vocab-"), ".gguf")
		t.Run(name, func(t *testing.T) {
			tokenizer, err := openVocabulary(t, file)
			if err != nil {
				if !strings.Contains(err.Error(), "tokenizer.ggml.") {
					t.Fatal(err)
				}
				t.Skipf("it is refused by the name of the key: %v", err)
			}
			compareVocabulary(t, tokenizer, file)
		})
	}
}

func openVocabulary(t *testing.T, file string) (*Tokenizer, error) {
	t.Helper()
	f, err := tensorfile.OpenFile(os.DirFS(filepath.Dir(file)), filepath.Base(file), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	g, err := tensorfile.ReadGGUF(f)
	if err != nil {
		t.Fatal(err)
	}
	return ParseGGUF(g.Fields())
}

// compareVocabulary holds the ids of the texts beside a file to those that stand there.
func compareVocabulary(t *testing.T, tokenizer *Tokenizer, file string) {
	t.Helper()
	texts, err := os.ReadFile(file + ".inp")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("it has no texts")
	}
	ids, failed := os.ReadFile(file + ".out")
	if err = errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(ids), "\n"), "\n")
	all := strings.Split(strings.TrimSuffix(string(texts), "\n__ggml_vocab_test__\n"), "\n__ggml_vocab_test__\n")
	if len(lines) != len(all) {
		t.Fatalf("%d texts, and ids of %d", len(all), len(lines))
	}
	left := 0
	for i, text := range all {
		if len(tokenizer.contradictions) > 0 && !norm.NFC.IsNormalString(text) {
			left++
			continue
		}
		got, err := tokenizer.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, id := range got {
			words = append(words, strconv.Itoa(int(id)))
		}
		if want := strings.TrimSpace(lines[i]); strings.Join(words, " ") != want {
			t.Errorf("%q has the ids %v, want %s", text, got, want)
		}
	}
	t.Logf("%d texts are equal, %d are not compared", len(all)-left, left)
}
