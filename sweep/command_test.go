package sweep_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
)

// commanded is a run of a command that its grid gives alpha, steps and a parameter of its
// own.
func commanded() sweep.Params {
	p := sweep.Defaults()
	p.Command = &sweep.Command{
		Run: []string{"train", "{args}"}, Env: map[string]string{"A": "1"}, Template: "x.yml", Files: []string{"x.py"},
		Metrics: sweep.CommandMetrics{From: "stdout"}, Dir: "/home/one", Stated: []string{"alpha", "own", "steps"},
	}
	p.Custom = sweep.Custom{"own": 3.0}
	return p
}

// with is a run of a command that differs from commanded.
func with(change func(p *sweep.Params, c *sweep.Command)) sweep.Params {
	p := commanded()
	c := *p.Command
	change(&p, &c)
	p.Command = &c
	return p
}

func TestTheKeyOfACommandsRunHasWhatDecidesItsCurveAndNothingElse(t *testing.T) {
	in := sweep.Inputs{Command: "hash"}
	key := commanded().Key(in)
	keys := map[string]string{key: "the run itself"}
	for name, change := range map[string]func(p *sweep.Params, c *sweep.Command){
		"an argument":      func(_ *sweep.Params, c *sweep.Command) { c.Run = []string{"train", "-v", "{args}"} },
		"a variable":       func(_ *sweep.Params, c *sweep.Command) { c.Env = map[string]string{"A": "2"} },
		"the template":     func(_ *sweep.Params, c *sweep.Command) { c.Template = "y.yml" },
		"the metrics":      func(_ *sweep.Params, c *sweep.Command) { c.Metrics.From = "file" },
		"a value":          func(p *sweep.Params, _ *sweep.Command) { p.Alpha = 99 },
		"a value of own":   func(p *sweep.Params, _ *sweep.Command) { p.Custom = sweep.Custom{"own": 4.0} },
		"a kind of own":    func(p *sweep.Params, _ *sweep.Command) { p.Custom = sweep.Custom{"own": "3"} },
		"a flag for own":   func(p *sweep.Params, _ *sweep.Command) { p.Custom = sweep.Custom{"own": true} },
		"what is stated":   func(_ *sweep.Params, c *sweep.Command) { c.Stated = []string{"alpha", "own", "r", "steps"} },
		"one own more":     func(p *sweep.Params, _ *sweep.Command) { p.Custom = sweep.Custom{"own": 3.0, "other": 3.0} },
		"no command":       func(*sweep.Params, *sweep.Command) {},
		"text like a line": func(p *sweep.Params, _ *sweep.Command) { p.Custom = sweep.Custom{"own": "3\"\ncustom.x = \"4"} },
	} {
		other := with(change)
		if name == "no command" {
			other.Command = nil
		}
		k := other.Key(in)
		if same, known := keys[k]; known {
			t.Errorf("%s: the key is that of %s", name, same)
		}
		keys[k] = name
	}
	if commanded().Key(sweep.Inputs{Command: "other files"}) == key {
		t.Error("other files have the same key")
	}
	two := 2.0
	for name, change := range map[string]func(p *sweep.Params, c *sweep.Command){
		"GPUs": func(_ *sweep.Params, c *sweep.Command) { c.GPUs = &two },
		"times": func(_ *sweep.Params, c *sweep.Command) {
			c.Timeout, c.StartTimeout, c.QuietTimeout, c.Grace = 1, 2, 3, 4
		},
		"the folder":         func(_ *sweep.Params, c *sweep.Command) { c.Dir = "/home/two" },
		"names of files":     func(_ *sweep.Params, c *sweep.Command) { c.Files = []string{"y.py"} },
		"copies":             func(_ *sweep.Params, c *sweep.Command) { c.Copies = true },
		"what is not stated": func(p *sweep.Params, _ *sweep.Command) { p.R, p.LR, p.Optimizer, p.Model = 99, 99, "sgd", "other" },
	} {
		if with(change).Key(in) != key {
			t.Errorf("with other %s the key is another", name)
		}
	}
}

func TestParametersThatAGridDoesNotStateAreNotKnownOfACommandsRun(t *testing.T) {
	r := sweep.Result{Run: sweep.Run{Params: commanded()}}
	unknown := r.Unknown()
	if !slices.Contains(unknown, "r") || slices.Contains(unknown, "alpha") || slices.Contains(unknown, "steps") || len(unknown) != len(sweep.Parameters())-2 {
		t.Errorf("unknown: %v", unknown)
	}
	for name, want := range map[string]any{"alpha": r.Params.Alpha, "own": 3.0, "steps": r.Params.Steps} {
		if c, err := sweep.LookupColumn(name, sweep.CustomParameters([]sweep.Result{r})...); err != nil || !c.Known(r) || c.Value(r) != want {
			t.Errorf("%s is %v, %v", name, c.Value(r), err)
		}
	}
	for _, name := range []string{"r", "lr", "optimizer", "shuffle", "targets", "adapter"} {
		c, err := sweep.LookupColumn(name)
		if err != nil || c.Known(r) {
			t.Errorf("%s is known, as %v", name, c.Value(r))
		}
	}
	if c, _ := sweep.LookupColumn("r"); !math.IsNaN(c.Value(r).(float64)) {
		t.Error("an unknown number has a value")
	}
	if trained := (&sweep.Result{Run: sweep.Run{Params: sweep.Defaults()}}); len(trained.Unknown()) > 0 || !trained.Knows("r") {
		t.Error("a run of the built-in trainer knows all")
	}
	imported := sweep.Result{Run: sweep.Run{Inputs: sweep.Inputs{Imported: "x"}}, Provenance: sweep.Provenance{Unstated: "r, lr"}}
	if imported.Knows("lr") || !imported.Knows("alpha") {
		t.Error("an imported run knows what nothing told, or not what something did")
	}
}

