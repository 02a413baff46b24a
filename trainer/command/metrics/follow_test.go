package metrics_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/sweep"
	"sweep/trainer/command/metrics"
)

// logs are the files of a run of some attempts.
type logs struct {
	*testing.T
	metrics.Options
}

func newLogs(t *testing.T, attempts int) *logs {
	t.Helper()
	dir := t.TempDir()
	l := &logs{t, metrics.Options{Dir: dir, Steps: 100}}
	for i := range attempts {
		n := string(rune('1' + i))
		l.Attempts = append(l.Attempts, metrics.Attempt{
			Number: i + 1, Log: filepath.Join(dir, ".sweep", "log-"+n+".txt"), File: filepath.Join(dir, ".sweep", "metrics-"+n+".jsonl"),
			Began: time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC),
		})
	}
	if err := os.Mkdir(filepath.Join(dir, ".sweep"), 0o700); err != nil {
		t.Fatal(err)
	}
	return l
}

// write appends to a file.
func (l *logs) write(path, text string) {
	l.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err != nil {
		l.Fatal(err)
	}
	if err := f.Close(); err != nil {
		l.Fatal(err)
	}
}

// file appends to the $SWEEP_METRICS of an attempt.
func (l *logs) file(attempt int, text string) { l.write(l.Attempts[attempt-1].File, text) }

// print appends to what an attempt printed.
func (l *logs) print(attempt int, text string) { l.write(l.Attempts[attempt-1].Log, text) }

// follower is a Follower whose errors fail the test, with the curve as its changes make it.
type follower struct {
	*testing.T
	*metrics.Follower
	curve []sweep.Point
}

func (l *logs) follow() *follower {
	l.Helper()
	f, err := metrics.Follow(l.Options)
	if err != nil {
		l.Fatal(err)
	}
	return &follower{l.T, f, f.Curve()}
}

func (f *follower) apply(change metrics.Change, err error) metrics.Change {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
	kept := 0
	for kept < len(f.curve) && f.curve[kept].Step < change.From {
		kept++
	}
	if kept < len(f.curve) && !change.None() && !change.Rewrites {
		f.Errorf("a change from step %d on replaces points and does not say so", change.From)
	}
	if !change.None() {
		f.curve = append(f.curve[:kept:kept], change.Points...)
	}
	if diff := cmp.Diff(f.Curve(), f.curve, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("the changes do not add up to the curve (-curve +changes):\n%s", diff)
	}
	return change
}

func (f *follower) poll() metrics.Change   { f.Helper(); return f.apply(f.Poll()) }
func (f *follower) finish() metrics.Change { f.Helper(); return f.apply(f.Finish()) }

// is holds the curve to that of lines such as "1 loss=2.5 eval_loss=nan".
func (f *follower) is(want string) {
	f.Helper()
	if got := written(f.curve); got != strings.ReplaceAll(want, "; ", "\n") {
		f.Errorf("the curve is\n%s\nwant\n%s", got, strings.ReplaceAll(want, "; ", "\n"))
	}
}

