package pretrained

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
)

// inert are the fields of transformers' configuration classes without effect on what a
// model computes here, each with what it is about.
var inert = map[string]string{
	"transformers_version": "where the file comes from", "dtype": "weights are computed with in float32, whatever they are stored in",
	"initializer_range":    "weights are read, never drawn",
	"use_cache":            "the same numbers sooner",
	"output_hidden_states": "what a call returns", "return_dict": "what a call returns",
	"chunk_size_feed_forward": "the same numbers in pieces",
	"id2label":                "classifiers", "label2id": "classifiers", "problem_type": "classifiers",
}

type familyFacts struct {
	Fields map[string]json.RawMessage
	Cases  []struct {
		Config     json.RawMessage
		Parameters []string
		Windows    []*int
		Turned     []bool
		Ropes      []struct {
			Frequencies []float64
			Scale       float64
		}
		AttentionScale float64  `json:"attention_scale"`
		AttentionCap   *float64 `json:"attention_cap"`
		Clip           *float64
		EmbeddingScale float64  `json:"embedding_scale"`
		ResidualScale  float64  `json:"residual_scale"`
		LogitScale     float64  `json:"logit_scale"`
		LogitCap       *float64 `json:"logit_cap"`
		Eps            float64
		Tied           bool
		Pad            *int
		HeadDim        int     `json:"head_dim"`
		KVHeads        int     `json:"kv_heads"`
		GateAtOne      float64 `json:"gate_at_one"`
	}
}

// families reads what testdata/make_families.py recorded.
func families(t *testing.T) map[string]familyFacts {
	t.Helper()
	var all map[string]familyFacts
	filetest.ReadJSON(t, filepath.Join("testdata", "families.json"), &all)
	return all
}

// TestNoFieldOfAConfigurationIsPassedOver holds every field of every family's
// configuration class: it is read, with the class's default, or refused unless it is
// neutral, which the default is, or without effect.
func TestNoFieldOfAConfigurationIsPassedOver(t *testing.T) {
	all := families(t)
	for _, a := range architecture.All() {
		facts, ok := all[a.Name]
		if !ok {
			t.Errorf("%s is not in families.json", a.Name)
		}
		read, neutral := defaults(a), architecture.Neutral()
		for field, raw := range facts.Fields {
			otherwise, reads := read[field]
			off, isNeutral := neutral[field]
			switch {
			case reads:
				// Token ids are none where they are not stated, and sizes must be.
				stated := otherwise != "" && field != "bos_token_id" && field != "eos_token_id" && field != "architectures"
				if stated && !sameJSON(t, otherwise, raw) {
					t.Errorf("%s: %s is %s by default, want %s", a.Name, field, otherwise, raw)
				}
			case isNeutral:
				if present(raw) && amount(raw, off) != off {
					t.Errorf("%s: %s is %s by default, and refused", a.Name, field, raw)
				}
			case inert[field] == "":
				t.Errorf("%s: %s is neither read nor refused", a.Name, field)
			}
		}
	}
}

func sameJSON(t *testing.T, a string, b json.RawMessage) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatalf("default %s: %v", a, err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return x == y
}

func TestFamiliesMeanWhatTransformersMakesOfThem(t *testing.T) {
	for family, facts := range families(t) {
		for _, want := range facts.Cases {
			c, _, err := parseConfig(want.Config)
			if err != nil {
				t.Errorf("%s: %v", want.Config, err)
				continue
			}
			check := func(what string, got, want any) {
				if got != want {
					t.Errorf("%s %s: %s is %v, want %v", family, facts.Cases[0].Config, what, got, want)
				}
			}
			for i, window := range want.Windows {
				l := c.Layer(i)
				if w := or(window, 0); w != l.Window && (w < c.MaxPositions || l.Window != 0) {
					t.Errorf("%s: the window of layer %d is %d, want %d", want.Config, i, l.Window, w)
				}
				check("whether a layer turns", l.Rope != nil, want.Turned[i])
			}
			ropes := []*architecture.Rope{&c.Rope, c.LocalRope}
			for i, rope := range want.Ropes {
				check("the scale of turns", cmp.Or(ropes[i].Scale, 1), rope.Scale)
				for j, f := range ropes[i].Frequencies(c.HeadDim, 1) {
					if math.Abs(f/rope.Frequencies[j]-1) > 1e-7 {
						t.Errorf("%s: frequency %d is %v, want %v", want.Config, j, f, rope.Frequencies[j])
					}
				}
			}
			near := func(what string, got, want float64) {
				if math.Abs(got-want) > 1e-12*math.Abs(want) {
					t.Errorf("%s: %s is %v, want %v", family, what, got, want)
				}
			}
			near("the attention's factor", cmp.Or(c.AttentionScale, 1/math.Sqrt(float64(c.HeadDim))), want.AttentionScale)
			near("the attention's cap", c.AttentionCap, or(want.AttentionCap, 0))
			near("the embedding's factor", cmp.Or(c.EmbeddingScale, 1), want.EmbeddingScale)
			near("the residual factor", cmp.Or(c.ResidualScale, 1), want.ResidualScale)
			near("the logits' factor", cmp.Or(c.LogitScale, 1), want.LogitScale)
			near("the logits' cap", c.LogitCap, or(want.LogitCap, 0))
			near("the bound of queries, keys and values", c.ClipQKV, or(want.Clip, 0))
			near("epsilon", c.NormEps, want.Eps)
			near("the gate at 1", gateAtOne(c), math.Round(want.GateAtOne*1e6)/1e6)
			check("whether the head is tied", c.Tied, want.Tied)
			check("the padding token", c.Pad, or(want.Pad, -1))
			check("head_dim", c.HeadDim, want.HeadDim)
			check("the number of key heads", c.KVHeads, want.KVHeads)
			check("the block's tensors", strings.Join(blockTensors(c), " "), strings.Join(want.Parameters, " "))
		}
	}
}

// gateAtOne is the gate's function of 1, to six digits.
func gateAtOne(c architecture.Config) float64 {
	kind := c.Activation
	if kind == architecture.FamilyActivation {
		kind = c.Of().Activation
	}
	y := 1 / (1 + math.Exp(-1))
	if kind == architecture.GELUTanh {
		y = (1 + math.Tanh(math.Sqrt(2/math.Pi)*1.044715)) / 2
	}
	return math.Round(y*1e6) / 1e6
}

func blockTensors(c architecture.Config) []string {
	var names []string
	for _, t := range c.Block() {
		if !t.Ones {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return names
}

// TestWrittenConfigurationsMeanTheSame writes each of the recorded configurations and
// reads it again.
func TestWrittenConfigurationsMeanTheSame(t *testing.T) {
	for _, facts := range families(t) {
		for _, from := range facts.Cases {
			c, _, err := parseConfig(from.Config)
			if err != nil {
				t.Errorf("%s: %v", from.Config, err)
				continue
			}
			written, err := encodeConfig(c, "float32")
			if err != nil {
				t.Fatal(err)
			}
			again, contradictions, err := parseConfig(written)
			if err != nil || len(contradictions) > 0 {
				t.Errorf("%s becomes %s: %v, contradictions %q", from.Config, written, err, contradictions)
				continue
			}
			second, err := encodeConfig(again, "float32")
			if err != nil || !bytes.Equal(written, second) {
				t.Errorf("%s becomes\n%s, then\n%s: %v", from.Config, written, second, err)
			}
		}
	}
}
