package grid_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// twoArms is a grid that can decide things.
const twoArms = `
[grid]
alpha = [4, 16]
lr    = [0.001, 0.01, 0.1]
seed  = [0, 1]
[[arm]]
name = "adamw"
[[arm]]
name = "sgd"
[arm.fixed]
optimizer = "sgd"
`

const slopePrediction = `
[[predict]]
says     = "It falls"
quantity = "slope of the best lr"
along    = "alpha"
`

func TestAPredictionIsReadAndSelectsItsRuns(t *testing.T) {
	p := plan(t, twoArms+slopePrediction+`where = "arm = 'sgd' and seed = 0"
above = -0.65
below = -0.4
[[predict]]
says     = "Large alphas end lower"
quantity = "tuned loss"
by       = "alpha"
from     = 4
to       = 16
below    = -0.05
[[predict]]
says     = "SGD falls steeper"
quantity = "slope of the best lr"
along    = "alpha"
by       = "arm"
from     = "adamw"
to       = "sgd"
below    = 0
[[predict]]
says     = "All start alike"
quantity = "unequal starts"
equals   = 0
`)
	want := []sweep.Prediction{
		{Says: "It falls", Quantity: "slope of the best lr", Along: "alpha", Where: "arm = 'sgd' and seed = 0", Above: -0.65, Below: -0.4},
		{Says: "Large alphas end lower", Quantity: "tuned loss", By: "alpha", From: "4", To: "16", Above: math.Inf(-1), Below: -0.05},
		{Says: "SGD falls steeper", Quantity: "slope of the best lr", Along: "alpha", By: "arm", From: "adamw", To: "sgd", Above: math.Inf(-1)},
		{Says: "All start alike", Quantity: "unequal starts"},
	}
	if diff := cmp.Diff(want, p.Spec.Predictions()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var results []sweep.Result
	for _, run := range p.Runs {
		results = append(results, sweep.Result{Run: run})
	}
	var sizes [][2]int
	for _, predicted := range p.Spec.Predicted(results) {
		sizes = append(sizes, [2]int{len(predicted.Cells), len(predicted.Against)})
	}
	if diff := cmp.Diff([][2]int{{6, 0}, {12, 12}, {12, 12}, {24, 0}}, sizes); diff != "" {
		t.Errorf("runs that they are about, -want +got:\n%s", diff)
	}
	if got := want[0].String(); got != "It falls: slope of the best lr along alpha, where arm = 'sgd' and seed = 0: -0.65 to -0.4" {
		t.Error(got)
	}
}

func TestPredictionsMoveNoKeyAndNoPlan(t *testing.T) {
	plain, predicting := plan(t, twoArms), plan(t, twoArms+slopePrediction+"below = 0\n")
	if diff := cmp.Diff(plain.Runs, predicting.Runs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(plain.Cells, predicting.Cells); diff != "" {
		t.Error(diff)
	}
}

func TestAWrongPredictionIsRefusedBeforeAnythingTrains(t *testing.T) {
	with := func(lines string) string { return "\n[[predict]]\nsays = 'so'\n" + lines }
	for name, c := range map[string]struct{ text, want string }{
		"nothing":             {"\n[[predict]]\n", "says is missing; allowed: a sentence"},
		"an unknown key":      {with("qantity = 'best lr'"), `x.toml:5: predict[1].qantity is unknown here; allowed: says, quantity, along, by, from, to, metric, where, above, below, equals; did you mean "quantity"?`},
		"an unknown quantity": {with("quantity = 'slope of best lr'\nalong = 'alpha'\nbelow = 0"), `x.toml:5: predict[1].quantity = "slope of best lr" is no quantity that can be predicted; allowed: slope of the best lr, `},
		"its nearest":         {with("quantity = 'slope'"), `did you mean "slope of the best lr"?`},
		"no axis":             {with("quantity = 'worst regret'\nbelow = 0"), `x.toml:3: predict[1].along is missing`},
		"an unknown axis":     {with("quantity = 'worst regret'\nalong = 'alhpa'\nbelow = 0"), `x.toml:6: predict[1].along = "alhpa" is no parameter; did you mean "alpha"?`},
		"an axis of words":    {with("quantity = 'worst regret'\nalong = 'optimizer'\nbelow = 0"), `is no number, along which`},
		"along lr":            {with("quantity = 'worst regret'\nalong = 'lr'\nbelow = 0"), `is no axis to predict about`},
		"between two lr":      {with("quantity = 'tuned loss'\nby = 'lr'\nfrom = 0.1\nto = 0.2\nbelow = 0"), `is no axis to predict about: the best lr is looked for; the quantity "loss" compares two lr`},
		"between two seeds":   {with("quantity = 'loss'\nby = 'seed'\nfrom = 0\nto = 1\nbelow = 0"), `is no axis to predict about: seeds are averaged over`},
		"an axis too many":    {with("quantity = 'tuned loss'\nalong = 'alpha'\nby = 'r'\nfrom = 4\nto = 8\nbelow = 0"), `predict[1].along does not go with the quantity "tuned loss"`},
		"half a comparison":   {with("quantity = 'tuned loss'\nby = 'alpha'\nfrom = 4\nbelow = 0"), `predict[1].to is missing; allowed: one of the values of alpha`},
		"a wrong value":       {with("quantity = 'tuned loss'\nby = 'alpha'\nfrom = 'a'\nto = 4\nbelow = 0"), `predict[1].from = "a" is no number`},
		"with itself":         {with("quantity = 'tuned loss'\nby = 'alpha'\nfrom = 4\nto = 4.0\nbelow = 0"), `is compared with itself`},
		"no bound":            {with("quantity = 'worst regret'\nalong = 'alpha'"), `x.toml:3: predict[1] predicts no number; allowed: above, below or both`},
		"an empty interval":   {with("quantity = 'worst regret'\nalong = 'alpha'\nabove = 0.5\nbelow = 0.1"), `x.toml:7: predict[1].above = 0.5 leaves nothing: below is 0.1`},
		"no number":           {with("quantity = 'worst regret'\nalong = 'alpha'\nabove = nan"), `predict[1].above = NaN is no number; allowed: a share of 1`},
		"an exact number":     {with("quantity = 'worst regret'\nalong = 'alpha'\nequals = 0"), `can never be shown of a number that is measured with an error`},
		"two kinds of bounds": {with("quantity = 'unequal starts'\nequals = 0\nbelow = 2"), `leaves no room for above or below`},
		"an unknown metric":   {with("quantity = 'best lr'\nmetric = 'matches'\nby = 'r'\nfrom = 4\nto = 8\nbelow = 1"), `x.toml:6: predict[1].metric = "matches" is nothing that runs are compared by; allowed: "loss" or "match"`},
		"bits by a metric":    {with("quantity = 'unequal starts'\nmetric = 'match'\nequals = 0"), `predict[1].metric does not go with the quantity "unequal starts"; take it out`},
		"no condition":        {with("quantity = 'unequal starts'\nequals = 0\nwhere = 'alpa = 4'"), `there is no parameter or column "alpa"; did you mean "alpha"?`},
		"a result":            {with("quantity = 'unequal starts'\nequals = 0\nwhere = 'eval_loss < 1'"), `eval_loss is not known before a run is trained`},
		"said twice":          {with("quantity = 'unequal starts'\nequals = 0") + with("quantity = 'unequal starts'\nequals = 1"), `x.toml:8: predict[2].says = "so" is said by two predictions`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "x.toml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAPredictionGoesByItsMetric(t *testing.T) {
	p := plan(t, "[fixed]\neval = ['loss', 'match']\nholdout = 0.1\n"+twoArms+slopePrediction+"below = 0\nmetric = 'match'\n"+
		strings.Replace(slopePrediction, "falls", "falls by loss", 1)+"below = 0\nmetric = 'loss'\n")
	var results []sweep.Result
	for _, run := range p.Runs {
		results = append(results, sweep.Result{Run: run})
	}
	for i, want := range []struct {
		metric sweep.Metric
		text   string
	}{
		{sweep.MetricMatch, "It falls: slope of the best lr along alpha, by match: below 0"},
		{sweep.MetricLoss, "It falls by loss: slope of the best lr along alpha: below 0"},
	} {
		predicted := p.Spec.Predicted(results)[i]
		if got := predicted.Cells[0].Metric; got != want.metric || predicted.String() != want.text {
			t.Errorf("%s, by %q; want %s, by %q", predicted.String(), got, want.text, want.metric)
		}
	}
}

func TestAPredictionGoesByWhatACommandLogs(t *testing.T) {
	text := "name = 'x'\n[fixed]\nsteps = 5\n[grid]\nalpha = [4, 8, 16]\nlr = [1e-3, 1e-2, 1e-1]\n[[arm]]\nname = 'here'\n[[arm]]\nname = 'there'\n[arm.command]\nrun = ['go', '{args}']\n" +
		slopePrediction + "below = 0\nmetric = 'accuracy'\nwhere = "
	for where, want := range map[string]string{`"arm = 'there'"`: "", `"arm = 'here'"`: `predict[1].metric = "accuracy" is not measured in cell here/a4-lr1e-3; have a command train it that logs accuracy`} {
		spec, err := grid.DecodeSpec(strings.NewReader(text+where+"\n"), "x.toml")
		if err != nil {
			t.Fatal(err)
		}
		plan, err := grid.NewPlan(spec, &inspector{})
		switch {
		case want != "":
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		case err != nil:
			t.Error(err)
		default:
			var results []sweep.Result
			for _, run := range plan.Runs {
				results = append(results, sweep.Result{Run: run})
			}
			if p := spec.Predicted(results)[0]; len(p.Cells) != 9 || p.Cells[0].Metric != "accuracy" {
				t.Errorf("the prediction is about %d cells", len(p.Cells))
			}
		}
	}
}

func TestAPredictionAboutNoCellIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a condition": {slopePrediction + "below = 0\nwhere = \"arm = 'adam'\"\n", `predict[1].where = "arm = 'adam'" selects no cell`},
		"a value":     {"[[predict]]\nsays = 'so'\nquantity = 'tuned loss'\nby = 'alpha'\nfrom = 4\nto = 64\nbelow = 0\n", `predict[1].to = "64" is of no cell`},
		"a metric":    {slopePrediction + "below = 0\nmetric = 'match'\nwhere = \"arm = 'sgd'\"\n", `predict[1].metric = "match" is not measured in cell sgd/a4-lr1e-3-s0; set eval = ["loss", "match"] there`},
		"another":     {"[[predict]]\nsays = 'so'\nquantity = 'tuned loss'\nby = 'arm'\nfrom = 'adam'\nto = 'sgd'\nbelow = 0\nwhere = 'seed = 0'", `predict[1].from = "adam" is of no cell where seed = 0`},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+twoArms+c.text), "x.toml")
			if err != nil {
				t.Fatal(err)
			}
			if _, err = grid.NewPlan(spec, &inspector{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestPredictionsOfAnIncludedFileAreKept(t *testing.T) {
	files := map[string]string{
		"grid.toml": "name = 'x'\ninclude = 'base.toml'\n" + slopePrediction + "below = 0\n[[predict]]\nsays = 'more'\nquantity = 'unequal starts'\nequals = 0\n",
		"base.toml": twoArms + slopePrediction + "below = -0.1\n[[predict]]\nsays = 'first'\nquantity = 'unequal starts'\nequals = 0\n",
	}
	spec, err := grid.ParseSpec(filepath.Join(write(t, files), "grid.toml"))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := grid.DecodeSpec(strings.NewReader(spec.Source), "x.toml") // where the files are gone
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*grid.Spec{spec, stored} {
		var says []string
		for _, p := range s.Predictions() {
			says = append(says, p.Says+" "+p.Interval())
		}
		if diff := cmp.Diff([]string{"It falls below 0", "first 0", "more 0"}, says); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	files["grid.toml"] = "name = 'x'\n[[arm]]\nname = 'a'\ninclude = 'sub.toml'\n"
	files["sub.toml"] = "[[predict]]\nsays = 'first'\nquantity = 'unequal starts'\nequals = 0\n"
	if _, err := grid.ParseSpec(filepath.Join(write(t, files), "grid.toml")); err == nil || !strings.Contains(err.Error(), "has predictions, which are about a whole grid") {
		t.Error(err)
	}
}

func TestAPlanWarnsOfWhatItCannotDecide(t *testing.T) {
	for name, c := range map[string]struct{ axes, want string }{
		"all is there": {"alpha = [4, 8]\nlr = [0.001, 0.01, 0.1]\nseed = [0, 1]", ""},
		"one seed":     {"alpha = [4, 8]\nlr = [0.001, 0.01, 0.1]", "one seed gives no interval"},
		"one value":    {"r = [4, 8]\nlr = [0.001, 0.01, 0.1]\nseed = [0, 1]", "alpha has one value"},
		"no lr":        {"alpha = [4, 8]\nseed = [0, 1]", "lr has 1 of the 3 values"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range plan(t, "[grid]\n"+c.axes+slopePrediction+"below = 0\n").Warnings() {
				if strings.Contains(w.Fault, "cannot be decided") {
					got = append(got, w.Fault)
				}
			}
			if all := strings.Join(got, "; "); c.want == "" && all != "" || !strings.Contains(all, c.want) {
				t.Errorf("got %q, want %q", all, c.want)
			}
		})
	}
}

// TestALossIsPredictedWhereNothingIsTuned has one lr, at which the loss can be compared,
// and two lr that are compared themselves.
func TestALossIsPredictedWhereNothingIsTuned(t *testing.T) {
	for name, c := range map[string]struct{ axes, sides string }{
		"two alphas at one lr":   {"alpha = [4, 8]\nseed = [0, 1]", "by = 'alpha'\nfrom = 4\nto = 8"},
		"two lr of one alpha":    {"lr = [0.01, 0.1]\nseed = [0, 1]", "by = 'lr'\nfrom = 0.01\nto = 0.1"},
		"two alphas at three lr": {"alpha = [4, 8]\nlr = [0.001, 0.01, 0.1]\nseed = [0, 1]", "by = 'alpha'\nfrom = 4\nto = 8"},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan(t, "[grid]\n"+c.axes+"\n[[predict]]\nsays = 'so'\nquantity = 'loss'\n"+c.sides+"\nbelow = 0\n")
			for _, w := range p.Warnings() {
				if strings.Contains(w.Fault, "cannot be decided") {
					t.Error(w)
				}
			}
			var results []sweep.Result
			for _, run := range p.Runs {
				results = append(results, sweep.Result{Run: run})
			}
			if of := p.Spec.Predicted(results)[0]; 2*len(of.Cells) != len(p.Runs) || 2*len(of.Against) != len(p.Runs) {
				t.Errorf("%d runs against %d of %d", len(of.Cells), len(of.Against), len(p.Runs))
			}
		})
	}
}
