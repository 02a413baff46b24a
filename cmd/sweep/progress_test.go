package main

import (
	"bytes"
	"errors"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sweep/sweep"
	"sweep/sweep/grid"
	"sweep/sweep/runner"
)

// testRuns are runs of 100 steps of 2 rows.
func testRuns(names ...string) []sweep.Run {
	var runs []sweep.Run
	for _, name := range names {
		p := sweep.Defaults()
		p.Steps, p.Batch = 100, 2
		runs = append(runs, sweep.Run{Key: name, Name: name, Params: p})
	}
	return runs
}

func done(loss, evalLoss float64) sweep.Outcome {
	return sweep.Outcome{State: sweep.StateDone, Loss: loss, EvalLoss: evalLoss, Evaluated: !math.IsNaN(evalLoss), TokensPerSecond: 20000}
}

func TestProgressShowsShareTimeLeftBestAndSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		runs := testRuns("a", "b", "c", "d", "e")
		before := []sweep.Result{{Run: runs[0], Outcome: done(2, 1.5)}}
		p := newProgress(&out, runs, before)
		p.event(runner.Event{Kind: runner.EventSkipped, Run: runs[0]})
		p.event(runner.Event{Kind: runner.EventBegan, Run: runs[1]})
		p.event(runner.Event{Kind: runner.EventBegan, Run: runs[2]})
		time.Sleep(15 * time.Second)
		p.event(runner.Event{Kind: runner.EventEnded, Run: runs[1], Outcome: done(1, 1.25)})
		p.event(runner.Event{Kind: runner.EventBegan, Run: runs[3]})
		time.Sleep(15 * time.Second)
		p.event(runner.Event{Kind: runner.EventAdvanced, Run: runs[3], Point: sweep.Point{Step: 50}})
		want := "1/5 runs, 20% trained  best 1.5000 a\n" +
			"2/5 runs, 40% trained  45s left  best 1.2500 b  20,000 tokens/s\n" +
			"2/5 runs, 50% trained  50s left  best 1.2500 b  40,000 tokens/s\n"
		if out.String() != want {
			t.Errorf("got\n%swant\n%s", out.String(), want)
		}
	})
}

func TestProgressCountsTheStepsOfARunThatPausesOnce(t *testing.T) {
	runs := testRuns("a", "b")
	p := newProgress(&bytes.Buffer{}, runs, nil)
	for _, run := range runs {
		p.event(runner.Event{Kind: runner.EventBegan, Run: run})
		p.event(runner.Event{Kind: runner.EventAdvanced, Run: run, Point: sweep.Point{Step: 25}})
		p.event(runner.Event{Kind: runner.EventEnded, Run: run, Outcome: sweep.Outcome{State: sweep.StatePending}})
	}
	for _, c := range []struct {
		runner.Event
		want string
	}{
		{runner.Event{Kind: runner.EventStopped, Run: runs[0]}, "1/2 runs, 40% trained"}, // 50 of 125 steps
		{runner.Event{Kind: runner.EventBegan, Run: runs[1], Point: sweep.Point{Step: 25}}, "1/2 runs, 40% trained"},
		{runner.Event{Kind: runner.EventAdvanced, Run: runs[1], Point: sweep.Point{Step: 75}}, "1/2 runs, 80% trained"},
		{runner.Event{Kind: runner.EventEnded, Run: runs[1], Outcome: done(1, 1)}, "2/2 runs, 100% trained"},
	} {
		p.event(c.Event)
		if got := p.fields(time.Now())[0]; got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestTheShareOfAResumedSweepCountsWhatWasTrainedBefore(t *testing.T) {
	runs := testRuns("a", "b", "c", "d")
	p := newProgress(&bytes.Buffer{}, runs, nil)
	for _, c := range []struct {
		runner.Event
		want string
	}{
		{runner.Event{Kind: runner.EventSkipped, Run: runs[0]}, "1/4 runs, 25% trained"},
		{runner.Event{Kind: runner.EventSkipped, Run: runs[1]}, "2/4 runs, 50% trained"},
		{runner.Event{Kind: runner.EventBegan, Run: runs[2], Point: sweep.Point{Step: 40}}, "2/4 runs, 60% trained"},
		{runner.Event{Kind: runner.EventRestarted, Run: runs[2]}, "2/4 runs, 50% trained"},
		{runner.Event{Kind: runner.EventAdvanced, Run: runs[2], Point: sweep.Point{Step: 20}}, "2/4 runs, 55% trained"},
		{runner.Event{Kind: runner.EventEnded, Run: runs[2], Outcome: done(1, 1)}, "3/4 runs, 75% trained"},
		{runner.Event{Kind: runner.EventBegan, Run: runs[3]}, "3/4 runs, 75% trained"},
		{runner.Event{Kind: runner.EventAdvanced, Run: runs[3], Point: sweep.Point{Step: 99}}, "3/4 runs, 99% trained"}, // not over yet
		{runner.Event{Kind: runner.EventEnded, Run: runs[3], Outcome: done(1, 1)}, "4/4 runs, 100% trained"},
	} {
		p.event(c.Event)
		if got := p.fields(time.Now())[0]; got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestPlainProgressIsAtMostALineInTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		runs := testRuns("a")
		p := newProgress(&out, runs, nil)
		p.event(runner.Event{Kind: runner.EventBegan, Run: runs[0]})
		for step := range 100 {
			time.Sleep(time.Second)
			p.event(runner.Event{Kind: runner.EventAdvanced, Run: runs[0], Point: sweep.Point{Step: step + 1}})
		}
		if lines := strings.Count(out.String(), "\n"); lines != 11 {
			t.Errorf("%d lines in 100 s", lines)
		}
	})
}

func TestTheLiveLineNeverExceedsItsTerminal(t *testing.T) {
	fields := []string{"2/5 runs, 25% trained", "45s left", "best 1.2500 r8-a16-lr1e-3-s0", "20,000 tokens/s"}
	for columns, want := range map[int]string{
		80: "2/5 runs, 25% trained  45s left  best 1.2500 r8-a16-lr1e-3-s0  20,000 tokens/s",
		50: "2/5 runs, 25% trained  45s left  20,000 tokens/s",
		25: "2/5 runs, 25% trained",
		5:  "",
	} {
		if got := fit(fields, columns); got != want {
			t.Errorf("%d columns: %q, want %q", columns, got, want)
		}
	}
}

func TestTheBestRunIsDoneAndLowest(t *testing.T) {
	var b best
	b.see("diverged", sweep.Outcome{State: sweep.StateDiverged, Loss: 0.1, EvalLoss: 0.1})
	b.see("first", done(3, math.NaN()))
	b.see("lower", done(9, 2))
	b.see("higher", done(1, 2.5))
	if b.name != "lower" || b.loss != 2 {
		t.Errorf("got %+v", b)
	}
}

func TestTheReportSaysWhyRunsFailedAndWhatToTypeNext(t *testing.T) {
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n[grid]\nlr = [1, 2]\nr = [1]\nalpha = [1, 2]"), "x.toml")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := grid.NewPlan(spec, idle{})
	if err != nil {
		t.Fatal(err)
	}
	runs := testRuns("good", "bad")
	p := newProgress(&bytes.Buffer{}, runs, []sweep.Result{{Run: runs[0], Outcome: done(2, 1.5)}})
	s := runner.Summary{
		Total: 6, Skipped: 1, Done: 2, Diverged: 1, Failed: 1, Left: 1, Interrupted: true,
		Failures: []runner.Failure{{Run: runs[1], Err: errors.New("the trainer panicked: oh\nstack")}},
	}
	var stdout, stderr bytes.Buffer
	c := training{Grid: "x.toml", DB: "sweep.db"}
	done := sweepRun{whole: plan, plan: plan, summary: s, progress: p, took: time.Minute}
	c.report(streams{stdout: &stdout, stderr: &stderr}, done)
	if want := "failed bad: the trainer panicked: oh\n"; stderr.String() != want {
		t.Errorf("got %s, want %s", stderr.String(), want)
	}
	for _, want := range []string{
		"x: 6 runs: 1 trained before, 2 done, 1 diverged, 1 failed, 1 left; interrupted\n",
		" run x.toml\n",
		" plot --by alpha --sweep x\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("got\n%swant %s", stdout.String(), want)
		}
	}
}