func TestParametersOfCommandsOwnHaveAKindWhateverRunsHave(t *testing.T) {
	of := func(values ...any) (all []sweep.Result) {
		for _, v := range values {
			r := sweep.Result{Run: sweep.Run{Params: commanded()}}
			r.Params.Custom = sweep.Custom{}
			if v != nil {
				r.Params.Custom["own"] = v
			}
			all = append(all, r)
		}
		return all
	}
	for _, c := range []struct {
		values []any
		kind   sweep.Kind
		shown  []any // nil where it is not known
	}{
		{[]any{1.0, nil, 2.0}, sweep.KindNumber, []any{1.0, nil, 2.0}},
		{[]any{true, nil}, sweep.KindFlag, []any{true, nil}},
		{[]any{"a", nil}, sweep.KindText, []any{"a", nil}},
		{[]any{1e-5, "a", true}, sweep.KindText, []any{"1e-5", "a", "true"}},
	} {
		results := of(c.values...)
		custom := sweep.CustomParameters(results)
		if len(custom) != 1 || custom[0].Kind != c.kind || !custom[0].IsCustom() {
			t.Fatalf("%v has the parameters %v", c.values, custom)
		}
		column, err := sweep.LookupColumn("own", custom...)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			if known := column.Known(r); known != (c.shown[i] != nil) || known && column.Value(r) != c.shown[i] {
				t.Errorf("%v is shown as %v, known %v", c.values[i], column.Value(r), known)
			}
		}
	}
}

func TestSettingAParameterOfACommandsOwnLeavesOtherRunsAsTheyAre(t *testing.T) {
	q := sweep.CustomParameter("own", sweep.KindNumber)
	p := commanded()
	other := p
	q.Set(&other, 7.0)
	if p.Custom["own"] != 3.0 || q.Value(other) != 7.0 || q.Number(&other) != 7 {
		t.Errorf("got %v and %v", p.Custom, other.Custom)
	}
	var none sweep.Params
	if q.Value(none) != nil || !math.IsNaN(q.Number(&none)) {
		t.Error("a run without it has a value of it")
	}
}

func TestADecoderReadsRunsOfCommandsOneAfterTheOther(t *testing.T) {
	var d sweep.ParamsDecoder
	hour := with(func(_ *sweep.Params, c *sweep.Command) { c.Timeout = time.Hour })
	for i, p := range []sweep.Params{commanded(), hour, sweep.Defaults(), with(func(p *sweep.Params, _ *sweep.Command) { p.Alpha = 5 }), with(func(p *sweep.Params, _ *sweep.Command) {
		p.Custom = sweep.Custom{"own": "text, with \"quotes\" and {braces}", "flag": false}
	}), commanded()} {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, got); diff != "" {
			t.Errorf("run %d: %s", i, diff)
		}
	}
}

func TestOnlyACommandThatAsksForCopiesHasThemAndOnlyOfRunsThatAreEqual(t *testing.T) {
	orbit := func(change func(p *sweep.Params, c *sweep.Command)) string {
		p := with(func(p *sweep.Params, c *sweep.Command) {
			p.Alpha, p.EpsA, p.EpsB, c.Copies = 16, 0, 0, true
			change(p, c)
		})
		r := sweep.Run{Params: p}
		r.Key = p.Key(r.Inputs)
		return r.Orbit().ID
	}
	same := func(*sweep.Params, *sweep.Command) {}
	twice := func(p *sweep.Params, _ *sweep.Command) { p.Alpha, p.LRB = 32, p.LRB/2 }
	if orbit(same) != orbit(twice) {
		t.Error("alpha and the rate of B that make one run make two")
	}
	for name, change := range map[string]func(p *sweep.Params, c *sweep.Command){
		"another alpha at the same lr":      func(p *sweep.Params, _ *sweep.Command) { p.Alpha = 32 },
		"another value of its own":          func(p *sweep.Params, _ *sweep.Command) { p.Custom = sweep.Custom{"own": 5.0} },
		"an optimizer that nobody knows":    func(p *sweep.Params, c *sweep.Command) { twice(p, c); p.Optimizer = "lion" },
		"no wish for copies":                func(p *sweep.Params, c *sweep.Command) { twice(p, c); c.Copies = false },
		"an eps that is not scaled with it": func(p *sweep.Params, c *sweep.Command) { twice(p, c); p.EpsB = 1e-8 },
	} {
		if orbit(same) == orbit(change) {
			t.Errorf("a run with %s is a copy", name)
		}
	}
}
