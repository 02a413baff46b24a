package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"sweep/sweep"
)

// notifyFor is how long the command of --notify may take.
const notifyFor = time.Minute

// notify runs a person's command once a sweep has ended, however it did, with what came
// of it in the environment. It takes no part in how the sweep ended: if it fails, that
// is said.
func notify(command, name, summary string, outcome error, out streams) {
	if command == "" {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), notifyFor)
	defer stop()
	shell := []string{"sh", "-c", command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", command}
	}
	c := exec.CommandContext(ctx, shell[0], shell[1:]...)
	c.Env = append(os.Environ(), "SWEEP_NAME="+name, "SWEEP_STATE="+endState(outcome), "SWEEP_SUMMARY="+sweep.OneLine(summary))
	c.Stdout, c.Stderr = out.stderr, out.stderr
	c.WaitDelay = time.Second // for what it started and left behind
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("it took more than %v", notifyFor)
		}
		fmt.Fprintln(out.stderr, wrap(fmt.Sprintf("note: --notify %s: %v", command, err), 79, "  "))
	}
}

// endState is how a sweep ended: done, failed, interrupted or incomplete.
func endState(outcome error) string {
	exit, ok := errors.AsType[*exitError](outcome)
	switch {
	case outcome == nil:
		return "done"
	case ok && exit.code == exitInterrupted:
		return "interrupted"
	case ok && exit.code == exitFailed:
		return "failed"
	default:
		return "incomplete"
	}
}
