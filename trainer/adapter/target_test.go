package adapter

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
)

// twelve is a model of as many layers, so that the number of one begins another's.
func twelve() architecture.Config {
	c := tiny()
	c.Layers = 12
	return c
}

// TestModulesAreThoseThatPEFTAdapts holds what a configuration selects to what PEFT
// makes of it (testdata/make_targets.py).
func TestModulesAreThoseThatPEFTAdapts(t *testing.T) {
	var cases []map[string]json.RawMessage
	filetest.ReadJSON(t, filepath.Join("testdata", "targets.json"), &cases)
	for _, c := range cases {
		var want map[string]string
		if err := json.Unmarshal(c["modules"], &want); err != nil {
			t.Fatal(err)
		}
		delete(c, "modules")
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := configured(c)
		if err != nil && want != nil || !maps.Equal(got, want) {
			t.Errorf("%s adapts %v (%v), want %v", text, got, err, want)
		}
		if err == nil && want == nil {
			t.Errorf("%s adapts %v, which PEFT refuses", text, got)
		}
	}
}

// configured returns the modules of twelve that a configuration selects, with the r and
// the alpha of each.
func configured(settings map[string]json.RawMessage) (map[string]string, error) {
	j := &config{R: 8, Alpha: 16}
	if err := j.readModules(settings); err != nil {
		return nil, err
	}
	modules, err := j.on(twelve())
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, module := range modules {
		r, err := j.ranks.of(module, 8)
		if err != nil {
			return nil, err
		}
		alpha, err := j.alphas.of(module, 16)
		if err != nil {
			return nil, err
		}
		all[module] = fmt.Sprint(r, " ", alpha)
	}
	return all, nil
}

func TestTargetsHaveOneSpelling(t *testing.T) {
	for _, targets := range [][]string{
		{"q_proj", "v_proj"},
		{`.*\.(q|v)_proj`},
		{"self_attn.v_proj", "self_attn.q_proj"},
		{`.*self_attn\.(?![ko]_)\w+`},
	} {
		if got := spelled(t, Settings{Targets: targets}); got != "q_proj v_proj" {
			t.Errorf("%q is %s", targets, got)
		}
	}
	if got := spelled(t, Settings{Targets: []string{"all-linear"}}); got != "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj" {
		t.Errorf("all-linear is %s", got)
	}
	if got := spelled(t, Settings{Targets: []string{"o_proj", "layers.0.self_attn.q_proj", "layers.3.mlp.up_proj"}}); got != "o_proj model.layers.0.self_attn.q_proj model.layers.3.mlp.up_proj" {
		t.Errorf("some modules are %s", got)
	}
}

func spelled(t *testing.T, s Settings) string {
	t.Helper()
	s.R, s.Alpha = 8, 16
	targets, err := s.On(twelve())
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, target := range targets {
		modules = append(modules, target.Module)
	}
	return strings.Join(Shortest(twelve(), modules), " ")
}

func TestTargetsThatAreNotClearAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		s    Settings
		want []string
	}{
		"a projection of other models":   {Settings{Targets: []string{"q_proj", "qkv_proj"}}, []string{"no qkv_proj", "q_proj, k_proj", "layers 0 to 11"}},
		"a layer too many":               {Settings{Targets: []string{"layers.12.self_attn.q_proj"}}, []string{"no layers.12.self_attn.q_proj"}},
		"an expression for no module":    {Settings{Targets: []string{`.*\.qq_proj`}}, []string{"no linear layer", "q_proj, k_proj"}},
		"an expression for the head":     {Settings{Targets: []string{`.*(lm_head|q_proj)`}}, []string{"lm_head"}},
		"an expression for a norm":       {Settings{Targets: []string{`.*layernorm|.*\.q_proj`}}, []string{"input_layernorm"}},
		"no expression":                  {Settings{Targets: []string{`.*(q_proj`}}, []string{"cannot be read"}},
		"a class of .NET":                {Settings{Targets: []string{`.*\p{L}_proj`}}, []string{`\p`}},
		"a back reference":               {Settings{Targets: []string{`.*(\d)\.\1`}}, []string{`\1`}},
		"flags":                          {Settings{Targets: []string{`(?x).*`}}, []string{`(?x)`}},
		"a difference of classes":        {Settings{Targets: []string{`.*[a-z-[aeiou]]_proj`}}, []string{"-["}},
		"a quantifier without a start":   {Settings{Targets: []string{`.*layers\.\d{,2}\.mlp\.up_proj`}}, []string{"{,"}},
		"an expression without an end":   {Settings{Targets: []string{`((\w|\.)+)+_`}}, []string{"too long"}},
		"a rank for no module":           {Settings{Targets: []string{"q_proj"}, RankPattern: map[string]float64{"q_prj": 2}}, []string{"rank_pattern", `"q_prj" matches no`}},
		"two ranks for one module":       {Settings{Targets: []string{"q_proj"}, RankPattern: map[string]float64{"q_proj": 2, `.*3.*proj`: 3}}, []string{"rank_pattern", "layers.3.self_attn.q_proj", "3 and 2"}},
		"an alpha by a wrong expression": {Settings{Targets: []string{"q_proj"}, AlphaPattern: map[string]float64{"q_proj)": 2}}, []string{"alpha_pattern", "cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.s.On(twelve())
			filetest.Refused(t, err, c.want...)
		})
	}
}

func TestARankOfModulesThatAreNoTargetsIsAllowed(t *testing.T) {
	s := Settings{Targets: []string{"q_proj"}, R: 8, Alpha: 16, RankPattern: map[string]float64{"v_proj": 2, "q_proj": 4}}
	targets, err := s.On(twelve())
	if err != nil || slices.ContainsFunc(targets, func(t Target) bool { return t.R != 4 }) {
		t.Errorf("got %v, %v", targets, err)
	}
}
