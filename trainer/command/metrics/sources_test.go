package metrics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/sweep/tfevents"
	"sweep/trainer/command/metrics"
)

func (l *logs) hasNote(notes []string, want string) {
	l.Helper()
	if !strings.Contains(strings.Join(notes, "\n"), want) {
		l.Errorf("the notes are %q, want one with %q", notes, want)
	}
}

// bar is the progress bar that tqdm draws.
func bar(step, total int) string {
	return fmt.Sprintf("\r%3d%%|###   | %d/%d [00:04<00:02,  3.23it/s]", 100*step/total, step, total)
}

const cleared = "\r                                     \r"

func TestLinesOfTheTrainerHaveTheStepOfTheBarThatFollows(t *testing.T) {
	l := newLogs(t, 1)
	f := l.follow()
	l.print(1, "\rLoading weights: 100%|######| 9/9 [00:00<00:00]\n"+bar(0, 100)+cleared+"{'loss': '4.155', 'grad_norm': '1.114', 'epoch': '0.1'}\n")
	f.poll()
	f.is("")
	l.print(1, bar(1, 100)+bar(2, 100)+cleared+"{'loss': 4.25, 'grad_norm': nan, 'note': None}\n"+bar(3, 100)+"\n")
	l.print(1, "\r  0%|     | 0/7 [00:00<?, ?it/s]\x1b[A\r     \r\n"+cleared+"\x1b[A{'eval_loss': '4.5', 'eval_runtime': '0.5'}\n"+bar(3, 100)+bar(7, 7))
	l.print(1, "\x1b[A"+bar(4, 100)+cleared+"{'train_runtime': '6.25', 'train_loss': '4.5', 'epoch': '2'}\n"+bar(100, 100)+"\n")
	f.finish()
	f.is("1 loss=4.155 grad_norm=1.114 epoch=0.1; 3 loss=4.25 grad_norm=nan eval_loss=4.5 eval_runtime=0.5; 100 epoch=2 train_loss=4.5 train_runtime=6.25")
	l.hasNote(f.Notes(), "progress bar")
}

func TestABarOfAnotherLengthThanTheGridsStepsIsSaid(t *testing.T) {
	l := newLogs(t, 1)
	l.print(1, bar(0, 80)+cleared+"{'loss': 2.5}\n"+bar(1, 80)+"\n")
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5")
	l.hasNote(f.Notes(), "another number of steps")
}

func TestLinesWithoutAStepOrABarAreSaid(t *testing.T) {
	l := newLogs(t, 1)
	l.print(1, "{'loss': 2.5}\n{'loss': 2.25}\n")
	f := l.follow()
	f.finish()
	f.is("")
	l.hasNote(f.Notes(), "lines with a loss are left out (2)")
}

// state writes a trainer_state.json below the run's folder, at a time.
func (l *logs) state(path, history string, at time.Time) {
	l.Helper()
	path = filepath.Join(l.Dir, path, "trainer_state.json")
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(`{"best": null, "nested": {"log_history": [1]}, "log_history": [`+history+`], "max_steps": 100}`), 0o600)
	}
	if err == nil {
		err = os.Chtimes(path, at, at)
	}
	if err != nil {
		l.Fatal(err)
	}
}

func TestTheNewestTrainerStateOfAnAttemptCounts(t *testing.T) {
	l := newLogs(t, 2)
	at := func(attempt, minutes int) time.Time {
		return l.Attempts[attempt-1].Began.Add(time.Duration(minutes) * time.Minute)
	}
	l.state("out/checkpoint-20", `{"step": 10, "loss": 3}, {"step": 20, "loss": 2.5}`, at(1, 2))
	l.state("out/checkpoint-10", `{"step": 10, "loss": 3}`, at(1, 1))
	f := l.follow()
	f.is("10 loss=3; 20 loss=2.5")
	f.poll()
	f.is("10 loss=3; 20 loss=2.5")
	l.state("out/checkpoint-30", `{"step": 10, "loss": 3}, {"step": 20, "loss": NaN, "grad_norm": NaN}, {"step": 30, "loss": 2}`, at(2, 1))
	f.finish()
	f.is("10 loss=3; 20 loss=nan grad_norm=nan; 30 loss=2")
	l.state("out", `{"step": 10, "loss": 3}, {"step": 20, "lo`, at(2, 2))
	f.finish()
	f.is("10 loss=3; 20 loss=nan grad_norm=nan; 30 loss=2")
	l.hasNote(f.Notes(), "cut off")
	l.state("out", `{"step": 10, "loss": 3}, {"step": 20, "loss": 2.5}, {"step": 20, "train_runtime": 3.5, "train_loss": 2.75}`, at(2, 3))
	if change := f.finish(); change.From != 20 {
		t.Errorf("the change is from step %d on, want 20", change.From)
	}
	f.is("10 loss=3; 20 loss=2.5 train_loss=2.75 train_runtime=3.5")
}

