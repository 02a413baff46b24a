package sweep_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
)

func filled(parts []sweep.TextPart) string {
	return sweep.FillIn(parts, func(name string) string { return "<" + name + ">" })
}

func TestAnArgumentIsFilledInAtItsPlaceholders(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"--lr":                   "--lr",
		"{lr}":                   "<lr>",
		"a{lr}b{my-own.x}":       "a<lr>b<my-own.x>",
		"{args:hydra}":           "<args:hydra>",
		"{params.yaml}":          "<params.yaml>",
		`{{"lr": {lr}}}`:         `{"lr": <lr>}`,
		"{{lr}}":                 "{lr}",
		"{{{lr}}}":               "{<lr>}",
		"{r}{alpha}":             "<r><alpha>",
		"Größe {größe_ist_nicht": "",
		"{ lr }":                 "",
		"{2lr}":                  "",
		"lr}":                    "",
		"{":                      "",
		"{}":                     "",
		"{lr":                    "",
		"{args:}":                "",
		"{lr}}":                  "",
	} {
		parts, err := sweep.ParseArgument(text)
		if refused := want == "" && text != ""; refused != (err != nil) {
			t.Errorf("%q: error %v", text, err)
		} else if got := filled(parts); err == nil && got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsWrongWithABraceIsShownWithWhatToWrite(t *testing.T) {
	_, err := sweep.ParseArgument(`--config={"learning_rate": {lr}, "packing": true}`)
	if want := `has a '{' that begins no placeholder, such as {lr}: "{\"learning_rate\": {lr}, ..."; write {{ for a brace`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestATemplateKeepsTheBracesOfOthers(t *testing.T) {
	for text, want := range map[string]string{
		"learning_rate: {lr}\n":                 "learning_rate: <lr>\n",
		"dir: ${output_dir}/{name}":             "dir: ${output_dir}/<name>",
		"chat: {{ bos_token }}{{bos}}{%if%}":    "chat: {{ bos_token }}{{bos}}{%if%}",
		`format: "\{instruction} {r}"`:          `format: "{instruction} <r>"`,
		"{a: 1, b: {r}}":                        "{a: 1, b: <r>}",
		`{"r":{r},"alpha":{alpha}}`:             `{"r":<r>,"alpha":<alpha>}`,
		"lora = { r = {r}, alpha = {alpha} }":   "lora = { r = <r>, alpha = <alpha> }",
		"{}":                                    "{}",
		"":                                      "",
		"no braces":                             "no braces",
		"\\{lr}\\{lr}{lr}":                      "{lr}{lr}<lr>",
		`\{{lr}}`:                               `\{{lr}}`,
		strings.Repeat("{", 50) + "lr} {alpha}": strings.Repeat("{", 50) + "lr} <alpha>",
	} {
		if got := filled(sweep.ParseTemplate(text)); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestValuesHaveAFormThatEveryReaderTakesForThem(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{2e-5, "2.0e-5"},
		{3.16e-4, "3.16e-4"},
		{0.05, "0.05"},
		{16.0, "16"},
		{1e6, "1000000"},
		{-1e9, "-1000000000"},
		{1e21, "1.0e+21"},
		{math.Copysign(0, -1), "0"},
		{-2.5, "-2.5"},
		{8, "8"},
		{true, "true"},
		{"a b", "a b"},
		{[]string{"q_proj", "v_proj"}, "q_proj,v_proj"},
	} {
		if got := sweep.FormatArgument(c.value); got != c.want {
			t.Errorf("%v is written %s, want %s", c.value, got, c.want)
		}
	}
}

func TestACommandNamesItsPlaceholders(t *testing.T) {
	c := sweep.Command{Run: []string{"python", "{lr}", "--x={args}", "{{no}}"}, Env: map[string]string{"R": "{r}", "LR": "{lr}"}}
	if got, err := c.Placeholders(); err != nil || !slices.Equal(got, []string{"args", "lr", "r"}) {
		t.Errorf("got %v, %v", got, err)
	}
	c.Env["BAD"] = "{"
	if _, err := c.Placeholders(); err == nil || !strings.HasPrefix(err.Error(), `env.BAD = "{": `) {
		t.Errorf("got %v", err)
	}
	c.Run[1] = "}"
	if _, err := c.Placeholders(); err == nil || !strings.HasPrefix(err.Error(), `run, "}" (argument 2 of 4): `) {
		t.Errorf("got %v", err)
	}
}

func TestAParameterReachesTheProgramByItsPlaceholderOrWithAllOthers(t *testing.T) {
	c := sweep.Command{Stated: []string{"alpha", "lr", "packing", "seed", "steps"}}
	for _, s := range []struct {
		placeholders []string
		mentions     bool
		want         string
	}{
		{nil, false, "alpha lr packing"},
		{[]string{"lr"}, false, "alpha packing"},
		{[]string{"alpha", "lr", "packing"}, false, ""},
		{[]string{"args"}, false, ""},
		{[]string{"args:hydra"}, false, ""},
		{[]string{"params"}, false, ""},
		{[]string{"params.toml"}, false, ""},
		{[]string{"dir", "key", "name", "template"}, false, "alpha lr packing"},
		{nil, true, ""},
	} {
		if got := strings.Join(c.Unreached(s.placeholders, s.mentions), " "); got != s.want {
			t.Errorf("with %v and mentions = %v unreached are %q, want %q", s.placeholders, s.mentions, got, s.want)
		}
	}
	if got := strings.Join(c.Arguments([]string{"args", "lr"}), " "); got != "alpha packing seed steps" {
		t.Errorf("{args} is of %q", got)
	}
}
