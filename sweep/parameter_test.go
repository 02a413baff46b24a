package sweep_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
)

func TestEveryFieldOfParamsHasAParameterOfItsName(t *testing.T) {
	fields := reflect.TypeFor[sweep.Params]()
	n := len(sweep.Parameters())
	p := sweep.Defaults()
	for i := range fields.NumField() {
		name := fields.Field(i).Tag.Get("toml")
		if (name == "-") != (i >= n) {
			t.Fatalf("field %d is %s; after %d parameters there are fields of other kinds", i, fields.Field(i).Name, n)
		}
		if i >= n {
			continue
		}
		q, err := sweep.LookupParameter(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, want := q.Value(p), reflect.ValueOf(p).Field(i).Interface(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads %v, its field is %v", name, got, want)
		}
	}
}

func TestDefaultsAreAmongTheAllowedValues(t *testing.T) {
	for _, q := range sweep.Parameters() {
		switch v := q.Default.(type) {
		case int:
			if float64(v) < q.Min || float64(v) > q.Max {
				t.Errorf("%s = %d is out of bounds", q.Name, v)
			}
		case float64:
			if v < q.Min || v > q.Max || v == q.Min && q.OpenMin || v == q.Max && q.OpenMax {
				t.Errorf("%s = %v is out of bounds", q.Name, v)
			}
		case string:
			if q.Kind == sweep.KindChoice && !slices.Contains(q.Choices, v) {
				t.Errorf("%s = %q is no choice", q.Name, v)
			}
		}
		if q.Doc == "" || q.Allowed() == "" {
			t.Errorf("%s is not explained", q.Name)
		}
	}
}

func TestDefaultsDoNotShareTheirTargets(t *testing.T) {
	p := sweep.Defaults()
	p.Targets[0] = "o_proj"
	if got := sweep.Defaults().Targets[0]; got != "q_proj" {
		t.Errorf("a caller's change reached the defaults: %s", got)
	}
}

func TestNumbersAreWrittenAsPeopleWriteThem(t *testing.T) {
	for x, want := range map[float64]string{
		1e-3: "1e-3", 3.16e-4: "3.16e-4", 0.01: "0.01", 0.0316: "0.0316", 3.16e-3: "3.16e-3", 0.5: "0.5", 1: "1", 256: "256",
		1000: "1000", 2e6: "2e6", 1e-8: "1e-8", 0: "0", -2.5e-3: "-2.5e-3", 1e-10: "1e-10", 0.999: "0.999",
	} {
		if got := sweep.FormatValue(x); got != want {
			t.Errorf("FormatValue(%v) = %s, want %s", x, got, want)
		}
	}
}

func TestTheErrorForAnUnknownParameterSuggestsTheNearest(t *testing.T) {
	for name, want := range map[string]string{
		"alhpa":         `did you mean "alpha"?`,
		"learning_rate": `did you mean "lr"?`,
		"Batch_Size":    `did you mean "batch"?`,
		"q":             `there is no parameter "q"`,

		"num_train_epochs":            `did you mean "epochs"?`,
		"Warmup_Fraction":             `did you mean "warmup_ratio"?`,
		"gradient_accumulation_steps": `did you mean "accumulate"?`,
	} {
		if _, err := sweep.LookupParameter(name); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestAFactorInheritsTheValueOfBoth(t *testing.T) {
	p := sweep.Defaults()
	if p.LRA != p.LR || p.LRB != p.LR || p.EpsA != p.Eps || p.EpsB != p.Eps {
		t.Errorf("the defaults of A and B are not those of both: %+v", p)
	}
	p.LR, p.Eps, p.WeightDecay = 3, 2, 1
	p.Inherit()
	if p.LRA != 3 || p.LRB != 3 || p.EpsA != 2 || p.EpsB != 2 || p.WeightDecayA != 1 || p.WeightDecayB != 1 {
		t.Errorf("A and B do not follow: %+v", p)
	}
}

func TestParamsSurviveJSON(t *testing.T) {
	p := sweep.Defaults()
	p.LRA, p.EpsB, p.Nesterov, p.Init, p.Targets = 0, 1e-300, true, "both", []string{"o_proj"}
	p.RankPattern = map[string]float64{"q_proj": 4}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := sweep.DecodeParams(text); err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("got %+v, %v, want %+v", got, err, p)
	}
}

func TestParamsOfAnEarlierVersionGetWhatItTrainedWith(t *testing.T) {
	got, err := sweep.DecodeParams([]byte(`{"model": "m", "lr": 0.5, "eps": 0.25, "weight_decay": 0.125, "targets": null}`))
	want := sweep.Params{
		Model: "m", LR: 0.5, LRA: 0.5, LRB: 0.5, Eps: 0.25, EpsA: 0.25, EpsB: 0.25,
		WeightDecay: 0.125, WeightDecayA: 0.125, WeightDecayB: 0.125, Init: "kaiming", Eval: []string{"loss"}, Long: "cut", LossOn: "assistant", Accumulate: 1,
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if got, err := sweep.DecodeParams([]byte(`{}`)); err != nil || !reflect.DeepEqual(got, sweep.Params{}) {
		t.Errorf("of nothing came %+v, %v", got, err)
	}
	if _, err := sweep.DecodeParams([]byte(`{"r": "eight"}`)); err == nil {
		t.Error("a rank in words was read")
	}
}

func TestNearestIsTheNameFewestEditsAway(t *testing.T) {
	names := []string{"ranks", "alpha-tracks-lr", "smollm2"}
	for asked, want := range map[string]string{
		"rank": "ranks", "alpha-track-lr": "alpha-tracks-lr", "smolm2": "smollm2", "smollm2": "smollm2",
		"": "", "x": "", "something": "",
	} {
		if got := sweep.Nearest(asked, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", asked, got, want)
		}
	}
}
