package findings_test

import (
	"testing"

	"sweep/experiments/findings"
	"sweep/sweep/analysis"
)

// TestWhatPeopleAskIsAnswered asks what people have asked of alpha, r and lr, with
// the rule of thumb that they had in mind, which the interval is to exclude.
func TestWhatPeopleAskIsAnswered(t *testing.T) {
	recipes, err := findings.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	law := analysis.NewLRLaw(recipes[0])
	for name, c := range map[string]struct {
		from, to             analysis.LRPlace
		least, most, notThis float64
	}{
		"alpha from 64 to 32: is lr to be halved?":             {analysis.LRPlace{Alpha: 64}, analysis.LRPlace{Alpha: 32}, 1.4, 1.6, 0.5},
		"alpha four times as large: is lr to be, too?":         {analysis.LRPlace{Alpha: 16, R: 8}, analysis.LRPlace{Alpha: 64, R: 8}, 1 / 2.4, 1 / 2.0, 4},
		"r from 32 to 256 at alpha = 2r: lr divided by 8?":     {analysis.LRPlace{Alpha: 64, R: 32}, analysis.LRPlace{Alpha: 512, R: 256}, 1 / 3.3, 1 / 2.5, 1.0 / 8},
		"r four times as large at fixed alpha: is lr to move?": {analysis.LRPlace{Alpha: 16, R: 8}, analysis.LRPlace{Alpha: 16, R: 32}, 0.9, 1.2, 0.5},
	} {
		m, err := law.Move(c.from, c.to)
		if err != nil {
			t.Errorf("%s %v", name, err)
			continue
		}
		if f := m.Factor; f.Value < c.least || f.Value > c.most || f.Low <= c.notThis && c.notThis <= f.High {
			t.Errorf("%s lr x %v; want a factor from %.3g to %.3g, and not %.3g", name, f, c.least, c.most, c.notThis)
		}
	}
}

func TestSGDIsAnotherLawThanAdam(t *testing.T) {
	recipes, err := findings.Recipes()
	if err != nil {
		t.Fatal(err)
	}
	factors := map[string]float64{}
	for _, r := range recipes {
		m, err := analysis.NewLRLaw(r).Move(analysis.LRPlace{Alpha: 4}, analysis.LRPlace{Alpha: 64})
		if err != nil {
			continue // a recipe of one alpha
		}
		if optimizer := r.Shared["optimizer"] + r.Shared["momentum"]; factors[optimizer] == 0 { // the first has the most settings
			factors[optimizer] = m.Factor.Value
		}
	}
	if len(factors) != 4 || factors["sgd"] > factors["adamw"]/2 || factors["sgd0.9"] > factors["adamw"]/2 {
		t.Errorf("16 times alpha: lr x %v; SGD's is to fall by more", factors)
	}
}
