package sweep

import (
	"io/fs"
	"strings"
	"testing"
)

func TestANameOnTheHubIsReadAndWritten(t *testing.T) {
	for text, want := range map[string]HubName{
		"hf:acme/tiny":                               {Owner: "acme", Name: "tiny"},
		"hf:acme/Qwen2.5-0.5B@v1.0":                  {Owner: "acme", Name: "Qwen2.5-0.5B", Revision: "v1.0"},
		"hf:acme/tiny/q/tiny.Q8_0.gguf":              {Owner: "acme", Name: "tiny", Path: "q/tiny.Q8_0.gguf"},
		"hf:datasets/acme/rows@main/data/a.jsonl":    {DataSet: true, Owner: "acme", Name: "rows", Revision: "main", Path: "data/a.jsonl"},
		"hf:acme/tiny@refs/pr/12/q":                  {Owner: "acme", Name: "tiny", Revision: "refs/pr/12", Path: "q"},
		"hf:datasets/acme/rows@refs/convert/parquet": {DataSet: true, Owner: "acme", Name: "rows", Revision: "refs/convert/parquet"},
		"hf:acme/tiny@a%2Fb/q":                       {Owner: "acme", Name: "tiny", Revision: "a/b", Path: "q"},
	} {
		got, err := ParseHubName(text)
		if err != nil || got != want {
			t.Errorf("%s is %+v (%v); want %+v", text, got, err, want)
		}
		if got.String() != text {
			t.Errorf("%s is written as %s", text, got)
		}
	}
	if got, err := ParseHubName("hf://acme/tiny"); err != nil || got.String() != "hf:acme/tiny" {
		t.Errorf("with // it is %v (%v)", got, err)
	}
}

func TestANameThatNoRepositoryCanHaveIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"acme/tiny":               "begin with",
		"hf:":                     "names no repository",
		"hf:tiny":                 "names no repository",
		"hf:datasets/rows":        "names no repository",
		"hf:acme/":                `part ""`,
		"hf:/tiny":                `part ""`,
		"hf:acme/-tiny":           `part "-tiny"`,
		"hf:ac--me/tiny":          `part "ac--me"`,
		"hf:acme/tiny.git":        `part "tiny.git"`,
		"hf:acme/ti..ny":          `part "ti..ny"`,
		"hf:acme/tïny":            "part",
		"hf:acme/tiny@":           "revision",
		"hf:acme/tiny@../x":       "revision",
		"hf:acme/tiny@a%2F..":     "revision",
		"hf:acme/tiny@%zz":        "revision",
		"hf:acme/tiny@refs/pr/1x": "revision",
		"hf:acme/tiny@refs//pr/1": "revision",
		"hf:acme/tiny//x":         "path",
		"hf:acme/tiny/../x":       "path",
		"hf:acme/tiny/a//b":       "path",
		`hf:acme/tiny/..\x`:       "path",
		"hf:../../etc@x/passwd":   "part",
	} {
		if h, err := ParseHubName(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %+v (%v); want an error about %q", text, h, err, want)
		}
	}
}

func FuzzHubName(f *testing.F) {
	for _, text := range []string{"hf:acme/tiny", "hf:datasets/acme/rows@v1/data/a.jsonl", "hf:a/b@refs/pr/1/c", "hf:a/b@x%2Fy", "hf://a/b@refs/pr/1x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHubName(text)
		if err != nil {
			return
		}
		if again, err := ParseHubName(h.String()); err != nil || again != h {
			t.Errorf("%q is %+v, and written %q, which is %+v (%v)", text, h, h, again, err)
		}
		for _, part := range []string{h.Owner, h.Name, h.Branch(), h.Path} {
			if part != "" && !fs.ValidPath(part) {
				t.Errorf("%q has the part %q, which is no path", text, part)
			}
		}
	})
}