func TestExitCodesSayHowASweepEnded(t *testing.T) {
	for name, c := range map[string]struct {
		summary runner.Summary
		err     error
		want    int
	}{
		"all done":          {runner.Summary{Done: 3, Diverged: 1}, nil, 0},
		"some failed":       {runner.Summary{Done: 3, Failed: 1}, nil, 1},
		"the store failed":  {runner.Summary{Done: 3, Left: 1}, errors.New("disk full"), 3},
		"interrupted":       {runner.Summary{Failed: 1, Left: 1, Interrupted: true}, nil, 130},
		"interrupted, late": {runner.Summary{Done: 3, Interrupted: true}, nil, 0},
	} {
		var stderr bytes.Buffer
		if got := (streams{stderr: &stderr}).exitCode(verdict(c.summary, c.err)); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestLongLinesBreakBetweenWords(t *testing.T) {
	for text, want := range map[string]string{
		"short":                      "short",
		"one two three":              "one two\n  three",
		"    one two":                "    one\n  two",
		"unbreakable-word then":      "unbreakable-word\n  then",
		"a b\n\tstack of many words": "a b\n\tstack of many words",
		"über über über":             "über\n  über\n  über",
	} {
		if got := wrap(text, 8, "  "); got != want {
			t.Errorf("wrap(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWrappingTakesTimeInProportionToTheText(t *testing.T) {
	text := strings.Repeat("word ", 1<<20) + strings.Repeat("x", 1<<20) + strings.Repeat(" ", 1<<20) // quadratic, this takes an hour
	got := wrap(text, 79, "  ")
	for line := range strings.Lines(got[:1<<20]) {
		if len(line) > 80 {
			t.Fatalf("a line of %d columns: %q", len(line)-1, line)
		}
	}
	if words := strings.Count(got, "word"); words != 1<<20 {
		t.Errorf("%d words are left of %d", words, 1<<20)
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	if text := strings.Repeat("x", maxMessage); shorten(text) != text {
		t.Error("a message within the limit was cut")
	}
	if got := shorten(strings.Repeat("é", maxMessage)); !strings.HasSuffix(got, "é... (16,384 bytes more are left out)") {
		t.Errorf("the message ends in %q", got[len(got)-50:])
	}
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"ls", "--where", strings.Repeat("(", 1_000_000), "--db", filepath.Join(t.TempDir(), "x.db")}, nil, io.Discard, &stderr)
	if code != exitWrong || stderr.Len() > 2*maxMessage {
		t.Errorf("exit code %d with a message of %d bytes", code, stderr.Len())
	}
}
