package data_test

import (
	"strings"
	"testing"

	"sweep/trainer/chattemplate"
	"sweep/trainer/data"
)

// pairEncoder has a token for every two bytes from the start of a text, and one for
// what is left.
type pairEncoder struct{}

func (pairEncoder) Encode(text string) (ids []int32, err error) {
	for ; len(text) > 1; text = text[2:] {
		ids = append(ids, int32(text[0])<<8|int32(text[1]))
	}
	for _, b := range []byte(text) {
		ids = append(ids, int32(b))
	}
	return ids, nil
}

// said is the text of a pairEncoder's tokens.
func said(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		if id > 0xff {
			b.WriteByte(byte(id >> 8))
		}
		b.WriteByte(byte(id))
	}
	return b.String()
}

// decoder is a pairEncoder that tells its tokens' text.
type decoder struct{ pairEncoder }

func (decoder) Decode(ids []int32) string { return said(ids) }

// upperEncoder changes a text before it makes tokens of it.
type upperEncoder struct{ decoder }

func (e upperEncoder) Encode(text string) ([]int32, error) {
	return e.decoder.Encode(strings.ToUpper(text))
}

func TestATokenBearsALossIfAByteOfItDoes(t *testing.T) {
	for name, c := range map[string]struct {
		user, assistant string
		counted         string
	}{
		"clean borders":                   {"aa", "bbbb", "bbbb"},
		"a border within the first token": {"a", "bbb", ":bbb"},
		"a border within the last token":  {"aa", "bbb", "bbbU"},
		"both":                            {"a", "bb", ":bbU"},
		"characters of several bytes":     {"aa", "éééé", "éééé"},
		"nothing":                         {"aa", "", ""},
	} {
		const source = `{% for m in messages %}{% if m.role == "assistant" %}A:{% generation %}{{ m.content }}{% endgeneration %}{% else %}U:{{ m.content }}{% endif %}{% endfor %}`
		template, err := chattemplate.New("x", chattemplate.Sources{"default": source}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		options := data.Options{Seq: 99, Vocab: 1 << 16, Template: func() (*chattemplate.Template, error) { return template, nil }}
		row := `{"messages": [{"role": "user", "content": "` + c.user + `"}, {"role": "assistant", "content": "` + c.assistant + `"}, {"role": "user", "content": "zz"}]}`
		for kind, e := range map[string]data.Encoder{"told": decoder{}, "not told": pairEncoder{}, "changed": upperEncoder{}} {
			want := c.counted
			if kind == "changed" {
				want = strings.ToUpper(want)
			}
			encoded, err := parse(t, row).Encode(e, options)
			if c.counted == "" {
				if err == nil {
					t.Errorf("%s, %s: a row of no loss is an example", name, kind)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s, %s: %v", name, kind, err)
			}
			var counted []int32
			for _, target := range encoded.Examples[0].Targets {
				if target >= 0 {
					counted = append(counted, target)
				}
			}
			if got := said(counted); got != want {
				t.Errorf("%s, %s: %q counts, want %q", name, kind, got, want)
			}
		}
	}
}

func TestMessagesBesideWhichMoreStandsAreReadOrRefused(t *testing.T) {
	const messages = `"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]`
	for row, want := range map[string]string{
		`{"tools": 3, ` + messages + `}`:                               `"tools" is 3; expected an array of objects`,
		`{"tools": "[1]", ` + messages + `}`:                           `"tools" has the element 1; expected an object`,
		`{"system": 3, ` + messages + `}`:                              `"system" is 3; expected a string`,
		`{"chat_template_kwargs": [], ` + messages + `}`:               `"chat_template_kwargs" is []; expected an object`,
		`{"chat_template_kwargs": {"messages": []}, ` + messages + `}`: `"chat_template_kwargs" sets "messages"`,
		`{"system": "s", "messages": [{"role": "system", "content": "t"}, {"role": "assistant", "content": "a"}]}`: `keep one`,
		`{"messages": [{"role": "assistant", "content": [{"type": "image"}]}]}`:                                    `has the part {"type": "image"}`,
		`{"messages": [{"role": "assistant", "content": null}]}`:                                                   `"content" is null; expected a string`,
		`{"prompt": [{"role": "assistant", "content": "a"}], "completion": [{"role": "user", "content": "b"}]}`:    "no message of the completion has role",
		`{"prompt": [{"role": "user", "content": "a"}], "completion": "b"}`:                                        "one of them is neither",
	} {
		if _, err := data.Parse(strings.NewReader(row), "rows.jsonl", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", row, err, want)
		}
	}
}
