//go:build unix

package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sweep/sweep"
)

// trained trains a run once, and makes sure that nothing is left of it.
func trained(t *testing.T, trainer *Trainer, run sweep.Run, n *notebook) (sweep.Outcome, error) {
	t.Helper()
	o, err := trainer.Train(t.Context(), run, n)
	noneLeft(t, trainer)
	return o, err
}

func TestHowAProgramEndsDecidesWhatBecomesOfItsRun(t *testing.T) {
	const torch = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
	for _, c := range []struct {
		name  string
		run   sweep.Run
		state sweep.State // of the outcome, "" where there is none
		is    error       // that the error is
		says  string      // and has in it
		steps int         // last one of the curve
	}{
		{"it ends", byScript(t, 3, "exits", "0", "3"), sweep.StateDone, nil, "", 3},
		{"it ends early", byScript(t, 3, "exits", "0", "2"), sweep.StateDone, nil, "", 2},
		{"it fails", byScript(t, 3, "exits", "7", "2", "a", "the cause"), "", nil, "exit code 7 at step 2 of 3; log: ", 2},
		{"it fails at its end", byScript(t, 3, "exits", "1", "3"), "", nil, "exit code 1 at step 3 of 3", 3},
		{"it shows its cause", byScript(t, 3, "exits", "1", "2", "bar 1\rbar 2", "the cause"), "", nil, "\nbar 2\nthe cause", 2},
		{"it asks to go on later", byScript(t, 3, "exits", "75", "2"), "", sweep.ErrRequeue, "exit code 75 at step 2 of 3", 2},
		{"it asks at once", byScript(t, 3, "exits", "75", "0"), "", sweep.ErrRequeue, "exit code 75 at step 0 of 3", 0},
		{"memory runs out", byScript(t, 3, "exits", "1", "2", "Traceback", torch), "", sweep.ErrOutOfMemory, torch, 2},
		{"memory is named and it ends well", byScript(t, 3, "exits", "0", "3", torch), sweep.StateDone, nil, "", 3},
		{"it logs nothing", byScript(t, 3, "exits", "0", "0", "step 1 of 3"), "", nil, "logged no metric in $SWEEP_METRICS", 0},
		{"it logs on stdout", byScript(t, 3, "exits", "0", "0", "noise", `{"step": 1, "loss": 2}`, `{"loss": 1, "step": 2}`), sweep.StateDone, nil, "", 2},
		{"it dies within a line", byScript(t, 3, "half", "1"), "", nil, "exit code 1 at step 1 of 3", 1},
		{"it ends within a line", byScript(t, 3, "half", "0"), sweep.StateDone, nil, "", 1},
		{"it ends with NaN", byScript(t, 2, "lines", `{"step": 1, "loss": 1}`, `{"step": 2, "loss": NaN}`), sweep.StateDiverged, nil, "", 2},
		{"it fails with NaN", byScript(t, 3, "fails", `{"step": 1, "loss": 1}`, `{"step": 2, "loss": NaN}`), sweep.StateDiverged, nil, "", 2},
		{"it fails where mixed precision overflowed", byScript(t, 3, "fails", `{"step": 1, "loss": 1, "grad_norm": Infinity}`), "", nil, "exit code 1", 1},
		{"no norm of gradients is known", byScript(t, 2, "lines", `{"step": 1, "loss": 1, "grad_norm": 0}`, `{"step": 2, "loss": 0.9, "grad_norm": 0}`), sweep.StateDone, nil, "", 2},
		{"gradients vanish", byScript(t, 2, "lines", `{"step": 1, "loss": 1, "grad_norm": 1}`, `{"step": 2, "loss": 1, "grad_norm": 0}`), sweep.StateDiverged, nil, "", 2},
		{"it recovers from NaN", byScript(t, 3, "lines", `{"step": 1, "loss": 1}`, `{"step": 2, "loss": NaN}`, `{"step": 3, "loss": 1}`), sweep.StateDone, nil, "", 3},
		{"its evaluation is infinite", byScript(t, 2, "lines", `{"step": 1, "loss": 1, "eval_loss": 1}`, `{"step": 2, "loss": 1, "eval_loss": Infinity}`), sweep.StateDiverged, nil, "", 2},
		{"its loss rises", byScript(t, 2, "lines", `{"step": 1, "loss": 1}`, `{"step": 2, "loss": 1.3}`), sweep.StateDiverged, nil, "", 2},
		{"its loss rises a little", byScript(t, 2, "lines", `{"step": 1, "loss": 1}`, `{"step": 2, "loss": 1.2}`), sweep.StateDone, nil, "", 2},
		{"its evaluation falls", byScript(t, 2, "lines", `{"step": 0, "eval_loss": 1}`, `{"step": 1, "loss": 1}`, `{"step": 2, "loss": 2, "eval_loss": 0.5}`), sweep.StateDone, nil, "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var n notebook
			o, err := trained(t, newTrainer(t), c.run, &n)
			if (c.state == "") != (err != nil) || err == nil && o.State != c.state {
				t.Fatalf("got %q, %v", o.State, err)
			}
			if err != nil && (c.is != nil && !errors.Is(err, c.is) || c.is == nil && (errors.Is(err, sweep.ErrRequeue) || errors.Is(err, sweep.ErrOutOfMemory)) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got the error %v", err)
			}
			if last := append([]int{0}, n.steps()...); last[len(last)-1] != c.steps || err == nil && o.Steps != c.steps {
				t.Errorf("the curve has the steps %v and the outcome %d, want the last to be %d", n.steps(), o.Steps, c.steps)
			}
		})
	}
}

