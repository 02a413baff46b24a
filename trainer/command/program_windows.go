package command

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// sigkill is no exit code here.
const sigkill = 9

var (
	endingSignals  = []os.Signal{os.Interrupt, syscall.SIGTERM}
	ignoredSignals []os.Signal
)

func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// start starts the command in a process group of its own.
func start(o order) (*program, error) {
	process, err := o.launch(ownGroup())
	if err != nil {
		return nil, err
	}
	p := &program{process.Pid, make(chan exit, 1), make(chan struct{})}
	go func() {
		defer close(p.gone)
		e := exit{Code: -1}
		if state, err := process.Wait(); err == nil {
			e.Code = state.ExitCode()
		}
		p.ended <- e
	}()
	return p, nil
}

// terminate sends Ctrl-Break to the process group, the only signal there is to ask it to
// end.
func (p *program) terminate() {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.pid)) // it may have ended meanwhile
}

// kill ends the program itself.
func (p *program) kill() {
	if process, err := os.FindProcess(p.pid); err == nil {
		_ = process.Kill() // it may have ended meanwhile
	}
}

func adoptOrphans() {}

func endLeftovers(string) {}

func countKilledForMemory() int { return 0 }

// signalProcess kills a process where it is to be killed; there is no other signal.
func signalProcess(pid int, kill bool) {
	if process, err := os.FindProcess(pid); err == nil && kill {
		_ = process.Kill() // it may have ended meanwhile
	}
}

// isSupervisor takes the word of the lock for it: the system does not tell.
func isSupervisor(int) bool { return true }
