package tokenizer

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestNormalFormsHaveNoJoinerAmongManyMarks(t *testing.T) {
	many := strings.Repeat
	for _, c := range []struct {
		form       norm.Form
		text, want string // as Python's unicodedata has it
	}{
		{norm.NFC, "a" + many("\u0301", 40), "á" + many("\u0301", 39)},
		{norm.NFD, "xé" + many("\u0301", 40) + "각", "xe" + many("\u0301", 41) + "\u1100\u1161\u11a8"},
		{norm.NFC, "e" + many("\u0301", 20) + many("\u0323", 20) + "\u1100\u1161\u11a8o", "ẹ" + many("\u0323", 19) + many("\u0301", 20) + "각o"},
		{norm.NFKC, "ﬁ" + many("\u0308", 35) + "\u034f①", "fï" + many("\u0308", 34) + "\u034f1"},
		{norm.NFKD, "Å" + many("\u0327", 33), "A" + many("\u0327", 33) + "\u030a"},
		{norm.NFC, many("\u0301", 40), many("\u0301", 40)},
	} {
		if got := canonical(c.form, c.text); got != c.want {
			t.Errorf("canonical(%d, %+q) = %+q, want %+q", c.form, c.text, got, c.want)
		}
	}
}
