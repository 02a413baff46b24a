package tokenizer

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dlclark/regexp2"

	"sweep/trainer/tensorfile/filetest"
)

// spansOf are the matches of a pattern in a text.
func spansOf(t *testing.T, find finder, text string) [][2]int {
	t.Helper()
	var found [][2]int
	if err := find(text, func(from, to int) { found = append(found, [2]int{from, to}) }); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestScannersFindWhatTheirPatternsSay(t *testing.T) {
	var texts []string
	filetest.ReadJSON(t, filepath.Join("testdata", "tokenizers", "texts.json"), &texts)
	texts = append(texts, "ǅaǅ ʰAʰ AʰB aʰB Aʰ", "ÀÉ éÀ ßÉ\u0301a \u0301\u0301A \u0301", "A\u0301B\u0301c", "x'SX'sX'ſX", "!abc?ABC.\n\n/ /\r/\n", "漢字かなABC漢1234カナ", "한A漢a", "\u3040\u30ff\u9fa6")
	for pattern, scan := range scanners() {
		translated, err := translate(pattern)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp2.MustCompile(translated, regexp2.None)
		re.MatchTimeout = maxMatchTime
		for _, text := range texts {
			want := spansOf(t, func(s string, each func(from, to int)) error { return matches(re, s, each) }, text)
			if got := spansOf(t, scanned(scan), text); !slices.Equal(got, want) {
				t.Errorf("%s in %q: %v, want %v", pattern, text, got, want)
			}
		}
	}
}

func TestAPatternThatDoesNotEndIsGivenUpAndNamed(t *testing.T) {
	pattern := `(?:a|a|aa)+(?=b)`
	find, err := expression("pre_tokenizer Split", pattern, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	err = find(strings.Repeat("a", 5000), func(int, int) {})
	filetest.Refused(t, err, "pre_tokenizer Split", pattern, "5000 bytes")
}

func TestPatternsThatAreNotReadAreRefusedByName(t *testing.T) {
	for pattern, want := range map[string]string{
		`\p{Alphabetic}`:          `\p{Alphabetic}`,
		`\p`:                      "without a name",
		`[[:alpha:]]`:             "[ within brackets",
		`[a-z&&[^aeiou]]`:         "&& within brackets",
		`[^\W\d]`:                 `\W`,
		`[a`:                      "does not close a [",
		`(a`:                      "does not close a group",
		`a)`:                      "was not opened",
		`(?<name>a)`:              "(?<na",
		`a(?i)b`:                  "(?i)",
		`(?x: a)`:                 "(?x:",
		`(a)\1`:                   `\1`,
		`\R`:                      `\R`,
		`\K`:                      `\K`,
		`a{2}?`:                   "{2}?",
		`a{1,2000}`:               "1000",
		`a{`:                      "{ without a }",
		`*a`:                      "nothing stands before",
		`a\`:                      "ends in a backslash",
		`\x{110000}`:              "no character",
		`\u12`:                    "no character",
		`[z-a]`:                   "range",
		`(?i:[\x{100}-\x{2000}])`: "any case",
		strings.Repeat("(", 60):   "50 deep",
		strings.Repeat("a", 5000): "5000 characters",
		`a+++++++++`:              "three quantifiers",
	} {
		_, err := expression("pre_tokenizer Split", pattern, time.Second)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: error is %v, want one naming %s", pattern, err, want)
		}
	}
}

func TestClassesOfCharactersAreThoseOfOniguruma(t *testing.T) {
	// Of these characters Hugging Face's tokenizers finds the others.
	const all = "a_\u0301²½Ⅷ٣Ⓐ\U0001f130‿₂①༳-\u200d \u0085\u001cſKµ"
	for pattern, without := range map[string]string{
		`\w`:            "₂①༳-\u200d \u0085\u001c",
		`\W`:            "a_\u0301²½Ⅷ٣Ⓐ\U0001f130‿ſKµ",
		`\s`:            "a_\u0301²½Ⅷ٣Ⓐ\U0001f130‿₂①༳-\u200d\u001cſKµ",
		`\d`:            "a_\u0301²½ⅧⒶ\U0001f130‿₂①༳-\u200d \u0085\u001cſKµ",
		`(?i:[sk]|Μ)`:   "a_\u0301²½Ⅷ٣Ⓐ\U0001f130‿₂①༳-\u200d \u0085\u001c",
		`[^\p{L}\p{N}]`: "a²½Ⅷ٣₂①༳ſKµ",
	} {
		find, err := expression("pre_tokenizer Split", pattern, maxMatchTime)
		if err != nil {
			t.Fatal(err)
		}
		got, err := find.replace(all, "")
		if err != nil || got != without {
			t.Errorf("without %s: %+q, %v, want %+q", pattern, got, err, without)
		}
	}
}
