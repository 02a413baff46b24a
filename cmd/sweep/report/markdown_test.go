package report

import (
	"strings"
	"testing"
)

func TestMarkdownIsTextWhateverItHolds(t *testing.T) {
	for text, want := range map[string]string{
		"alpha = [1, 64]; lr < 1e-3, k^-0.57, lr_a": "alpha = [1, 64]; lr < 1e-3, k^-0.57, lr_a",
		"<script>alert(1)</script>":                 `\<script>alert(1)\</script>`,
		"<!-- <?x <javascript:a>":                   `\<!-- \<?x \<javascript:a>`,
		"[a](javascript:b) ![c][d]":                 `[a\](javascript:b) ![c\][d]`,
		"[a]: javascript:b":                         `[a\]: javascript:b`,
		"*a* _b_ c_d `e` ~~f~~ | &lt; &#60; \\":     `\*a\* \_b\_ c_d ` + "\\`e\\`" + ` \~\~f\~\~ \| \&lt; \&#60; \\`,
		"two\n# lines\x1b":                          `two # lines\\x1b`,
	} {
		if got := markdown(text); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
}

func TestMarkdownCodeAndPicturesEndWhereTheyShould(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{markdownCode("sweep run x.toml"), "`sweep run x.toml`"},
		{markdownCode("a`b|c"), "`` a`b\\|c ``"},
		{markdownBlock("toml", "a = '```'\nb\x1b"), "````toml\na = '```'\nb\\x1b\n````"},
		{markdownImage(`a](b) ]\`, "my figure (1).svg"), `![a\](b) \]\\](my%20figure%20%281%29.svg)`},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

func TestFiguresAreFiledUnderNamesThatFit(t *testing.T) {
	long := strings.Repeat("é", 200)
	one, other := fileName("sweep, "+long+"1"), fileName("sweep, "+long+"2")
	if len(one) > 120 || one == other || !strings.HasPrefix(one, "sweep--éé") {
		t.Errorf("%s and %s", one, other)
	}
	if got := fileName(`a, b/c:d`); got != "a--b-c-d" {
		t.Errorf("got %s", got)
	}
}
