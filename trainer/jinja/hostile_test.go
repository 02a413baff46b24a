package jinja_test

import (
	"errors"
	"strings"
	"testing"

	"sweep/trainer/jinja"
)

func TestATemplateIsStopped(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		"long loops":         {loops(9), "steps"},
		"doubled text":       {"{% set ns = namespace(s='abcdefgh') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "the template"},
		"a repeated text":    {"{{ 'a' * 1000000000000 }}", "MiB"},
		"a repeated list":    {"{{ ([0] * 1000000000000) | length }}", "MiB"},
		"a large range":      {"{{ range(1000000000) | length }}", "range"},
		"a long replacement": {"{% set s = 'a' * 1000000 %}{{ s | replace('a', s) }}", "MiB"},
		"a macro in itself":  {"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "too often"},
		"macros in turn":     {"{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", "too often"},
		"a recursive loop":   {"{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "too often"},
		"deep brackets":      {"{{ " + strings.Repeat("(", 9999) + "1" + strings.Repeat(")", 9999) + " }}", "deep"},
		"deep blocks":        {strings.Repeat("{% if 1 %}", 9999) + strings.Repeat("{% endif %}", 9999), "deep"},
		"many nots":          {"{{ " + strings.Repeat("not ", 9999) + "1 }}", "deep"},
		"many signs":         {"{{ " + strings.Repeat("- ", 9999) + "1 }}", "deep"},
		"many elses":         {"{{ " + strings.Repeat("1 if 0 else ", 9999) + "1 }}", "deep"},
		"deep lists":         {"{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}", "too often"},
		"a large template":   {strings.Repeat("a", 5<<20), "MiB"},
		"a large power":      {"{{ 9 ** 9 ** 9 }}", "64 bits"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := render(c.template, jinja.NewDict())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func loops(n int) string {
	return strings.Repeat("{% for i in range(100000) %}", n) + strings.Repeat("{% endfor %}", n)
}

func TestWhatIsNotSupportedIsNamed(t *testing.T) {
	for template, want := range map[string]string{
		"a\n{% include 'x' %}":  "line 2: {% include %} is unknown",
		"{{ 'a' | urlize }}":    "line 1: the filter urlize is not supported",
		"{{ 1 is sameas 1 }}":   "the test sameas is not supported",
		"{{ 'a'.zfill(3) }}":    "zfill of a str is not supported",
		"{{ joiner() }}":        "joiner is not supported",
		"{{ f(*x) }}":           "a call with * or ** is not supported",
		"{{ ''.__class__ }}":    "__class__",
		"\n\n{{ missing.key }}": "line 3: missing is undefined",
		"{{ messages[0].x.y }}": `"x" of a dict is undefined`,
		"{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}": "{% generation %} stands in a macro",
	} {
		_, err := render(template, jinja.NewDict().Put("messages", &jinja.List{Items: []jinja.Value{jinja.NewDict()}}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", template, err, want)
		}
	}
}

func TestWhatATemplateRaisesIsItsOwnMessage(t *testing.T) {
	_, err := render("{{ raise_exception('roles must alternate') }}", jinja.NewDict())
	var raised *jinja.RaisedError
	if !errors.As(err, &raised) || raised.Message != "roles must alternate" {
		t.Errorf("got %v", err)
	}
}

// FuzzTemplate looks for templates that panic, or that take too long or too much.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"{% for m in messages %}{{ m.role ~ m['content'] | trim }}{% endfor %}", "{%- if a -%}{# c #}{% raw %}{{{% endraw %}{%+ endif %}",
		"{% macro m(a, b=1) %}{{ a[1:2] }}{% endmacro %}{{ m(d.items() | list) }}", "{% set ns = namespace(x=1) %}{% set ns.x = 2 ** 3 // 4 %}",
		"{% call(x) m() %}{% endcall %}{% filter upper %}{% endfilter %}{% with a = 1 %}{% endwith %}", "{% generation %}{{ d | tojson(indent=2) }}{% endgeneration %}",
		"{{ '%s' % (s, ) ~ s.split('a', 1) | map('upper') | join(',') }}", "{% for x in l recursive if x is not none %}{{ loop(x) }}{% else %}{% break %}{% endfor %}",
		"{{ l | selectattr('a.0', 'eq', 1) | sort(attribute='x') | first is defined }}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		variables := jinja.NewDict().Put("s", "a\u00df\u65e5").Put("l", &jinja.List{Items: []jinja.Value{1, "a", nil, 2.5, true}})
		variables.Put("d", jinja.NewDict().Put("a", 1)).Put("messages", &jinja.List{Items: []jinja.Value{jinja.NewDict().Put("role", "user").Put("content", " x ")}})
		out, err := render(source, variables)
		var placed *jinja.Error
		if err != nil && !errors.As(err, &placed) {
			t.Errorf("the error has no line: %v", err)
		}
		for _, s := range out.Generated {
			if s.Start < 0 || s.Start > s.End || s.End > len(out.Text) {
				t.Errorf("part %v of a text of %d bytes", s, len(out.Text))
			}
		}
	})
}
