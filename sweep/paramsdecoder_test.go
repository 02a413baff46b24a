package sweep_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"sweep/sweep"
)

// Some of the settings are as an earlier version wrote them.
func TestDecodingRunsOneAfterTheOtherGivesWhatDecodingEachAloneDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d sweep.ParamsDecoder
		for range 8 {
			p := sweep.Defaults()
			p.LR = rapid.SampledFrom([]float64{1e-3, 0.5, math.MaxFloat64}).Draw(t, "lr")
			p.Eps = rapid.SampledFrom([]float64{1e-8, 1e-6}).Draw(t, "eps")
			p.Seed = rapid.IntRange(-1, 2).Draw(t, "seed")
			p.Shuffle = rapid.Bool().Draw(t, "shuffle")
			p.Model = rapid.SampledFrom([]string{"a", `b","seed":7,"c":"`, `\`, "]{", "\u65e5"}).Draw(t, "model")
			p.AlphaPattern = rapid.SampledFrom([]map[string]float64{nil, {"q_proj": 2}, {"a,}b": 1, "[": 0.5}}).Draw(t, "alpha_pattern")
			p.Targets = rapid.SampledFrom([][]string{nil, {}, {"q_proj"}, {"v_proj", "q_proj"}}).Draw(t, "targets")
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "old") {
				var fields map[string]any
				if err := json.Unmarshal(text, &fields); err != nil {
					t.Fatal(err)
				}
				delete(fields, "eps_a")
				text, _ = json.Marshal(fields) // it was JSON before
			}
			want, wantErr := sweep.DecodeParams(text)
			got, gotErr := d.Decode(text)
			if !reflect.DeepEqual(got, want) || (gotErr == nil) != (wantErr == nil) {
				t.Fatalf("%s: got %+v, %v, want %+v, %v", text, got, gotErr, want, wantErr)
			}
		}
	})
}

func TestDecoderRefusesWhatDecodeParamsRefuses(t *testing.T) {
	whole, err := json.Marshal(sweep.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "{", "{}x", `{"lr":"x"}`, string(whole[:len(whole)-1]), string(whole) + "}"} {
		var d sweep.ParamsDecoder
		if _, err := d.Decode(whole); err != nil {
			t.Fatal(err)
		}
		_, wantErr := sweep.DecodeParams([]byte(text))
		if _, err := d.Decode([]byte(text)); (err == nil) != (wantErr == nil) {
			t.Errorf("%q: %v, want %v", text, err, wantErr)
		}
	}
}
