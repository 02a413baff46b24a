package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// exitProtocol is the exit code of a supervisor that was told nothing it understands.
const exitProtocol = 2

// Supervise starts the command that standard input orders, and stays until nothing of it
// is left. It is the whole of a process with SupervisorArgument, whose exit code it
// returns. It outlives the process that started it, to end the command then.
func Supervise() int {
	runtime.LockOSThread() // the command is killed when the thread ends that started it
	in := bufio.NewReader(os.Stdin)
	var o order
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "this process is started by sweep itself, with an order on its standard input:", err)
		return exitProtocol
	}
	s := &supervisor{order: o, out: json.NewEncoder(os.Stdout), signs: make(chan byte, 16), signals: make(chan os.Signal, 4)}
	signal.Notify(s.signals, endingSignals...)
	signal.Ignore(ignoredSignals...)
	go readSigns(in, s.signs)
	if err := s.supervise(); err != nil {
		s.tell(report{Kind: reportRefused, Error: err.Error()})
	}
	return 0
}

// readSigns passes on what is read, and closes signs at its end.
func readSigns(in io.ByteReader, signs chan<- byte) {
	defer close(signs)
	for {
		sign, err := in.ReadByte()
		if err != nil {
			return
		}
		signs <- sign
	}
}

// supervisor is a process between this program and a command.
type supervisor struct {
	order
	out     *json.Encoder
	signs   chan byte // closed when the process that gave the order is gone
	signals chan os.Signal

	program *program
	cause   cause
	kill    <-chan time.Time // set once the command was told to end
}

// tell writes a report. Nobody may be left to read it.
func (s *supervisor) tell(r report) { _ = s.out.Encode(r) }

// supervise runs the command. Its error says why nothing was started.
func (s *supervisor) supervise() error {
	adoptOrphans()
	unlock, waited, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if s.Unfinished {
		endLeftovers(s.RunDir)
	}
	s.tell(report{Kind: reportLocked, Waited: waited})
	if err := s.awaitGo(); err != nil {
		return err
	}
	killed, began := countKilledForMemory(), time.Now()
	if s.program, err = start(s.order); err != nil {
		return err
	}
	s.tell(report{Kind: reportStarted})
	e := s.watch(began)
	if e.Cause == causeNone && s.signalledToo(e) {
		e.Cause = causeSignal
	}
	e.OutOfMemory = !e.Killed && countKilledForMemory() > killed
	unlock()
	s.tell(report{Kind: reportEnded, Exit: e})
	return nil
}

// awaitGo waits for the sign to start.
func (s *supervisor) awaitGo() error {
	for {
		select {
		case sign, open := <-s.signs:
			switch {
			case !open, sign == signStop, sign == signKill:
				return errStopped
			case sign == signGo:
				return nil
			}
		case <-s.signals:
			return errStopped
		}
	}
}

var errStopped = errors.New("it was stopped before the program began")

// watch waits until nothing of the command is left, which began at a time, and ends it
// where that is called for.
func (s *supervisor) watch(began time.Time) exit {
	var e exit
	killed, again := false, killAgain // killed before it ended
	ended := s.program.ended
	var left <-chan time.Time // processes of it are left
	lapse := time.NewTimer(s.Lease)
	defer lapse.Stop()
	signs := s.signs
	for {
		select {
		case e = <-ended:
			ended = nil
			e.Took, e.Cause, e.Killed = time.Since(began), s.cause, killed
			left = time.After(settling)
		case <-left:
			s.end(s.cause) // what it started and left behind
		case <-s.program.gone:
			if ended != nil {
				e = <-ended
				e.Took, e.Cause, e.Killed = time.Since(began), s.cause, killed
			}
			return e
		case sign, open := <-signs:
			lapse.Reset(s.Lease)
			switch {
			case open && sign == signStop:
				s.end(causeAsked)
			case open && sign == signKill, !open && s.cause == causeAsked: // asked twice
				s.end(causeAsked)
				s.kill = time.After(0)
			case !open:
				s.end(causeClosed)
			}
			if !open {
				signs = nil
			}
		case <-lapse.C:
			s.end(causeLapsed)
		case <-s.signals:
			s.end(causeSignal)
		case <-s.kill:
			killed = killed || ended != nil
			s.program.kill()
			s.kill = time.After(again)
			again = min(2*again, time.Second) // the system may not let go of one for a while
		}
	}
}

// signalledToo reports whether the supervisor gets a signal to end within a moment, where
// one ended the program: a scheduler sends it to all processes of a job.
func (s *supervisor) signalledToo(e exit) bool {
	by := e.Signal
	if e.Code > 128 {
		by = e.Code - 128 // as a shell tells of its last command
	}
	if !slices.Contains(endingSignals, os.Signal(syscall.Signal(by))) {
		return false
	}
	select {
	case <-s.signals:
		return true
	case <-time.After(signalWithin):
		return false
	}
}

// signalWithin is how long a signal may take to all processes of a job.
const signalWithin = 200 * time.Millisecond

// settling is how long after a program's end others of its processes may still be ending
// by themselves.
const settling = 5 * time.Millisecond

// killAgain is after how long processes are first looked for again that are to be killed.
const killAgain = 20 * time.Millisecond

// end tells all processes of the command to end, and sets the time at which they are
// killed. Only the first call does anything.
func (s *supervisor) end(why cause) {
	if s.kill != nil {
		return
	}
	s.cause = why
	s.program.terminate()
	s.kill = time.After(s.Grace)
}
