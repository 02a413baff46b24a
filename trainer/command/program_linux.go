package command

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ownSession has a process in a session of its own, without a terminal, and killed when
// the thread that started it ends.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// adoptOrphans makes this process the parent of all its descendants whose parent ends.
// Linux has it since version 3.4.
func adoptOrphans() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// awaitGroup has nothing to wait for: what is left of the group are descendants.
func awaitGroup(int) {}

// descendants returns the processes that come of one.
func descendants(ancestor int) (pids []int) {
	children := map[int][]int{}
	for _, pid := range processes() {
		if parent, ok := parentOf(pid); ok {
			children[parent] = append(children[parent], pid)
		}
	}
	pids = children[ancestor]
	for i := 0; i < len(pids); i++ {
		pids = append(pids, children[pids[i]]...)
	}
	return pids
}

// processes returns the processes that there are.
func processes() (pids []int) {
	names, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	for _, name := range names {
		if pid, err := strconv.Atoi(filepath.Base(name)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// parentOf returns the parent of a process that has not ended: in proc(5) the fourth
// field of its stat, after its name in parentheses, which may hold anything.
func parentOf(pid int) (parent int, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 || fields[0] == "Z" || fields[0] == "X" {
		return 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, err == nil
}

// isSupervisor reports whether a process is a supervisor, by its arguments.
func isSupervisor(pid int) bool {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && bytes.HasSuffix(line, []byte("\x00"+SupervisorArgument+"\x00"))
}

// leftoversFor is how long killed processes may take to go.
const leftoversFor = 5 * time.Second

// endLeftovers kills the processes that an attempt whose supervisor was killed left
// behind: those whose environment has the run's folder in SWEEP_DIR.
func endLeftovers(runDir string) {
	for deadline := time.Now().Add(leftoversFor); time.Now().Before(deadline); time.Sleep(killAgain) {
		found := false
		for _, pid := range processes() {
			if inRun(pid, runDir) {
				found = true
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
			}
		}
		if !found {
			return
		}
	}
}

// inRun reports whether a process has the run's folder in its environment.
func inRun(pid int, runDir string) bool {
	environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && pid != os.Getpid() && bytes.Contains(append([]byte{0}, environ...), []byte("\x00SWEEP_DIR="+runDir+"\x00"))
}

// countKilledForMemory returns how many processes the kernel has killed as memory ran
// out: in this process' control group (version 2, or 1), or else on this machine.
func countKilledForMemory() int {
	for _, file := range []string{"/sys/fs/cgroup" + ownGroupPath("") + "/memory.events", "/sys/fs/cgroup/memory" + ownGroupPath("memory") + "/memory.oom_control", "/proc/vmstat"} {
		if n, ok := counted(file, "oom_kill"); ok {
			return n
		}
	}
	return 0
}

// counted reads a number from a file of lines "NAME NUMBER".
func counted(file, name string) (n int, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == name {
			n, err = strconv.Atoi(fields[1])
			return n, err == nil
		}
	}
	return 0, false
}

// ownGroupPath returns the control group of this process in the hierarchy of a
// controller, "" for that of version 2.
func ownGroupPath(controller string) string {
	text, _ := os.ReadFile("/proc/self/cgroup") // without it the root is looked at
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && parts[1] == controller {
			return parts[2]
		}
	}
	return ""
}