func TestTheLastLineOfAStepCountsInWhateverOrderLinesCome(t *testing.T) {
	var n notebook
	run := byScript(t, 3, "lines", `{"step": 3, "loss": 0.3}`, `{"step": 1, "loss": 9}`, `{"step": 2, "loss": 0.2}`, `{"step": 1, "loss": 0.1, "accuracy": 0.5}`)
	o, err := trained(t, newTrainer(t), run, &n)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for _, p := range n.points {
		losses = append(losses, p.Loss)
	}
	if !slices.Equal(n.steps(), []int{1, 2, 3}) || !slices.Equal(losses, []float64{0.1, 0.2, 0.3}) || o.CurveHash != sweep.HashCurve(n.points) {
		t.Errorf("steps %v have the losses %v", n.steps(), losses)
	}
	if got, ok := o.Measures.Value("accuracy"); !ok || got != 0.5 {
		t.Errorf("the outcome has the measures %v", o.Measures)
	}
}

func TestAProgramThatTakesTooLongIsEnded(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*sweep.Command)
		run  sweep.Run
		says string
	}{
		{"before it logs", func(c *sweep.Command) { c.StartTimeout = 100 * time.Millisecond }, byScript(t, 9, "hangs", "0"), `no metric within start_timeout = "100ms"; log: `},
		{"between two metrics", func(c *sweep.Command) { c.QuietTimeout = 100 * time.Millisecond }, byScript(t, 9, "hangs", "3"), `quiet_timeout = "100ms", after step 3 of 9`},
		{"in all", func(c *sweep.Command) { c.Timeout = 300 * time.Millisecond }, byScript(t, 9, "hangs", "3"), `timeout = "300ms", and was at step 3 of 9`},
		{"and ignores SIGTERM", func(c *sweep.Command) { c.Timeout, c.Grace = 300*time.Millisecond, 100*time.Millisecond }, byScript(t, 9, "deaf", "3"), "killed, as it did not end within 100ms of SIGTERM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.set(c.run.Params.Command)
			var n notebook
			if _, err := trained(t, newTrainer(t), c.run, &n); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAProgramThatIsStoppedSavesInItsGracePeriod(t *testing.T) {
	for _, c := range []struct {
		name string
		run  sweep.Run
		done bool
	}{
		{"and fails", byScript(t, 9, "saves", "3", "1"), false},
		{"and ends as if it were done", byScript(t, 9, "saves", "3", "0"), false},
		{"and is done", byScript(t, 4, "saves", "3", "0"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			n := notebook{}
			n.taken = func() {
				if len(n.points) == 3 {
					stop()
				}
			}
			trainer := newTrainer(t)
			o, err := trainer.Train(ctx, c.run, &n)
			noneLeft(t, trainer)
			if c.done != (err == nil) || err == nil && o.State != sweep.StateDone || err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("got %q, %v", o.State, err)
			}
			if !slices.Equal(n.steps(), []int{1, 2, 3, 4}) || n.saved != 4 {
				t.Errorf("the journal has the steps %v, saved to %d", n.steps(), n.saved)
			}
		})
	}
}

func TestAFloodOnStdoutIsKeptByItsBeginningAndItsEnd(t *testing.T) {
	var n notebook
	trainer := newTrainer(t)
	run := byScript(t, 3, "floods", "100000000")
	if o, err := trained(t, trainer, run, &n); err != nil || o.State != sweep.StateDone {
		t.Fatalf("got %q, %v", o.State, err)
	}
	kept, err := trainer.Kept(run.Key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(kept.Attempts[0].Log)
	if err != nil {
		t.Fatal(err)
	}
	const missing = "\n[95 MB left out here: the log had 100 MB]\n"
	if before, after, ok := strings.Cut(string(text), missing); !ok || len(before) != 1<<20 || len(after) != 4<<20 ||
		!strings.HasPrefix(before, fmt.Sprintf("%099d\n", 100_000_000)) || !strings.HasSuffix(after, fmt.Sprintf("%099d\n", 100)) {
		t.Errorf("the log has %d bytes: %d, then %d", len(text), len(before), len(after))
	}
	if got := kept.Attempts[0].Tail(2); !slices.Equal(got, []string{fmt.Sprintf("%099d", 200), fmt.Sprintf("%099d", 100)}) {
		t.Errorf("the last lines are %q", got)
	}
}

func TestAProgramThatPrintsTooMuchFails(t *testing.T) {
	trainer := newTrainer(t)
	trainer.limits.log, trainer.limits.keepAll, trainer.limits.head, trainer.limits.tail = 100_000, 50_000, 10_000, 20_000
	var n notebook
	run := byScript(t, 3, "floodsAndHangs", "200000")
	if _, err := trained(t, trainer, run, &n); err == nil || !strings.Contains(err.Error(), "printed more than 100 kB") {
		t.Errorf("got %v", err)
	}
	kept, _ := trainer.Kept(run.Key) // its error shows below
	if info, err := os.Stat(kept.Attempts[0].Log); err != nil || info.Size() > 30_100 {
		t.Errorf("the log has %v, %v", info, err)
	}
}

func TestALaterAttemptGoesOnInTheSameFolder(t *testing.T) {
	for _, overlap := range []string{"0", "2"} {
		t.Run("overlapping by "+overlap, func(t *testing.T) {
			var n notebook
			trainer := newTrainer(t)
			run := byScript(t, 10, "resumes", "1", "4", overlap)
			var o sweep.Outcome
			var err error
			attempts := 0
			for o.State == "" && attempts < 9 {
				attempts++
				o, err = trained(t, trainer, run, &n)
			}
			if err != nil || o.State != sweep.StateDone || !slices.Equal(n.steps(), []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
				t.Fatalf("got %q, %v with the steps %v after %d attempts", o.State, err, n.steps(), attempts)
			}
			for _, p := range n.points {
				if by, _ := p.Measures.Value("attempt"); p.Step > 8 && by != float64(attempts) || p.Step < 3 && by != 1 || p.Loss != 2+1/float64(p.Step) {
					t.Errorf("step %d has loss %g by attempt %g", p.Step, p.Loss, by)
				}
			}
			kept, err := trainer.Kept(run.Key)
			if err != nil || len(kept.Attempts) != attempts || kept.Attempts[0].Exit != "exit code 1" || kept.Attempts[attempts-1].Exit != "exit code 0" {
				t.Errorf("the folder has %+v, %v", kept.Attempts, err)
			}
			earlier := 0.
			for _, a := range kept.Attempts[:attempts-1] {
				earlier += a.Ended.Sub(a.Began).Seconds()
			}
			if o.Seconds <= earlier || earlier <= 0 {
				t.Errorf("the run took %g s, its earlier attempts %g s", o.Seconds, earlier)
			}
			// A journal that has lost everything gets it back from the folder.
			var anew notebook
			run.Params.Command.Run[2] = "exits"
			run.Params.Command.Run = append(run.Params.Command.Run[:3], "0", "0")
			if o, err := trained(t, trainer, run, &anew); err != nil || o.CurveHash != sweep.HashCurve(n.points) || sweep.HashCurve(anew.points) != sweep.HashCurve(n.points) {
				t.Errorf("anew the steps are %v: %v", anew.steps(), err)
			}
		})
	}
}

func TestARunThatRanOutOfMemoryIsNotTriedAgainUntilSomethingChanges(t *testing.T) {
	runs := t.TempDir()
	run := byScript(t, 3, "exits", "1", "2", "CUDA out of memory")
	attempts := 0
	try := func(o Options) error {
		o.Runs = runs
		var n notebook
		_, err := New(o).Train(t.Context(), run, &n)
		if len(n.points) != 2 {
			t.Errorf("the curve has the steps %v", n.steps())
		}
		kept, _ := New(o).Kept(run.Key)
		attempts = len(kept.Attempts)
		return err
	}
	for i, c := range []struct {
		options  Options
		attempts int
	}{
		{Options{Memory: Memory{About: "4 runs at once"}}, 1},
		{Options{Memory: Memory{About: "4 runs at once"}}, 1},
		{Options{Memory: Memory{About: "2 runs at once", How: "sweep retry"}}, 2},
		{Options{Memory: Memory{About: "2 runs at once", How: "sweep retry"}}, 2},
		{Options{Memory: Memory{About: "2 runs at once", TryAgain: true}}, 3},
	} {
		c.options.Runs = runs
		foreseen, unread := New(c.options).Refuses(run)
		err := try(c.options)
		refused := err != nil && strings.Contains(err.Error(), "nothing has changed since")
		if !errors.Is(err, sweep.ErrOutOfMemory) || attempts != c.attempts || refused != (i == 1 || i == 3) {
			t.Errorf("%d: after %d attempts, want %d: %v", i, attempts, c.attempts, err)
		}
		if unread != nil || foreseen != refused {
			t.Errorf("%d: that it is refused is foreseen as %t: %v", i, foreseen, unread)
		}
	}
}

func TestAFailureSaysHowFarTheCurveOfAllAttemptsCame(t *testing.T) {
	trainer := newTrainer(t)
	var n notebook
	for _, c := range []struct{ logs, says string }{
		{"2", "it ended with exit code 1 at step 2 of 3"},
		{"0", "it ended with exit code 1 at step 2 of 3"},
		{"1", "it ended with exit code 1 at step 1 of 3"},
	} {
		_, err := trained(t, trainer, byScript(t, 3, "exits", "1", c.logs), &n)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("after %s steps: %v, want %s", c.logs, err, c.says)
		}
	}
}

func TestWhatAProgramSaysOfItsEnvironmentIsKept(t *testing.T) {
	var n notebook
	o, err := trained(t, newTrainer(t), byScript(t, 2, "tells", "# by pip", "torch==2.15.0", "gpu model = H200", "nonsense", "peft = 0.21.2"), &n)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(o.Environment, "\n")
	if !slices.Equal(lines[:3], []string{"torch = 2.15.0", "gpu model = H200", "peft = 0.21.2"}) || !strings.HasPrefix(lines[3], "program = /") || lines[4] != "metrics = file" {
		t.Errorf("got %q", lines)
	}
	if !math.IsNaN(o.TokensPerSecond) || o.Seconds <= 0 {
		t.Errorf("%g tokens/s for %g s", o.TokensPerSecond, o.Seconds)
	}
}
