package builtin

import (
	"testing"

	"sweep/trainer/random"
)

func TestFillDropsGroupsWithoutAValue(t *testing.T) {
	values := map[string]string{"a": "A", "b": "B"}
	for _, c := range []struct{ template, want string }{
		{"", ""},
		{"plain", "plain"},
		{"<a>", "A"},
		{"x <a> y <b> z", "x A y B z"},
		{"x{ with <a>}.", "x with A."},
		{"x{ with <none>}.", "x."},
		{"{<a> and <none> }<b>", "B"},
		{"{<none>}{, <a>}{ (<b>)}", ", A (B)"},
		{"<none>!", "!"},
	} {
		if got := fill(c.template, func(key string) string { return values[key] }); got != c.want {
			t.Errorf("fill(%q) = %q, want %q", c.template, got, c.want)
		}
	}
}

func TestEverySymbolOfTheProseHasAlternatives(t *testing.T) {
	g := prose()
	for symbol, alternatives := range g {
		for _, alternative := range alternatives {
			fill(alternative, func(key string) string {
				if key != "name" && len(g[key]) == 0 {
					t.Errorf("%s: %q names <%s>, which has no alternative", symbol, alternative, key)
				}
				return key
			})
		}
	}
}

func TestEveryPhrasingNamesEverySlotOnce(t *testing.T) {
	for _, d := range append(pretrainingDomains(), menus()) {
		for _, phrasing := range d.phrasings {
			count := map[string]int{}
			fill(phrasing, func(key string) string {
				count[key]++
				return key
			})
			for _, s := range append(d.required, d.optional...) {
				if count[s.key] != 1 {
					t.Errorf("%q names <%s> %d times", phrasing, s.key, count[s.key])
				}
			}
		}
	}
}

func TestNamesAreManyAndFitForCopying(t *testing.T) {
	s, seen := random.New(0, "test", 0), map[string]bool{}
	for range 1000 {
		n := name(s)
		if len(n) < 4 || len(n) > 5 || n[0] < 'A' || n[0] > 'Z' {
			t.Errorf("%q is no name", n)
		}
		seen[n] = true
	}
	if len(seen) < 900 {
		t.Errorf("1000 names are only %d", len(seen))
	}
}
