package adapter

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// writeSelected writes an adapter of small with factors of what a configuration selects.
func writeSelected(t *testing.T, settings string, c architecture.Config) (dir string) {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(settings), &all); err != nil {
		t.Fatal(err)
	}
	j := &config{}
	if err := j.readModules(all); err != nil {
		t.Fatal(err)
	}
	modules, err := j.on(c)
	if err != nil {
		t.Fatal(err)
	}
	a := &Adapter{Factors: map[string]Factor{}}
	for _, module := range modules {
		shape := c.Shape(module + ".weight")
		rank, err := j.ranks.of(module, 2)
		if err != nil {
			t.Fatal(err)
		}
		r := int(rank)
		a.Factors[module] = Factor{R: r, A: make([]float32, r*shape[1]), B: make([]float32, r*shape[0])}
	}
	weights, err := Encode(a)
	if err != nil {
		t.Fatal(err)
	}
	all["peft_type"], all["r"], all["lora_alpha"] = json.RawMessage(`"LORA"`), json.RawMessage("2"), json.RawMessage("4")
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := tensorfile.WriteFolder(dir, []tensorfile.OutFile{tensorfile.OutBytes(configFile, text), tensorfile.OutBytes(weightsFile, weights)}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSettingsAreReadWithoutTheModel(t *testing.T) {
	c := small()
	c.Layers = 3
	for settings, want := range map[string]string{
		`{"target_modules": ["v_proj", "q_proj"]}`:                                                   "[q_proj v_proj] map[] map[]",
		`{"target_modules": "all-linear"}`:                                                           "[q_proj k_proj v_proj o_proj gate_proj up_proj down_proj] map[] map[]",
		`{"target_modules": ".*\\.(k|up)_proj"}`:                                                     "[k_proj up_proj] map[] map[]",
		`{"target_modules": ".*\\.[01]\\..*_proj", "exclude_modules": ".*(mlp|\\.o_proj|k_proj).*"}`: "[model.layers.0.self_attn.q_proj model.layers.0.self_attn.v_proj model.layers.1.self_attn.q_proj model.layers.1.self_attn.v_proj] map[] map[]",
		`{"target_modules": ["q_proj", "v_proj"], "layers_to_transform": [0, 1, 2]}`:                 "[model.layers.0.self_attn.q_proj model.layers.0.self_attn.v_proj model.layers.1.self_attn.q_proj model.layers.1.self_attn.v_proj model.layers.2.self_attn.q_proj model.layers.2.self_attn.v_proj] map[] map[]",
		`{"target_modules": ["q_proj", "v_proj"], "exclude_modules": ["layers.1.self_attn.v_proj"]}`: "[q_proj model.layers.0.self_attn.v_proj model.layers.2.self_attn.v_proj] map[] map[]",
		`{"target_modules": ["q_proj"], "rank_pattern": {"q_proj": 3, "k_proj": 4}, "alpha_pattern": {"layers.1.*": 1, "q_proj": 7}}`: "[q_proj] map[q_proj:3] " +
			"map[model.layers.0.self_attn.q_proj:7 model.layers.1.self_attn.q_proj:1 model.layers.2.self_attn.q_proj:7]",
	} {
		dir := writeSelected(t, settings, c)
		a, err := ReadSettings(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(a.Targets, a.RankPattern, a.AlphaPattern); got != want {
			t.Errorf("%s reads as %s, want %s", settings, got, want)
		}
		whole, err := Read(dir, c)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(whole.RankPattern, whole.AlphaPattern) != fmt.Sprint(a.RankPattern, a.AlphaPattern) {
			t.Errorf("%s: with the model %v and %v, without %v and %v", settings, whole.RankPattern, whole.AlphaPattern, a.RankPattern, a.AlphaPattern)
		}
		if again, err := (Settings{Targets: a.Targets}).On(c); err != nil || len(again) != len(whole.Factors) {
			t.Errorf("%s: %q are %d modules, %v; want %d", settings, a.Targets, len(again), err, len(whole.Factors))
		}
	}
}

func TestFactorsAndConfigurationMustNameTheSameModules(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"a layer too many":     {`{"peft_type`, `{"layers_to_transform": [0], "peft_type`, "holds factors of model.layers.1.self_attn.q_proj"},
		"an excluded one":      {`{"peft_type`, `{"exclude_modules": "model.layers.1.*q_proj", "peft_type`, "holds factors of model.layers.1.self_attn.q_proj"},
		"one that lacks":       {`["q_proj"]`, `".*\\.[qk]_proj"`, "lacks lora_A and lora_B of model.layers.0.self_attn.k_proj"},
		"another rank":         {`{"peft_type`, `{"rank_pattern": {"q_proj": 5}, "peft_type`, "[5 6]"},
		"no rank":              {`{"peft_type`, `{"rank_pattern": {"q_proj": 0}, "peft_type`, "rank_pattern"},
		"no alpha":             {`{"peft_type`, `{"alpha_pattern": {"q_proj": -1}, "peft_type`, "alpha_pattern"},
		"a table of words":     {`{"peft_type`, `{"rank_pattern": {"q_proj": "two"}, "peft_type`, "rank_pattern is"},
		"layers in words":      {`{"peft_type`, `{"layers_to_transform": "all", "peft_type`, "layers_to_transform is"},
		"a broken expression":  {`["q_proj"]`, `".*(q_proj"`, "target_modules"},
		"a broken exclusion":   {`{"peft_type`, `{"exclude_modules": "(", "peft_type`, "exclude_modules"},
		"a broken layer":       {`{"peft_type`, `{"layers_to_transform": [0], "layers_pattern": "(", "peft_type`, "layers_pattern"},
		"modules of numbers":   {`["q_proj"]`, `[1]`, "target_modules is [1]"},
		"layers of another by": {`{"peft_type`, `{"layer_replication": [[0, 1]], "peft_type`, "layer_replication"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := writeSelected(t, `{"target_modules": ["q_proj"]}`, small())
			path := filepath.Join(dir, configFile)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var sorted map[string]json.RawMessage
			if err := json.Unmarshal(data, &sorted); err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf(`{"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": %s}`, sorted["target_modules"])
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s has no %s", text, c.old)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(text, c.old, c.replacement, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Read(dir, small())
			filetest.Refused(t, err, dir, c.want)
		})
	}
}

// TestTheNameOfAnAdapterInKeysIsReadOver writes the keys as a model's state_dict has
// them.
func TestTheNameOfAnAdapterInKeysIsReadOver(t *testing.T) {
	dir := writeSelected(t, `{"target_modules": ["q_proj"]}`, small())
	f, err := tensorfile.OpenIn(os.DirFS(dir), dir, weightsFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	tensors, err := tensorfile.ReadSafetensors(f)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]tensorfile.Output{}
	for key, tensor := range tensors {
		x, err := tensor.Read()
		if err != nil {
			t.Fatal(err)
		}
		key = strings.TrimSuffix(key, ".weight") + ".default.weight"
		if named[key], err = tensorfile.NewOutput(tensorfile.F32, tensor.Shape, x); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, weightsFile)
	out, err := os.Create(path + ".named")
	if err != nil {
		t.Fatal(err)
	}
	if err := tensorfile.WriteSafetensors(named, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	want, err := Read(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".named", path); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir, small())
	if err != nil || !slices.Equal(got.Targets, want.Targets) || len(got.Factors) != len(want.Factors) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
