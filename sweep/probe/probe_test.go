package probe_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sweep/sweep"
	"sweep/sweep/probe"
	"sweep/trainer"
	"sweep/trainer/adapter"
)

// foreign is the built-in trainer as a program that does something else with its
// settings, or with what it logs, than it says.
type foreign struct {
	settings func(*sweep.Params)
	fails    func(sweep.Params) error
	log      func(sweep.Params) func(sweep.Point) sweep.Point // for each run
}

func (f foreign) Train(ctx context.Context, run sweep.Run, journal sweep.Journal) (sweep.Outcome, error) {
	run.Params.Command = nil
	if f.fails != nil {
		if err := f.fails(run.Params); err != nil {
			return sweep.Outcome{}, err
		}
	}
	if f.settings != nil {
		f.settings(&run.Params)
	}
	if f.log != nil {
		log := f.log(run.Params)
		journal = logging{journal, log}
	}
	t, err := trainOnce(ctx, run.Params)
	for _, p := range t.points {
		err = errors.Join(err, journal.Observe(p))
	}
	return t.outcome, err
}

// trained is a run of the built-in trainer.
type trained struct {
	points  []sweep.Point
	outcome sweep.Outcome
}

// training has the runs by their settings: what is doctored is often the log alone.
var training = struct {
	sync.Mutex
	builtin *trainer.Trainer
	runs    map[string]trained
}{builtin: trainer.New(trainer.Options{}), runs: map[string]trained{}}

func trainOnce(ctx context.Context, p sweep.Params) (t trained, err error) {
	key := p.Key(sweep.Inputs{}) // in which no path counts
	training.Lock()
	defer training.Unlock()
	if t, ok := training.runs[key]; ok {
		return t, nil
	}
	t.outcome, err = training.builtin.Train(ctx, sweep.Run{Params: p}, sweep.Observer(func(p sweep.Point) error {
		t.points = append(t.points, p)
		return nil
	}))
	training.runs[key] = t
	return t, err
}

type logging struct {
	sweep.Journal
	log func(sweep.Point) sweep.Point
}

func (l logging) Observe(p sweep.Point) error { return l.Journal.Observe(l.log(p)) }

// grid is the first cell of a grid over short rows.
func grid(t *testing.T) sweep.Run {
	t.Helper()
	p := sweep.Defaults()
	p.Data = filepath.Join(t.TempDir(), "rows.jsonl")
	rows := ""
	for i := range 64 {
		rows += fmt.Sprintf("{\"text\": \"%d times %d is %d\"}\n", i, i%7, i*(i%7))
	}
	if err := os.WriteFile(p.Data, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Batch, p.Seq, p.Holdout, p.Alpha, p.R = 4, 32, 0, 16, 8
	return sweep.Run{Params: p}
}

func probeOf(t *testing.T, f foreign, run sweep.Run) map[string]probe.Finding {
	t.Helper()
	report, err := probe.Run(context.Background(), f, run, probe.Options{Factors: factors})
	if err != nil {
		t.Fatal(err)
	}
	if most, err := probe.Most(run.Params); err != nil || report.Runs > most || most > 16 {
		t.Errorf("%d runs of %d at the most, 16 in all: %v", report.Runs, most, err)
	}
	return byCheck(t, report)
}

// byCheck has the findings by the names of their checks.
func byCheck(t *testing.T, report *probe.Report) map[string]probe.Finding {
	t.Helper()
	found := map[string]probe.Finding{}
	for _, f := range report.Findings {
		t.Logf("%s: %s: %s: %s. %s", f.Check, f.Claim, f.Answer, f.Shows, f.Means)
		found[f.Check] = f
	}
	return found
}

// factors reads the adapter of the built-in trainer.
func factors(_ sweep.Run, o sweep.Outcome) ([]probe.Factor, error) { return factorsOf(o.Adapter) }

func factorsOf(file []byte) (all []probe.Factor, err error) {
	modules, err := adapter.Decode(file)
	for name, m := range modules {
		r := m.R
		all = append(all, probe.Factor{Module: name, R: r, Width: len(m.A) / r, Values: m.A}, probe.Factor{Module: name, B: true, R: r, Width: len(m.B) / r, Values: m.B})
	}
	return all, err
}

// wants holds findings to answers, by the names of the checks, and to words that must
// stand in them.
func wants(t *testing.T, found map[string]probe.Finding, want map[string][]string) {
	t.Helper()
	for check, words := range want {
		f := found[check]
		if string(f.Answer) != words[0] {
			t.Errorf("%s: %s, want %s", check, f.Answer, words[0])
		}
		for _, word := range words[1:] {
			if !strings.Contains(f.Shows+" "+f.Means, word) {
				t.Errorf("%s: nothing of %q in %q and %q", check, word, f.Shows, f.Means)
			}
		}
	}
}

func TestAProgramThatDoesWhatItSaysPasses(t *testing.T) {
	t.Parallel()
	wants(t, probeOf(t, foreign{}, grid(t)), map[string][]string{
		"start":   {"yes", "B is zero"},
		"scaling": {"yes", "alpha^1.00", "scaling alpha/r", "as Adam's"},
		"init":    {"yes", "uniform"},
		"nan":     {"yes", "NaN"},
		"loss":    {"yes"},
		"repeat":  {"yes", "0 %"},
		"seed":    {"yes"},
	})
}

func TestARuleThatIsNotTheGridsFails(t *testing.T) {
	t.Parallel()
	for rule, words := range map[string][]string{
		"alpha/sqrt(r)": {"no", "scales by alpha/sqrt(r)", "alpha = 16 at r = 64 acts as 128 would"},
		"alpha":         {"no", "scales by alpha:", "acts as 1024 would"},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			f := foreign{settings: func(p *sweep.Params) { p.Scaling = rule }}
			wants(t, probeOf(t, f, grid(t)), map[string][]string{"start": {"yes"}, "scaling": words, "init": {"yes"}, "nan": {"yes"}})
		})
	}
}

