package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sweep/sweep"
)

// another is a process that trains a run.
type another struct {
	*exec.Cmd
	out bytes.Buffer
}

// elsewhere has another process train a run, and waits until the curve has some steps.
func elsewhere(t *testing.T, trainer *Trainer, run sweep.Run, lease time.Duration, steps int) *another {
	t.Helper()
	text, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	p := &another{Cmd: exec.Command("/proc/self/exe", trainArgument, trainer.runs, lease.String())}
	p.Stdin, p.Stdout, p.Stderr = bytes.NewReader(text), &p.out, os.Stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() }) // it may have ended
	at, err := folderOf(trainer.runs, run.Key)
	if err != nil {
		t.Fatal(err)
	}
	await(t, fmt.Sprintf("%d steps", steps), func() bool {
		text, _ := os.ReadFile(at.metrics(1)) // it is not there at first
		return bytes.Count(text, []byte("\n")) >= steps
	})
	return p
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// ofRun returns the processes of a trainer's runs, without supervisors.
func ofRun(trainer *Trainer) (pids []int) {
	for _, pid := range processes() {
		environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // it may have ended
		if bytes.Contains(environ, []byte("SWEEP_DIR="+trainer.runs)) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// supervisorOf returns the supervisor of the run that another process trains.
func supervisorOf(t *testing.T, p *another) int {
	t.Helper()
	for _, pid := range descendants(p.Process.Pid) {
		if isSupervisor(pid) {
			return pid
		}
	}
	t.Fatal("there is no supervisor")
	return 0
}

// kill kills processes, the first of which is there; others may end with it.
func kill(t *testing.T, pids ...int) {
	t.Helper()
	for i, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && (i == 0 || !errors.Is(err, syscall.ESRCH)) {
			t.Fatal(err)
		}
	}
}

// goesOn trains the run here, to its end.
func goesOn(t *testing.T, trainer *Trainer, run sweep.Run) {
	t.Helper()
	var n notebook
	o, err := trained(t, trainer, run, &n)
	var want []int
	for step := 1; step <= run.Params.Steps; step++ {
		want = append(want, step)
	}
	if err != nil || o.State != sweep.StateDone || !slices.Equal(n.steps(), want) {
		t.Errorf("the run came to %q, %v with the steps %v", o.State, err, n.steps())
	}
}

func TestWhatIsKilledLeavesNothingBehindAndGoesOn(t *testing.T) {
	for _, c := range []struct {
		name string
		kill func(t *testing.T, trainer *Trainer, p *another)
	}{
		{"sweep", func(t *testing.T, _ *Trainer, p *another) { kill(t, p.Process.Pid) }},
		{"the script", func(t *testing.T, trainer *Trainer, _ *another) { kill(t, ofRun(trainer)...) }},
		{"both", func(t *testing.T, trainer *Trainer, p *another) { kill(t, append(ofRun(trainer), p.Process.Pid)...) }},
		{"the supervisor", func(t *testing.T, _ *Trainer, p *another) { kill(t, supervisorOf(t, p)) }},
		{"all three", func(t *testing.T, trainer *Trainer, p *another) {
			kill(t, append(ofRun(trainer), supervisorOf(t, p), p.Process.Pid)...)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			trainer := newTrainer(t)
			run := byScript(t, 30, "slow")
			p := elsewhere(t, trainer, run, time.Minute, 3)
			c.kill(t, trainer, p)
			_ = p.Wait() // it was killed, or says what became of the run
			awaitNoneLeft(t, trainer.runs)
			goesOn(t, trainer, run)
		})
	}
}

func TestARunGoesOnAtOnceWhereSweepWasKilledAndTheScriptIsDeaf(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 9, "deaf", "9")
	run.Params.Command.Grace = 500 * time.Millisecond
	p := elsewhere(t, trainer, run, time.Minute, 9)
	kill(t, p.Process.Pid)
	_ = p.Wait() // it was killed
	run.Params.Command.Run[2] = "exits"
	run.Params.Command.Run = append(run.Params.Command.Run[:3], "0", "9")
	goesOn(t, trainer, run)
}

func TestAStoppedSweepLosesItsRunWithItsLease(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 30, "slow")
	p := elsewhere(t, trainer, run, 300*time.Millisecond, 3)
	if err := p.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await(t, "the script's end", func() bool { return len(ofRun(trainer)) == 0 })
	if err := p.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || !strings.Contains(p.out.String(), sweep.ErrRequeue.Error()+": this process gave no sign of life for 300ms") {
		t.Errorf("it said %q, %v", p.out.String(), err)
	}
	awaitNoneLeft(t, trainer.runs)
	goesOn(t, trainer, run)
}

