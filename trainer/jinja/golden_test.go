package jinja_test

import (
	"encoding/json"
	"os"
	"testing"

	"sweep/trainer/jinja"
)

// TestSmallTemplatesRenderAsInJinja2 holds templates of our own to the text, or the
// refusal, of jinja2: testdata/golden.json is by testdata/golden.py.
func TestSmallTemplatesRenderAsInJinja2(t *testing.T) {
	data, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Values json.RawMessage
		Cases  []struct {
			Template, Error string
			Text            *string
			Spans           [][2]int
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	values, err := jinja.ParseJSON(golden.Values)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range golden.Cases {
		got, err := render(c.Template, values.(*jinja.Dict))
		switch {
		case err != nil && c.Text != nil:
			t.Errorf("%q: %v; want %q", c.Template, err, *c.Text)
		case err == nil && c.Text == nil:
			t.Errorf("%q: got %q, want an error (%s)", c.Template, got.Text, c.Error)
		case err == nil && got.Text != *c.Text:
			t.Errorf("%q: got %q, want %q", c.Template, got.Text, *c.Text)
		case err == nil:
			checkSpans(t, rendering{Template: c.Template, Text: *c.Text, Spans: c.Spans}, got)
		}
	}
}

func render(source string, variables *jinja.Dict) (jinja.Output, error) {
	template, err := jinja.Parse(source)
	if err != nil {
		return jinja.Output{}, err
	}
	return template.Render(variables, date)
}
