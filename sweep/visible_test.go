package sweep_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep"
)

func TestCharactersThatCannotBeSeenAreEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"plain, α = 2·r, 漢字, e\u0301 🙂": "plain, α = 2·r, 漢字, e\u0301 🙂",
		"two\nlines\tand a tab":         "two\nlines\tand a tab",
		"\x1b[31mred\x07":               `\x1b[31mred\a`,
		"\u009b31m \u0085":              `\u009b31m \u0085`,
		"a\u202eb\u2066c":               `a\u202eb\u2066c`,
		"zero\u200bwidth\ufeff":         `zero\u200bwidth\ufeff`,
		"line\u2028paragraph\u2029":     `line\u2028paragraph\u2029`,
		"\U000e0041 tag":                `\U000e0041 tag`,
		"over\rwritten\x7f\x00":         `over\rwritten\x7f\x00`,
		"no UTF-8: \xff":                `no UTF-8: \xff`,
		"a real \ufffd":                 "a real \ufffd",
	} {
		if got := sweep.Visible(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := sweep.OneLine("  a\r\nb\tc\x1b "); got != `a b c\x1b` {
		t.Errorf("in one line: %q", got)
	}
}

// anyText draws texts with many characters that need an escape.
func anyText() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.OneOf(
		rapid.RuneFrom([]rune("=+-@\t\n\r'\x1b\x07\u009b\u202e\u200b\u2028\ufeff\U000e0041\"\\<>&`[](0.5e1")), rapid.Rune(),
	), -1, 20, -1)
}

func TestVisibleTextIsSafeAndDoesNotChangeAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shown := sweep.Visible(anyText().Draw(t, "text"))
		if i := strings.IndexFunc(shown, func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("%q at %d", shown, i)
		}
		if again := sweep.Visible(shown); again != shown {
			t.Errorf("%q becomes %q", shown, again)
		}
	})
}

func TestNoTextIsAFormulaInCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := anyText().Draw(t, "text")
		cell := sweep.CSVText(text)
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			if cell != text {
				t.Errorf("the number %q becomes %q", text, cell)
			}
			return
		}
		if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
			t.Errorf("%q may be a formula", cell)
		}
		if back := strings.TrimPrefix(cell, "'"); back != sweep.Visible(text) {
			t.Errorf("%q comes back as %q", text, back)
		}
	})
	for text, want := range map[string]string{
		"-0.5": "-0.5", "+1e3": "+1e3", "-Inf": "-Inf", "=1+1": "'=1+1", "@SUM(A1)": "'@SUM(A1)", "-1+1": "'-1+1", "\t=1": "'\t=1", "'=1": "''=1", "r8": "r8",
	} {
		if got := sweep.CSVText(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestEscapedJSONHasTheSameMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := map[string]string{"key": anyText().Draw(t, "text")}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		safe := sweep.JSONText(text)
		if shown := sweep.Visible(string(safe)); shown != string(safe) {
			t.Errorf("%q holds what is not visible", safe)
		}
		var back, before map[string]string
		if err := json.Unmarshal(safe, &back); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &before); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, back); diff != "" {
			t.Error(diff)
		}
	})
}
