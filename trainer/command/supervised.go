package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
)

// supervised is a command under a supervisor, as this program sees it.
type supervised struct {
	process *exec.Cmd
	in      io.WriteCloser
	reports chan report   // closed once the supervisor is gone
	gone    chan struct{} // closed once it is gone, and waited for
}

// self is the path of this program. On Linux it is the program that runs, also where its
// file was replaced meanwhile.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// supervise starts a supervisor and gives it its order.
func supervise(o order) (*supervised, error) {
	path, err := self()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("write the order: %w", err)
	}
	process := &exec.Cmd{Path: path, Args: []string{os.Args[0], SupervisorArgument}, SysProcAttr: ownGroup(), Stderr: os.Stderr}
	s := &supervised{process: process, reports: make(chan report, 4), gone: make(chan struct{})}
	if s.in, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go s.listen(out)
	_, _ = s.in.Write(append(text, '\n')) // reports end where nobody reads it
	return s, nil
}

// listen passes on the reports.
func (s *supervised) listen(out io.Reader) {
	defer close(s.gone)
	defer close(s.reports)
	defer func() { _ = s.process.Wait() }() // the reports tell what became of it
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var r report
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			s.reports <- r
		}
	}
}

// send sends a sign. A supervisor that is gone needs none.
func (s *supervised) send(sign byte) { _, _ = s.in.Write([]byte{sign}) }

// close waits until the supervisor is gone. It ends what is left of the command.
func (s *supervised) close() {
	_ = s.in.Close() // it may be gone
	for range s.reports {
	}
	<-s.gone
}