// events appends scalars to an event file that was begun at a time, and returns how many
// bytes it has.
func (l *logs) events(path string, began time.Time, step int64, scalars ...tfevents.Scalar) {
	l.Helper()
	path = filepath.Join(l.Dir, path)
	_, err := os.Stat(path)
	fresh := os.IsNotExist(err)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		l.Fatal(err)
	}
	var b strings.Builder
	w, err := tfevents.NewWriter(&b, began)
	if err == nil {
		err = w.Flush()
	}
	if !fresh {
		b.Reset()
	}
	if err == nil {
		err = w.Scalars(step, began, scalars...)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		l.Fatal(err)
	}
	l.write(path, b.String())
}

func TestEventFilesAreReadAsTheyGrow(t *testing.T) {
	l := newLogs(t, 2)
	first, second := l.Attempts[0].Began.Add(time.Minute), l.Attempts[1].Began.Add(time.Minute)
	old, new := "runs/a/events.out.tfevents.1.host.1.0", "runs/b/events.out.tfevents.2.host.2.0"
	for step := range int64(3) {
		l.events(old, first, step+1, tfevents.Scalar{Tag: "train/loss", Value: 4}, tfevents.Scalar{Tag: "train/grad_norm", Value: 0.5}, tfevents.Scalar{Tag: "train/epoch", Value: 0.25})
	}
	f := l.follow()
	f.is("1 loss=4 grad_norm=0.5 train/epoch=0.25; 2 loss=4 grad_norm=0.5 train/epoch=0.25; 3 loss=4 grad_norm=0.5 train/epoch=0.25")
	l.events(new, second, 2, tfevents.Scalar{Tag: "train/loss", Value: 3})
	f.finish()
	f.is("1 loss=4 grad_norm=0.5 train/epoch=0.25; 2 loss=3")
	l.events(new, second, 2, tfevents.Scalar{Tag: "eval/loss", Value: 5})
	path := filepath.Join(l.Dir, new)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, whole[:len(whole)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if change := f.finish(); !change.None() {
		t.Errorf("half an event changed the curve: %+v", change)
	}
	l.write(path, string(whole[len(whole)-5:]))
	f.finish()
	f.is("1 loss=4 grad_norm=0.5 train/epoch=0.25; 2 loss=3 eval_loss=5")
	if f.Source() != "tensorboard" {
		t.Errorf("the source is %q", f.Source())
	}
	l.write(path, "no event, which has a checksum")
	f.finish()
	l.hasNote(f.Notes(), "damaged")
}

func TestAPatternFindsMetricsInAnyLine(t *testing.T) {
	l := newLogs(t, 1)
	l.Metrics = sweep.CommandMetrics{From: "pattern", Pattern: `iter (?P<step>\d+).*?: loss (?P<loss>\S+?)(,|$)( acc (?P<accuracy>\S+))?`}
	l.print(1, "iter 1/100: loss 2.5, acc 0.5\niter 2/100: loss nan\niter 3/100: loss high\nnothing\r iter 4/100: loss 2\n")
	f := l.follow()
	f.finish()
	f.is("1 loss=2.5 accuracy=0.5; 2 loss=nan; 4 loss=2")
	l.hasNote(f.Notes(), "is no number, and left out (1)")
	for _, m := range []sweep.CommandMetrics{{From: "pattern"}, {Pattern: "("}, {Pattern: `loss (\S+)`}, {From: "file", Pattern: `(?P<loss>\S+)`}} {
		if err := metrics.Check(m); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
}

func TestAFloodOfOtherOutputIsPassedOver(t *testing.T) {
	l := newLogs(t, 1)
	f := l.follow()
	l.print(1, strings.Repeat("x", 1<<25))
	f.poll()
	l.print(1, "\n"+strings.Repeat("the loss is not here\n", 10_000)+`{"step": 1, "loss": 2.5}`+"\n")
	f.poll()
	f.is("1 loss=2.5")
	l.hasNote(f.Notes(), "16 MiB")
}
