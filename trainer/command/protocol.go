package command

import "time"

// SupervisorArgument is the only argument of a process of this program that is to call
// Supervise and nothing else.
const SupervisorArgument = "supervise-a-command"

// order is what a supervisor reads first on its standard input, as a line of JSON: what
// to start, and when to end it.
type order struct {
	Run        []string      // path of the program, and its arguments with its name
	Env        []string      // whole environment, each "NAME=value"
	Dir        string        // folder to run in
	RunDir     string        // the run's folder
	Lock       string        // file that is locked while anything of the attempt lives
	Log        string        // file that takes stdout and stderr
	Grace      time.Duration // between SIGTERM and SIGKILL
	Lease      time.Duration // how long without a sign of life from this program the command may go on
	Unfinished bool          // an earlier attempt may have left processes
}

// The signs that follow the order, a byte each. Once nothing more can be read, the
// command is ended.
const (
	signGo    = 'g' // start the program, as the folder is ready
	signAlive = 'a' // this program lives
	signStop  = 's' // end the command: SIGTERM, the grace period, SIGKILL
	signKill  = 'k' // end the command at once
)

// report is what a supervisor writes to its standard output, each as a line of JSON.
type report struct {
	Kind   reportKind
	Error  string // why the program could not be started, or the folder not locked
	Exit   exit   // where Kind is reportEnded
	Waited bool   // where Kind is reportLocked: an earlier attempt had to be ended first
}

type reportKind string

const (
	reportLocked  reportKind = "locked"  // the folder is this attempt's
	reportStarted reportKind = "started" // the program runs
	reportEnded   reportKind = "ended"   // nothing of it is left
	reportRefused reportKind = "refused" // nothing was started
)

// exit is how a program ended.
type exit struct {
	Code        int           // 0 to 255; -1 where a signal ended it
	Signal      int           // that ended it, 0 for none
	SignalName  string        // of it, such as "killed"
	Cause       cause         // why the supervisor ended it
	Killed      bool          // it was still there after the grace period
	OutOfMemory bool          // the kernel killed some process meanwhile, as memory ran out
	Took        time.Duration // from its start to its end
	Memory      int64         // bytes that its largest process had in RAM at the most; 0 where the system does not tell
}

// cause is why a supervisor ended a command.
type cause string

const (
	causeNone   cause = ""       // it ended by itself
	causeAsked  cause = "asked"  // this program said so
	causeClosed cause = "closed" // this program is gone
	causeLapsed cause = "lapsed" // this program gave no sign of life for a lease
	causeSignal cause = "signal" // somebody sent the supervisor a signal to end
)