func TestTheRuleIsToldWithSGDAsWell(t *testing.T) {
	t.Parallel()
	f := foreign{settings: func(p *sweep.Params) { p.Optimizer, p.Scaling = "sgd", "alpha/sqrt(r)" }}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"scaling": {"no", "scales by alpha/sqrt(r)", "as sgd's"}})
}

func TestTheRuleIsToldByNormsOrByLossesAlone(t *testing.T) {
	t.Parallel()
	for name, log := range map[string]func(sweep.Point) sweep.Point{
		"losses":  func(p sweep.Point) sweep.Point { p.GradNorm, p.WithoutNorm = math.NaN(), true; return p },
		"clipped": func(p sweep.Point) sweep.Point { p.GradNorm = 1; return p },
		"rounded": func(p sweep.Point) sweep.Point {
			p.Loss, p.GradNorm = math.Round(p.Loss*1e4)/1e4, 1
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := foreign{settings: func(p *sweep.Params) { p.Scaling = "alpha/sqrt(r)" }, log: always(log)}
			wants(t, probeOf(t, f, grid(t)), map[string][]string{"start": {"yes"}, "scaling": {"no", "scales by alpha/sqrt(r)"}})
		})
	}
	t.Run("norms", func(t *testing.T) {
		t.Parallel()
		f := foreign{settings: func(p *sweep.Params) { p.Scaling, p.Warmup = "alpha/sqrt(r)", 1000000 }}
		wants(t, probeOf(t, f, grid(t)), map[string][]string{"start": {"yes"}, "scaling": {"no", "scales by alpha/sqrt(r)"}})
	})
}

func always(log func(sweep.Point) sweep.Point) func(sweep.Params) func(sweep.Point) sweep.Point {
	return func(sweep.Params) func(sweep.Point) sweep.Point { return log }
}

func TestAWarmUpWhoseFirstStepDoesNothingIsSeenThrough(t *testing.T) {
	t.Parallel()
	f := foreign{
		settings: func(p *sweep.Params) { p.Scaling, p.Warmup = "alpha/sqrt(r)", 50 },
		log:      always(func(p sweep.Point) sweep.Point { p.GradNorm, p.WithoutNorm = math.NaN(), true; return p }),
	}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"scaling": {"no", "scales by alpha/sqrt(r)"}})
}

func TestAnAlphaThatIsIgnoredFails(t *testing.T) {
	t.Parallel()
	f := foreign{settings: func(p *sweep.Params) { p.Alpha = 16 }}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"start": {"yes"}, "scaling": {"no", "alpha is ignored"}})
}

