//go:build unix

package command

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

const sigkill = int(syscall.SIGKILL)

// endingSignals are the signals to a supervisor that end its command, and
// ignoredSignals those that it does not mind.
var (
	endingSignals  = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}
	ignoredSignals = []os.Signal{syscall.SIGPIPE, syscall.SIGTTOU, syscall.SIGTTIN, syscall.SIGTSTP}
)

// ownGroup has a process in a process group of its own, so that signals of the
// terminal do not reach it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// start starts the command in a session and a process group of its own.
func start(o order) (*program, error) {
	process, err := o.launch(ownSession())
	if err != nil {
		return nil, err
	}
	p := &program{process.Pid, make(chan exit, 1), make(chan struct{})}
	go p.reap()
	return p, nil
}

// reap waits for the processes of the command, until none is left.
func (p *program) reap() {
	defer close(p.gone)
	var most int64
	for {
		var status syscall.WaitStatus
		var usage syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, 0, &usage)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			awaitGroup(p.pid)
			return
		}
		most = max(most, inRAM(usage))
		if pid == p.pid {
			e := exitOf(status)
			e.Memory = most
			p.ended <- e
		}
	}
}

// inRAM is how many bytes a process had in RAM at the most, or one that it waited for.
func inRAM(u syscall.Rusage) int64 {
	if runtime.GOOS == "darwin" {
		return int64(u.Maxrss)
	}
	return int64(u.Maxrss) << 10
}

func exitOf(status syscall.WaitStatus) exit {
	if status.Signaled() {
		return exit{Code: -1, Signal: int(status.Signal()), SignalName: signalName(status.Signal())}
	}
	return exit{Code: status.ExitStatus()}
}

// signalName is a signal as kill(1) has it, such as "SIGKILL".
func signalName(s syscall.Signal) string {
	if name, ok := signalNames[s]; ok {
		return name
	}
	return fmt.Sprintf("signal %d", int(s))
}

var signalNames = map[syscall.Signal]string{
	syscall.SIGABRT: "SIGABRT", syscall.SIGBUS: "SIGBUS", syscall.SIGFPE: "SIGFPE", syscall.SIGHUP: "SIGHUP", syscall.SIGILL: "SIGILL",
	syscall.SIGINT: "SIGINT", syscall.SIGKILL: "SIGKILL", syscall.SIGPIPE: "SIGPIPE", syscall.SIGQUIT: "SIGQUIT", syscall.SIGSEGV: "SIGSEGV",
	syscall.SIGTERM: "SIGTERM", syscall.SIGUSR1: "SIGUSR1", syscall.SIGUSR2: "SIGUSR2", syscall.SIGXCPU: "SIGXCPU",
}

// terminate sends SIGTERM to all processes of the command.
func (p *program) terminate() { p.send(syscall.SIGTERM) }

// kill sends SIGKILL to all processes of the command.
func (p *program) kill() { p.send(syscall.SIGKILL) }

// send sends a signal to the process group, and to processes that left it. A process
// that has ended meanwhile needs none.
func (p *program) send(s syscall.Signal) {
	_ = syscall.Kill(-p.pid, s)
	for _, pid := range descendants(os.Getpid()) {
		if group, err := syscall.Getpgid(pid); err == nil && group != p.pid {
			_ = syscall.Kill(pid, s)
		}
	}
}

// signalProcess tells a process to end, or kills it. It may have ended meanwhile.
func signalProcess(pid int, kill bool) {
	s := syscall.SIGTERM
	if kill {
		s = syscall.SIGKILL
	}
	_ = syscall.Kill(pid, s)
}
