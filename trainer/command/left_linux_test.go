package command

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"
)

// noneLeft makes sure that no process of the trainer's runs is left, nor a supervisor.
func noneLeft(t *testing.T, trainer *Trainer) {
	t.Helper()
	if left := leftOf(trainer.runs); len(left) > 0 {
		t.Errorf("left are the processes %q", left)
	}
}

// leftOf returns the command lines of the processes of runs, and of supervisors.
func leftOf(runs string) (lines []string) {
	self, _ := os.Readlink("/proc/self/exe") // "" is no other's
	for _, pid := range processes() {
		environ, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)) // it may have ended
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))    // likewise
		exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		ofRun := bytes.Contains(environ, []byte("SWEEP_DIR="+runs))
		supervises := exe == self && isSupervisor(pid)
		if _, lives := parentOf(pid); lives && (ofRun || supervises) {
			lines = append(lines, fmt.Sprintf("%d %s", pid, bytes.ReplaceAll(line, []byte{0}, []byte(" "))))
		}
	}
	return lines
}

// awaitNoneLeft waits until no process of runs is left.
func awaitNoneLeft(t *testing.T, runs string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(leftOf(runs)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("left are the processes %q", leftOf(runs))
		}
	}
}