func TestAStartAwayFromTheBaseFails(t *testing.T) {
	t.Parallel()
	f := foreign{settings: func(p *sweep.Params) { p.Init = "both" }}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"start": {"no", "B is not zero"}})
}

func TestAnotherSpreadOfAIsMeasuredAndTakenOff(t *testing.T) {
	t.Parallel()
	f := foreign{settings: func(p *sweep.Params) { p.Init, p.Scaling = "gaussian", "alpha" }}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{
		"scaling": {"no", "scales by alpha:", "the start of A has r^-1.0"},
		"init":    {"no", "normal", "/r"},
	})
}

func TestHiddenOverflowsFail(t *testing.T) {
	t.Parallel()
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	for name, log := range map[string]func(sweep.Params) func(sweep.Point) sweep.Point{
		"zeros": always(func(p sweep.Point) sweep.Point {
			if !finite(p.Loss) {
				p.Loss = 0
			}
			return p
		}),
		"the mean of the rest": func(sweep.Params) func(sweep.Point) sweep.Point {
			sum, n := 0.0, 0.0
			return func(p sweep.Point) sweep.Point {
				if finite(p.Loss) && p.Step > 0 {
					sum, n = sum+p.Loss, n+1
				} else {
					p.Loss = sum / n
				}
				return p
			}
		},
		"nothing": always(func(p sweep.Point) sweep.Point {
			p.WithoutLoss = !finite(p.Loss)
			return p
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wants(t, probeOf(t, foreign{log: log}, grid(t)), map[string][]string{"nan": {"no"}, "start": {"yes"}, "scaling": {"yes"}})
		})
	}
}

func TestSmoothedLossesFail(t *testing.T) {
	t.Parallel()
	moving := func(weight func(n float64) float64) func(sweep.Params) func(sweep.Point) sweep.Point {
		return func(sweep.Params) func(sweep.Point) sweep.Point {
			mean, n := 0.0, 0.0
			return func(p sweep.Point) sweep.Point {
				n++
				w := weight(n)
				if n == 1 {
					w = 1
				}
				mean += w * (p.Loss - mean)
				p.Loss = mean
				return p
			}
		}
	}
	sums := func(settings sweep.Params) func(sweep.Point) sweep.Point {
		return func(p sweep.Point) sweep.Point {
			p.Loss *= float64(settings.Batch)
			return p
		}
	}
	for name, c := range map[string]struct {
		log   func(sweep.Params) func(sweep.Point) sweep.Point
		words []string
	}{
		"a mean of all steps":     {moving(func(n float64) float64 { return 1 / n }), []string{"no", "mean of all steps"}},
		"a moving average":        {moving(func(float64) float64 { return 0.1 }), []string{"no", "smoothed"}},
		"a sum over the batch":    {sums, []string{"no", "sum"}},
		"every second step alone": {always(func(p sweep.Point) sweep.Point { p.WithoutLoss = p.Step%2 == 1; return p }), []string{"no", "log every step"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := foreign{log: c.log}
			wants(t, probeOf(t, f, grid(t)), map[string][]string{"loss": c.words})
		})
	}
}

func TestASeedThatDoesNotActFails(t *testing.T) {
	t.Parallel()
	f := foreign{settings: func(p *sweep.Params) { p.Seed = 0 }}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"seed": {"no"}, "repeat": {"yes"}})
}

func TestRunsThatDoNotRepeatFailUnlessTheyDifferByRoundingAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		noise float64 // share of the loss
		want  string
	}{
		"rounding": {1e-5, "yes"}, "another draw": {3e-3, "no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			f := foreign{log: func(sweep.Params) func(sweep.Point) sweep.Point {
				runs++
				by := 1 + c.noise*float64(runs%2)
				return func(p sweep.Point) sweep.Point {
					if p.Step > 1 {
						p.Loss *= by
					}
					return p
				}
			}}
			wants(t, probeOf(t, f, grid(t)), map[string][]string{"repeat": {c.want}, "seed": {"yes"}})
		})
	}
}

