package command

import (
	"os"
	"syscall"
)

// program is a command that a supervisor started, with all processes that come of it.
type program struct {
	pid   int
	ended chan exit     // receives how the program itself ended, before gone is closed
	gone  chan struct{} // closed once none of its processes is left
}

// launch starts the program. Its output goes straight into its log, and its input is
// empty.
func (o order) launch(how *syscall.SysProcAttr) (*os.Process, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }() // nothing was written
	log, err := os.OpenFile(o.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the program has it
	return os.StartProcess(o.Run[0], o.Run, &os.ProcAttr{Dir: o.Dir, Env: o.Env, Files: []*os.File{null, log, log}, Sys: how})
}
