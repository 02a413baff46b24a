package adapter

import (
	"fmt"
	"strings"
	"testing"

	"sweep/trainer/tensorfile"
)

func FuzzAdapter(f *testing.F) {
	a := &Adapter{R: 1, Alpha: 2, Targets: []string{"q_proj"}, Factors: map[string]Factor{
		"model.layers.0.self_attn.q_proj": {R: 1, A: []float32{1, 2}, B: []float32{3, 4}},
	}}
	configuration, err := encodeConfig(a, "tiny")
	if err != nil {
		f.Fatal(err)
	}
	weights, err := Encode(a)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(configuration, weights)
	f.Add([]byte(`{"peft_type":"LORA","r":1,"lora_alpha":1,"target_modules":["q_proj"],"use_rslora":true}`), weights)
	for _, settings := range []string{
		`"target_modules":".*\\.q_proj"`, `"target_modules":"all-linear","exclude_modules":["k_proj"]`, `"target_modules":["q_proj"],"layers_to_transform":[0],"layers_pattern":"layers"`,
		`"target_modules":null,"rank_pattern":{"q.*":1},"alpha_pattern":{"q_proj":3,".*":4}`,
	} {
		f.Add([]byte(`{"peft_type":"LORA","r":1,"lora_alpha":1,`+settings+`}`), weights)
	}
	f.Fuzz(func(t *testing.T, configuration, weights []byte) {
		a, err := decode(tensorfile.InMemory("c.json", configuration), tensorfile.InMemory("w.safetensors", weights), tiny())
		if err != nil {
			if !strings.Contains(err.Error(), "c.json") && !strings.Contains(err.Error(), "w.safetensors") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		encoded, err := Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(tensorfile.InMemory("c.json", configuration), tensorfile.InMemory("w.safetensors", encoded), tiny())
		if err != nil || fmt.Sprint(a.Factors) != fmt.Sprint(again.Factors) {
			t.Errorf("the adapter comes back as %v, %v", again, err)
		}
		if _, err := Rescale(encoded, 1, -1); err != nil && !strings.Contains(err.Error(), "cannot be stored") {
			t.Error(err)
		}
	})
}