func TestWhatTheGridDoesNotSetIsNotTold(t *testing.T) {
	t.Parallel()
	run := grid(t)
	run.Params.Command = &sweep.Command{Stated: []string{"alpha", "lr", "steps"}}
	found := probeOf(t, foreign{}, run)
	wants(t, found, map[string][]string{
		"start":   {"yes"},
		"scaling": {"not told", "alpha^1.00", "the grid does not set r"},
		"nan":     {"yes"},
		"loss":    {"not told", "the grid does not set batch"},
		"repeat":  {"yes"},
		"seed":    {"not told", "the grid does not set seed"},
	})
	run.Params.Command.Stated = []string{"alpha", "lr", "r", "steps"}
	f := foreign{settings: func(p *sweep.Params) { p.Scaling = "alpha/sqrt(r)" }}
	wants(t, probeOf(t, f, run), map[string][]string{"scaling": {"yes", `set scaling = "alpha/sqrt(r)" in [fixed]`}})
}

func TestWhatCannotBeProbedIsRefused(t *testing.T) {
	t.Parallel()
	for want, unfit := range map[string]func(*sweep.Params){
		`wants method = "lora"`:        func(p *sweep.Params) { p.Method = "full" },
		"alpha_pattern":                func(p *sweep.Params) { p.AlphaPattern = map[string]float64{"q_proj": 8} },
		"the grid does not set lr, so": func(p *sweep.Params) { p.Command = &sweep.Command{Stated: []string{"alpha", "steps"}} },
	} {
		run := grid(t)
		unfit(&run.Params)
		_, err := probe.Run(t.Context(), foreign{}, run, probe.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, most := probe.Most(run.Params); most == nil || most.Error() != err.Error() {
			t.Errorf("beforehand it is %v", most)
		}
	}
}

func TestARunThatFailsLeavesItsQuestionOpen(t *testing.T) {
	t.Parallel()
	broke := errors.New("it broke")
	f := foreign{fails: func(p sweep.Params) error {
		if p.R == 64 {
			return broke
		}
		return nil
	}}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{
		"start": {"yes"}, "scaling": {"not told", "the run with another r failed: it broke"}, "nan": {"yes"}, "loss": {"yes"},
	})
	_, err := probe.Run(t.Context(), foreign{fails: func(sweep.Params) error { return broke }}, grid(t), probe.Options{})
	if !errors.Is(err, broke) {
		t.Errorf("got %v", err)
	}
	f.fails = func(p sweep.Params) error {
		if p.LR > 1e30 {
			return broke
		}
		return nil
	}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"nan": {"not told", "count as failed, and not as diverged: it broke"}})
}

func TestTheProbeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	n := 0
	_, err := probe.Run(ctx, foreign{}, grid(t), probe.Options{Tell: func(probe.Ended, int, int) {
		if n++; n == 4 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestOtherRowsWithAnotherRankAreNoOtherStart(t *testing.T) {
	t.Parallel()
	f := foreign{settings: func(p *sweep.Params) {
		if p.R != 8 {
			p.Seed += 100
		}
	}}
	wants(t, probeOf(t, f, grid(t)), map[string][]string{"start": {"yes", "with another r the first rows are others"}, "scaling": {"yes"}})
}

func TestEvaluationsBeforeTrainingAreCompared(t *testing.T) {
	t.Parallel()
	run := grid(t)
	run.Params.Holdout = 0.2
	silent := always(func(p sweep.Point) sweep.Point { p.WithoutLoss = p.Step == 1; return p })
	wants(t, probeOf(t, foreign{log: silent}, run), map[string][]string{"start": {"yes", "evaluation loss before training"}})
	f := foreign{log: silent, settings: func(p *sweep.Params) { p.Init = "both" }}
	wants(t, probeOf(t, f, run), map[string][]string{"start": {"no", "evaluation loss before training"}})
}

func TestAnAThatIsDrawnAnewIsSeen(t *testing.T) {
	t.Parallel()
	for name, log := range map[string]func(sweep.Params) func(sweep.Point) sweep.Point{
		"by adapters": nil,
		"by norms":    always(func(p sweep.Point) sweep.Point { return p }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			f := foreign{log: log, settings: func(p *sweep.Params) {
				runs++
				p.InitStd = 0.05 * (1 + 0.03*float64(runs%3)) // which the losses hardly show
			}}
			options := probe.Options{}
			if log == nil {
				options.Factors = factors
			}
			report, err := probe.Run(t.Context(), f, grid(t), options)
			if err != nil {
				t.Fatal(err)
			}
			wants(t, byCheck(t, report), map[string][]string{"repeat": {"no", "start with another A"}})
		})
	}
}
