package sweep_test

import (
	"math"
	"reflect"
	"testing"

	"sweep/sweep"
)

func TestTheKeyDependsOnEveryParameterThatIsUsedExceptPathsAndWhatDecidesAnother(t *testing.T) {
	inputs := sweep.Inputs{Model: "m", Data: "d", Numerics: 1}
	momentum := func(p *sweep.Params) { p.Optimizer, p.Momentum = "sgd", 0.5 }
	full := func(p *sweep.Params) { p.Method = "full" }
	acts := map[string]func(*sweep.Params){ // settings under which parameters that are unused by default act
		"lr": full, "eps": full, "weight_decay": full, "momentum": momentum, "nesterov": momentum,
	}
	for _, q := range sweep.Parameters() {
		p := sweep.Defaults()
		if set := acts[q.Name]; set != nil {
			if q.Unused(p) == "" {
				t.Errorf("%s acts by default", q.Name)
			}
			set(&p)
		}
		base := p.Key(inputs)
		switch v := q.Value(p).(type) {
		case int:
			q.Set(&p, v+1)
		case float64:
			q.Set(&p, v+0.125)
		case bool:
			q.Set(&p, !v)
		case string:
			q.Set(&p, v+"x")
		case []string:
			q.Set(&p, append(v, "o_proj"))
		case map[string]float64:
			q.Set(&p, map[string]float64{"q_proj": 4})
		case sweep.Texts:
			q.Set(&p, append(v, "prompt=question"))
		}
		if same, want := p.Key(inputs) == base, q.Kind == sweep.KindPath || q.Decides != ""; same != want {
			t.Errorf("changing %s leaves the key the same: %v, want %v", q.Name, same, want)
		}
	}
}

func TestTheKeyDependsOnEveryInput(t *testing.T) {
	seen := map[string]int{}
	var in sweep.Inputs
	seen[sweep.Defaults().Key(in)] = -1
	fields := reflect.ValueOf(&in).Elem()
	for i := range fields.NumField() {
		if f := fields.Field(i); f.Kind() == reflect.Int {
			f.SetInt(7)
		} else {
			f.SetString("7")
		}
		p := sweep.Defaults()
		if fields.Type().Field(i).Name == "Command" {
			p.Command = &sweep.Command{}
		}
		key := p.Key(in)
		if before, ok := seen[key]; ok {
			t.Errorf("setting input %d gives the key of input %d", i, before)
		}
		seen[key] = i
	}
}

func TestTheKeyDoesNotDependOnHowSettingsAreSpelt(t *testing.T) {
	a, b := sweep.Defaults(), sweep.Defaults()
	a.Targets = []string{"q_proj", "v_proj", "down_proj"}
	b.Targets = []string{"down_proj", "v_proj", "q_proj", "v_proj"}
	b.WeightDecay = math.Copysign(0, -1)
	if a.Key(sweep.Inputs{}) != b.Key(sweep.Inputs{}) {
		t.Error("the order of targets or the sign of a zero changed the key")
	}
}

// A key must outlive the program that wrote it: this one was taken when the
// encoding was fixed. If it changes, every store's runs are trained again.
func TestTheKeyOfTheDefaultsNeverChanges(t *testing.T) {
	const want = "c2f86307881f0fba4b7306f6a491eda0f169716368d6308ea699f5943efa1968"
	got := sweep.Defaults().Key(sweep.Inputs{Model: "00", Data: "11", Numerics: 1})
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
