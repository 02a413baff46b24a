package filter_test

import (
	"math"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// finished is a run of the defaults that ended with an evaluation loss of 0.5.
func finished() sweep.Result {
	p := sweep.Defaults()
	p.R, p.Alpha = 8, 32
	return sweep.Result{
		Run:     sweep.Run{Name: "wide/r8-a32", Arm: "wide", Key: "0f", Params: p},
		Outcome: sweep.Outcome{State: sweep.StateDone, Steps: 200, Loss: 0.75, EvalLoss: 0.5, Evaluated: true, FirstLoss: math.NaN()},
	}
}

func TestConditionsSelectRuns(t *testing.T) {
	for condition, want := range map[string]bool{
		"r=8 and alpha>16":              true,
		"r = 8 && alpha == 32":          true,
		"r=8 and alpha<=16":             false,
		"alpha = 4*r or seed != 0":      true,
		"not (r >= 9)":                  true,
		"r in [4, 8]":                   true,
		"r in [4, 16]":                  false,
		"log2(alpha) = 5":               true,
		"optimizer = 'adamw'":           true,
		`optimizer="adamw"`:             true,
		"arm = 'wide'":                  true,
		"run = 'a=b'":                   false,
		"targets contains 'q_proj'":     true,
		"run matches '^wide/r[0-9]+-a'": true,
		"shuffle":                       true,
		"state = 'done' and loss < 1":   true,
		"trained = steps":               true,
		"eval_loss < 0.6":               true,
		"first_loss < 1":                false, // not there
		"first_loss >= 1":               false,
	} {
		f, err := filter.New(condition)
		if err != nil {
			t.Error(err)
			continue
		}
		if selected, err := f.Select([]sweep.Result{finished()}); err != nil || (len(selected) == 1) != want {
			t.Errorf("%s selects %d runs, %v; want %v", condition, len(selected), err, want)
		}
	}
}

func TestALossThatIsNotThereYetComparesAsFalse(t *testing.T) {
	pending := finished()
	pending.Outcome = sweep.Outcome{}
	f, err := filter.New("state = 'pending' and not (loss < 1) and not (loss >= 1)")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := f.Match(pending); err != nil || !ok {
		t.Errorf("got %v, %v", ok, err)
	}
}

func TestTheErrorForABadConditionNamesTheColumn(t *testing.T) {
	for condition, want := range map[string]string{
		"alpah > 16":         `"alpah > 16", column 1: there is no parameter or column "alpah"; did you mean "alpha"?`,
		"r=8 and alpah>16":   `column 9: there is no parameter or column "alpah"; did you mean "alpha"?`,
		"r=8 and lora_r = 8": `did you mean "r"?`,
		"eval_los < 1":       `did you mean "eval_loss"?`,
		"state = done":       `column 9: there is no parameter or column "done"`,
		"r = 8 and":          `column 9: more is expected here`,
		"r = 8 alpha = 3":    `column 7: unexpected token Identifier("alpha")`,
		"r = 'x'":            `column 3: a number and a text do not go together with ==; a text stands in quotes and a number does not`,
		"r":                  `"r" is no condition: expected condition, but got number; write one such as "r = 8 and alpha > 16"`,
		"":                   `column 1: more is expected here`,
		"r = 8; seed":        `is no condition`,
		"run matches '('":    `missing closing )`,
		"len(run) = 3":       `column 1: there is no parameter or column "len"`,
	} {
		if _, err := filter.New(condition); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got  %v\nwant %s", condition, err, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"r = 8 and alpha > 16", "not (lr <= 1e-3) or seed in [1, 2]", "name startsWith 'wide' && optimizer != \"sgd\"", "log2(alpha/r) = 2^1",
		"targets contains 'q_proj'", "name matches '^w.*[0-9]$'", "(((r = 8)))", "eval_loss < 1 ? true : false", "max(r, 2, 3) >= - 3",
	} {
		f.Add(seed)
	}
	run := finished()
	f.Fuzz(func(t *testing.T, text string) {
		condition, err := filter.New(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		holds, err := condition.Match(run)
		for wrapped, want := range map[string]bool{"(" + text + "\n)": holds, "not (" + text + "\n)": !holds} {
			again, errAgain := filter.New(wrapped)
			if errAgain != nil {
				if !strings.ContainsAny(text, "/#;`") && len(text) < 1000 { // so that no comment hides the bracket
					t.Fatalf("%q is refused: %v", wrapped, errAgain)
				}
				continue
			}
			if got, errAgain := again.Match(run); (err == nil) != (errAgain == nil) || err == nil && got != want {
				t.Errorf("%q is %v, %v, but %q is %v, %v", text, holds, err, wrapped, got, errAgain)
			}
		}
	})
}

func TestConditionsReadParametersOfACommandsOwn(t *testing.T) {
	run := finished()
	run.Params.Command = &sweep.Command{Stated: []string{"alpha", "fast", "lr-ratio", "r", "trainer.precision", "word"}}
	run.Params.Custom = sweep.Custom{"fast": true, "lr-ratio": 3.0, "trainer.precision": "bf16", "word": "a-b"}
	custom := append(sweep.CustomParameters([]sweep.Result{run}), sweep.CustomParameter("absent", sweep.KindNumber), sweep.CustomParameter("lr", sweep.KindNumber))
	for condition, want := range map[string]bool{
		"fast":                                true,
		"not fast":                            false,
		"lr-ratio = 3":                        true,
		"2*lr-ratio-1 = 5":                    true,
		"alpha-lr-ratio = 29":                 true,
		"lr-ratio - 1 = 2":                    true,
		"trainer.precision = 'bf16'":          true,
		"trainer.precision in ['fp16']":       false,
		"word = 'a-b' and fast":               true,
		"word = 'trainer.precision'":          false,
		"absent > 0":                          false,
		"absent <= 0":                         false,
		"optimizer = 'adamw'":                 false, // not stated, so not known
		"seed = 0":                            false,
		"r = 8 and state = 'done' and fast":   true,
		"max(lr-ratio, alpha) = 32":           true,
		"trainer.precision contains 'bf'":     true,
		`word = "a-b" and lr-ratio^2 = 9`:     true,
		"lr-ratio/lr-ratio = 1 and not false": true,
	} {
		f, err := filter.New(condition, sweep.CommandColumns(custom, nil)...)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := f.Match(run); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", condition, got, err, want)
		}
	}
	for condition, want := range map[string]string{
		"fast > 1":              "column 6: ",
		"wrod = 'x'":            `there is no parameter or column "wrod"; did you mean "word"?`,
		"lr-ratio and x = 1":    `column 14: there is no parameter or column "x"`,
		"lr-ratio > 2 and lr_r": "column 18: ",
		"word = 3":              "a text and a number do not go together",
	} {
		if _, err := filter.New(condition, sweep.CommandColumns(custom, nil)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got  %v\nwant %s", condition, err, want)
		}
	}
	formula, err := filter.NewFormula("2 * lr-ratio^2 - trainer.x", append(custom, sweep.CustomParameter("trainer.x", sweep.KindNumber))...)
	if err != nil {
		t.Fatal(err)
	}
	run.Params.Custom["trainer.x"] = 8.0
	if x, err := formula.Evaluate(&run.Params); err != nil || x != 10 {
		t.Errorf("the formula is %v, %v", x, err)
	}
}

func TestConditionsReadWhatCommandsLoggedUnderAnyName(t *testing.T) {
	names := []string{"eval/accuracy", "reward (mean)", "top-5", "loss@val", "Genauigkeit", "lr", "eval"}
	r := sweep.Result{Run: sweep.Run{Params: sweep.Defaults()}}
	for i, name := range names {
		r.Measures = r.Measures.With(name, float64(i+1))
	}
	own := sweep.CommandColumns(nil, names)
	for condition, want := range map[string]bool{
		"eval/accuracy = 1": true, "eval/accuracy > 1": false, "reward (mean) < 3 and top-5 = 3": true, "loss@val/logged.eval = 4/7": true,
		"Genauigkeit = 5": true, "logged.lr = 6 and lr < 1": true, "logged.eval / 7 = 1": true, "top-5 - 3 = 0": true, "arm = 'eval/accuracy'": false,
	} {
		f, err := filter.New(condition, own...)
		if err != nil {
			t.Errorf("%s: %v", condition, err)
			continue
		}
		if got, err := f.Match(r); got != want || err != nil {
			t.Errorf("%s is %v, %v; want %v", condition, got, err, want)
		}
	}
	if _, err := filter.New("eval/recall > 1", own...); err == nil || !strings.Contains(err.Error(), `column 6: there is no parameter or column "recall"`) {
		t.Errorf("a name that nothing has: %v", err)
	}
}
