package sweep_test

import (
	"fmt"
	"testing"

	"sweep/sweep"
)

func TestTargetsAreNamesOrOneText(t *testing.T) {
	q, err := sweep.LookupParameter("targets")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		raw     any
		want    string // of the list
		pattern bool
	}{
		{[]any{"v_proj", "q_proj"}, `["q_proj" "v_proj"]`, false},
		{[]any{"layers.0.self_attn.q_proj", "o_proj"}, `["o_proj" "layers.0.self_attn.q_proj"]`, false},
		{"all-linear", `["all-linear"]`, true},
		{"All-Linear", `["all-linear"]`, true},
		{`.*\.(q|v)_proj`, `[".*\\.(q|v)_proj"]`, true},
		{"model.layers.[0-3].self_attn.q_proj", `["model.layers.[0-3].self_attn.q_proj"]`, true},
	} {
		v, err := q.Convert(c.raw)
		if err != nil {
			t.Errorf("%v: %v", c.raw, err)
			continue
		}
		names := v.([]string)
		text, pattern := sweep.TargetPattern(names)
		if got := fmt.Sprintf("%q", names); got != c.want || pattern != c.pattern || pattern && text != names[0] {
			t.Errorf("%v is %s, a text: %t; want %s, %t", c.raw, got, pattern, c.want, c.pattern)
		}
	}
	for _, raw := range []any{"", "q_proj", "a\nb.*", []any{}, []any{"q_proj."}, []any{".q_proj"}, []any{"lm_head"}, []any{"all-linear"}, []any{"x y.q_proj"}, 7} {
		if v, err := q.Convert(raw); err == nil {
			t.Errorf("%v was read as %v", raw, v)
		}
	}
}

// TestRunsOfTheSameModulesAreOneRun gives two spellings of targets what an Inspector says
// of both.
func TestRunsOfTheSameModulesAreOneRun(t *testing.T) {
	listed, spelt := sweep.Defaults(), sweep.Defaults()
	spelt.Targets = []string{`.*\.[qv]_proj`}
	in := sweep.Inputs{Model: "m"}
	if listed.Key(in) == spelt.Key(in) {
		t.Error("spellings that nobody resolved have one key")
	}
	resolved := in
	resolved.Targets = "q_proj v_proj"
	if listed.Key(in) != spelt.Key(resolved) {
		t.Error("two spellings of the same modules have two keys")
	}
}

func TestRunsWithRanksOfSomeModulesHaveNoOrbit(t *testing.T) {
	p := sweep.Defaults()
	p.InitStd = 0.5
	plain := sweep.Run{Key: "k", Params: p}
	p.AlphaPattern = map[string]float64{"q_proj": 2}
	if o := (sweep.Run{Key: "k", Params: p}).Orbit(); o.ID != "k" || (sweep.Run{Params: p}).ApproxOrbit() != "" {
		t.Errorf("the orbit is %+v", o)
	}
	if plain.Orbit().ID == "k" {
		t.Error("no run has an orbit")
	}
}