func TestAnAttemptThatStillLivesIsEndedByTheNext(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 30, "slow")
	p := elsewhere(t, trainer, run, time.Minute, 3)
	if err := p.Process.Signal(syscall.SIGSTOP); err != nil { // as if it hung, and its run were another's by now
		t.Fatal(err)
	}
	goesOn(t, trainer, run)
	kill(t, p.Process.Pid)
	_ = p.Wait() // it was killed
}

func TestASecondInterruptEndsAtOnce(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 9, "deaf", "3")
	run.Params.Command.Grace = time.Hour
	p := elsewhere(t, trainer, run, time.Minute, 3)
	interrupt := func() {
		if err := p.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	time.Sleep(200 * time.Millisecond)
	if left := leftOf(trainer.runs); len(left) != 2 {
		t.Errorf("after the first there are %q", left)
	}
	interrupt()
	if err := p.Wait(); err == nil {
		t.Error("the second did not kill")
	}
	awaitNoneLeft(t, trainer.runs)
}

func TestASignalToAllProcessesOfAJobGivesTheRunBack(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 30, "slow")
	p := elsewhere(t, trainer, run, time.Minute, 3)
	for _, pid := range append(ofRun(trainer), supervisorOf(t, p)) { // the program dies of it before the supervisor hears of it
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); err != nil || !strings.Contains(p.out.String(), sweep.ErrRequeue.Error()) {
		t.Errorf("it said %q, %v", p.out.String(), err)
	}
	awaitNoneLeft(t, trainer.runs)
	goesOn(t, trainer, run)
}

func TestASignalToTheProgramAloneIsAFailure(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 30, "slow")
	p := elsewhere(t, trainer, run, time.Minute, 3)
	for _, pid := range ofRun(trainer) {
		if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); err != nil || !strings.Contains(p.out.String(), "it was ended by SIGTERM at step ") {
		t.Errorf("it said %q, %v", p.out.String(), err)
	}
}

func TestASignalToTheSupervisorGivesTheRunBack(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1} {
		trainer := newTrainer(t)
		run := byScript(t, 30, "slow")
		p := elsewhere(t, trainer, run, time.Minute, 3)
		if err := syscall.Kill(supervisorOf(t, p), signal); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(); err != nil || !strings.Contains(p.out.String(), sweep.ErrRequeue.Error()) {
			t.Errorf("it said %q, %v", p.out.String(), err)
		}
		awaitNoneLeft(t, trainer.runs)
	}
}

func TestWhatAProgramStartedIsEndedWithIt(t *testing.T) {
	for _, then := range []string{"end", "hang"} {
		t.Run("and then they "+then, func(t *testing.T) {
			trainer := newTrainer(t)
			run := byScript(t, 3, "forks", then)
			run.Params.Command.Grace = 200 * time.Millisecond
			if then == "hang" {
				run.Params.Command.QuietTimeout = 200 * time.Millisecond
			}
			var n notebook
			o, err := trained(t, trainer, run, &n)
			if then == "end" && (err != nil || o.State != sweep.StateDone) || then == "hang" && (err == nil || errors.Is(err, sweep.ErrRequeue)) {
				t.Errorf("got %q, %v", o.State, err)
			}
		})
	}
}

func TestWhatAProgramStartedIsEndedWhereItsSupervisorWasKilled(t *testing.T) {
	trainer := newTrainer(t)
	run := byScript(t, 3, "forks", "hang")
	p := elsewhere(t, trainer, run, time.Minute, 3)
	if err := p.Process.Signal(syscall.SIGSTOP); err != nil { // so that it does not end them itself
		t.Fatal(err)
	}
	kill(t, supervisorOf(t, p), p.Process.Pid)
	_ = p.Wait() // it was killed
	await(t, "the death of the program", func() bool { return len(ofRun(trainer)) == 2 })
	run.Params.Command.Run[2] = "logs"
	goesOn(t, trainer, run)
}

// TestTheKernelsKillForLackOfMemoryIsTold runs where SWEEP_LIMITED says that the control
// group of this process has a limit of memory, which a program may go beyond.
func TestTheKernelsKillForLackOfMemoryIsTold(t *testing.T) {
	if os.Getenv("SWEEP_LIMITED") == "" {
		t.Skip("SWEEP_LIMITED is not set")
	}
	var n notebook
	_, err := trained(t, newTrainer(t), byScript(t, 3, "eats"), &n)
	if !errors.Is(err, sweep.ErrOutOfMemory) || !strings.Contains(err.Error(), "the kernel killed it, as the machine's memory ran out, at step 1 of 3") {
		t.Errorf("got %v", err)
	}
	if _, err := trained(t, newTrainer(t), byScript(t, 3, "exits", "137", "1"), &n); errors.Is(err, sweep.ErrOutOfMemory) {
		t.Errorf("an exit code of 137 alone is %v", err)
	}
}