// written is a curve as a test states it.
func written(points []sweep.Point) string {
	var lines []string
	for _, p := range points {
		line := sweep.FormatValue(p.Step)
		add := func(name string, x float64) { line += " " + name + "=" + strings.ToLower(sweep.FormatValue(x)) }
		if p.HasLoss() {
			add("loss", p.Loss)
		}
		if p.Step > 0 && !p.WithoutNorm {
			add("grad_norm", p.GradNorm)
		}
		if p.Evaluated {
			add("eval_loss", p.EvalLoss)
		}
		for _, m := range p.Measures {
			add(m.Name, m.Value)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestAHalfWrittenLineWaits(t *testing.T) {
	l := newLogs(t, 1)
	f := l.follow()
	if change := f.poll(); !change.None() {
		t.Errorf("without files the curve changed: %+v", change)
	}
	l.file(1, `{"step": 1, "loss": 2.5}`+"\n"+`{"step": 2, "lo`)
	f.poll()
	f.is("1 loss=2.5")
	l.file(1, `ss": 2.25}`)
	if change := f.poll(); !change.None() {
		t.Errorf("a line without its line feed changed the curve: %+v", change)
	}
	l.file(1, "\n")
	f.poll()
	f.is("1 loss=2.5; 2 loss=2.25")
}

func TestALastLineCountsAtTheEndIfItIsWhole(t *testing.T) {
	for text, want := range map[string]string{`{"step": 2, "loss": 2}`: "1 loss=2.5; 2 loss=2", `{"step": 2, "loss": 2`: "1 loss=2.5"} {
		l := newLogs(t, 1)
		l.file(1, `{"step": 1, "loss": 2.5}`+"\n"+text)
		f := l.follow()
		f.finish()
		f.is(want)
		if cut := !strings.HasSuffix(text, "}"); cut != strings.Contains(strings.Join(f.Notes(), "\n"), "cut off") {
			t.Errorf("after %s the notes are %q", text, f.Notes())
		}
	}
}

func TestTheLastValueOfANameCountsWhateverTheOrder(t *testing.T) {
	l := newLogs(t, 1)
	f := l.follow()
	l.file(1, `{"step": 3, "loss": 3, "accuracy": 0.5}
{"step": 1, "loss": 1}
{"step": 2, "loss": 9}
`)
	f.poll()
	l.file(1, `{"step": 2, "loss": 2}
{"step": 3, "eval_loss": 4, "accuracy": 0.75}
{"step": 2, "loss": 2}
`)
	if change := f.poll(); change.From != 2 || !change.Rewrites {
		t.Errorf("the change is %+v, want one from step 2 on that rewrites", change)
	}
	f.is("1 loss=1; 2 loss=2; 3 loss=3 eval_loss=4 accuracy=0.75")
}

func TestALaterAttemptReplacesTheCurveFromItsFirstStepOn(t *testing.T) {
	l := newLogs(t, 2)
	for _, line := range []string{"1", "2", "3", "4"} {
		l.file(1, `{"step": `+line+`, "loss": 1`+line+`, "eval_loss": 7}`+"\n")
	}
	f := l.follow()
	f.is("1 loss=11 eval_loss=7; 2 loss=12 eval_loss=7; 3 loss=13 eval_loss=7; 4 loss=14 eval_loss=7")
	l.file(2, `{"step": 4, "loss": 24}`+"\n")
	f.poll()
	f.is("1 loss=11 eval_loss=7; 2 loss=12 eval_loss=7; 3 loss=13 eval_loss=7; 4 loss=24")
	l.file(2, `{"step": 3, "loss": 23}`+"\n"+`{"step": 5, "loss": 25}`+"\n")
	f.poll()
	f.is("1 loss=11 eval_loss=7; 2 loss=12 eval_loss=7; 3 loss=23; 4 loss=24; 5 loss=25")
}

func TestAnAttemptThatEvaluatesBeforeItGoesOnKeepsTheTrainingLossOfThatStep(t *testing.T) {
	l := newLogs(t, 2)
	l.file(1, `{"step": 1, "loss": 11, "grad_norm": 2}`+"\n"+`{"step": 2, "loss": 12, "grad_norm": 3}`+"\n"+`{"step": 3, "loss": 13}`+"\n")
	f := l.follow()
	l.file(2, `{"step": 2, "eval_loss": 7}`+"\n")
	f.poll()
	f.is("1 loss=11 grad_norm=2; 2 loss=12 grad_norm=3 eval_loss=7")
	l.file(2, `{"step": 3, "loss": 23}`+"\n")
	f.poll()
	f.is("1 loss=11 grad_norm=2; 2 loss=12 grad_norm=3 eval_loss=7; 3 loss=23")
}

func TestEverySpellingOfANumberIsRead(t *testing.T) {
	for text, want := range map[string]float64{
		`NaN`: math.NaN(), `nan`: math.NaN(), `"nan"`: math.NaN(), `null`: math.NaN(), `None`: math.NaN(), `Infinity`: math.Inf(1), `inf`: math.Inf(1),
		`-Infinity`: math.Inf(-1), `"-inf"`: math.Inf(-1), `1e999`: math.Inf(1), `1.5`: 1.5, `-2e-3`: -2e-3, `"1.25"`: 1.25, `'1.25'`: 1.25,
		`tensor(1.5, device='cuda:0')`: 1.5, `np.float64(nan)`: math.NaN(), `tensor(2., grad_fn=<MeanBackward0>)`: 2,
	} {
		l := newLogs(t, 1)
		l.file(1, `{"step": 1, "list": [1, {"loss": 3}], "loss": `+text+`, 'flag': True, "text": "a\"b"}`+"\n")
		f := l.follow()
		f.finish()
		if len(f.curve) != 1 || !f.curve[0].HasLoss() || !cmp.Equal(f.curve[0].Loss, want, cmpopts.EquateNaNs()) {
			t.Errorf("%s gives %s, want %v; notes %q", text, written(f.curve), want, f.Notes())
		}
	}
}

func TestNullBesideAFiniteLossWasNotMeasured(t *testing.T) {
	l := newLogs(t, 1)
	l.file(1, `{"step": 1, "loss": 2.5, "eval_loss": null, "accuracy": null}
{"step": 2, "loss": null, "eval_loss": null, "accuracy": null}
{"step": 3, "eval_loss": null}
`)
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5; 2 loss=nan eval_loss=nan accuracy=nan; 3 eval_loss=nan")
}

func TestAProgramThatCountsFromZeroIsShiftedByOne(t *testing.T) {
	l := newLogs(t, 2)
	l.file(1, `{"step": 0, "eval_loss": 5}`+"\n")
	f := l.follow()
	f.is("0 eval_loss=5")
	l.file(2, `{"step": 0, "loss": 3}`+"\n"+`{"step": 1, "loss": 2}`+"\n")
	f.poll()
	f.is("1 loss=3; 2 loss=2")
	l.file(2, `{"step": 2, "loss": 1}`+"\n")
	f.poll()
	f.is("1 loss=3; 2 loss=2; 3 loss=1")
	if notes := strings.Join(f.Notes(), "\n"); !strings.Contains(notes, "counts steps from 0") {
		t.Errorf("the notes are %q", notes)
	}
}

func TestNaNThatTheTrainerHidesIsNaN(t *testing.T) {
	l := newLogs(t, 1)
	l.file(1, `{"step": 1, "loss": 0.0, "grad_norm": 0.5}`+"\n"+`{"step": 2, "loss": 0.0, "grad_norm": NaN}`+"\n")
	f := l.follow()
	f.finish()
	f.is("1 loss=0 grad_norm=0.5; 2 loss=nan grad_norm=nan")
	if notes := strings.Join(f.Notes(), "\n"); !strings.Contains(notes, "from step 2 on") || !strings.Contains(notes, "logging_nan_inf_filter") {
		t.Errorf("the notes are %q", notes)
	}
}

func TestNamesAreThoseOfTheGridOrWellKnown(t *testing.T) {
	l := newLogs(t, 1)
	l.Metrics.Names = map[string]string{"loss": "objective", "step": "tick"}
	l.file(1, `{"tick": 1, "objective": 2.5, "loss": 9, "step": 7, "Train/Grad_Norm": 1, "val": {"loss": 3}}`+"\n")
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5 grad_norm=1 eval_loss=3 loss=9 step=7")
}

func TestOneOfSeveralNamesOfALossCountsAndStays(t *testing.T) {
	l := newLogs(t, 1)
	l.file(1, `{"step": 1, "train_loss": 8, "loss": 2.5}
{"step": 2, "train_loss": 7}
{"step": 3, "loss": 2}
{"step": 3, "train_runtime": 12.5, "train_loss": 5}
`)
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5 train_loss=8; 2 train_loss=7; 3 loss=2 train_loss=5 train_runtime=12.5")
}

func TestLinesThatAreNoMetricsAreLeftOutAndCounted(t *testing.T) {
	l := newLogs(t, 1)
	l.file(1, `{"step": 1, "loss": 2.5}
hello
{"step": -1, "loss": 2}
{"step": 1.5, "loss": 2}
{"loss": 2}
{"accuracy": 0.5}
`)
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5 accuracy=0.5")
	want := []string{"no JSON objects (1)", "no whole number of at least 0 (2)", "without a step are left out of the metrics (1)"}
	for i, note := range f.Notes() {
		if i >= len(want) || !strings.Contains(note, want[i]) {
			t.Errorf("the notes are %q, want %q", f.Notes(), want)
		}
	}
}

func TestJSONLinesAmongWhatIsPrintedAreRead(t *testing.T) {
	l := newLogs(t, 1)
	l.print(1, "loading\n{\"steps\": 500, \"lr\": 0.1}\n  3%|#   | 3/100\r{\"step\": 1, \"loss\": 2.5}\nwarning: {\"step\": 9}\n{\"step\": 2, \"accuracy\": 0.5}\n{\"eval_loss\": 3}\n")
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5; 2 eval_loss=3 accuracy=0.5")
	if f.Source() != "stdout" {
		t.Errorf("the source is %q, want stdout", f.Source())
	}
}

func TestTheFirstSourceWithALossCounts(t *testing.T) {
	l := newLogs(t, 1)
	f := l.follow()
	l.file(1, `{"step": 5, "accuracy": 0.5}`+"\n")
	f.poll()
	f.is("5 accuracy=0.5")
	l.print(1, `{"step": 1, "loss": 2.5}`+"\n")
	f.poll()
	f.is("1 loss=2.5")
	l.file(1, `{"step": 1, "loss": 3.5}`+"\n")
	f.poll()
	f.is("1 loss=3.5; 5 accuracy=0.5")

	l.Metrics.From = "stdout"
	f = l.follow()
	f.finish()
	f.is("1 loss=2.5")
}

func TestAFileThatIsReplacedIsReadAnew(t *testing.T) {
	l := newLogs(t, 1)
	f := l.follow()
	l.file(1, `{"step": 1, "loss": 3}`+"\n"+`{"step": 2, "loss": 2}`+"\n")
	f.poll()
	if err := os.WriteFile(l.Attempts[0].File, []byte(`{"step": 3, "loss": 1}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.poll()
	f.is("1 loss=3; 2 loss=2; 3 loss=1")
}

func TestWhatAGridSaysOfMetricsIsChecked(t *testing.T) {
	for _, m := range []sweep.CommandMetrics{{From: "nowhere"}, {Names: map[string]string{"lr": "x"}}} {
		if err := metrics.Check(m); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
}
