package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"

	"github.com/alecthomas/kong"
)

// cores is how many threads of Go code the system lets this process run.
var cores = runtime.GOMAXPROCS(0)

func main() {
	if code, ok := supervise(os.Args[1:]); ok {
		os.Exit(code)
	}
	// A worker spends its time in C, and Go counts its thread as running all the
	// while: with more threads than cores, all cores are kept busy.
	runtime.GOMAXPROCS(2 * cores)
	ctx, stop := signal.NotifyContext(context.Background(), endingSignals...)
	context.AfterFunc(ctx, stop) // a second one kills
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes; see the package comment.
const (
	exitFailed      = 1
	exitWrong       = 2
	exitIncomplete  = 3
	exitInterrupted = 130
)

// exitError is an error with the code to exit with. Without an err there is
// nothing more to say.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return "exit code " + strconv.Itoa(e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// streams are where a command reads answers and writes. What it writes is for
// people; for programs it writes to the writer behind, see direct.
type streams struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// commands is the command line.
type commands struct {
	Run        runCommand        `cmd:"" help:"Train what a grid asks for and the store does not hold."`
	Init       initCommand       `cmd:"" help:"Write a first grid for a model and rows, sized for some hours."`
	Plan       planCommand       `cmd:"" help:"Tell what run would do with a grid: what is new, what it takes."`
	Data       dataCommand       `cmd:"" help:"Show the rows of a grid as the model sees them, and what becomes of them."`
	Retry      retryCommand      `cmd:"" help:"Train the runs of a grid that failed."`
	Work       workCommand       `cmd:"" help:"Train what was queued for workers on any number of machines."`
	Workers    workersCommand    `cmd:"" help:"List the workers of a store, what they do, and what they refuse."`
	Pause      pauseCommand      `cmd:"" help:"Have workers train nothing of a sweep for now."`
	Resume     resumeCommand     `cmd:"" help:"Have workers go on with a sweep that was paused."`
	Cancel     cancelCommand     `cmd:"" help:"Have workers train no more of a sweep."`
	Serve      serveCommand      `cmd:"" help:"Show sweeps in a browser, while they train and afterwards."`
	Submit     submitCommand     `cmd:"" help:"Have Slurm, Kubernetes or ssh start workers."`
	Next       nextCommand       `cmd:"" help:"Write the grid of the runs that would decide most in some hours."`
	Plot       plotCommand       `cmd:"" help:"Draw the figures of a sweep."`
	Report     reportCommand     `cmd:"" help:"Judge the claims about alpha by a sweep, and say what to do."`
	Ls         lsCommand         `cmd:"" help:"List the sweeps in the store, or the runs of one."`
	Show       showCommand       `cmd:"" help:"Show a run: what it came to, its settings, its origin, its curve."`
	Sample     sampleCommand     `cmd:"" help:"Complete a prompt, or held-out rows, by what a run learnt."`
	Advise     adviseCommand     `cmd:"" help:"Tell the best lr after a change of alpha, r or steps."`
	Note       noteCommand       `cmd:"" help:"Write a note on a sweep or a run, or tag it."`
	Best       bestCommand       `cmd:"" help:"List the best runs of a sweep."`
	Diff       diffCommand       `cmd:"" help:"List what two runs differ in, and where their curves part."`
	Compare    compareCommand    `cmd:"" help:"Compare two sweeps: what differs, and the best lr and loss of each."`
	Import     importCommand     `cmd:"" help:"Take in runs that were trained elsewhere, with their curves."`
	Export     exportCommand     `cmd:"" help:"Write curves, runs, row losses or an adapter for other programs."`
	Rm         rmCommand         `cmd:"" help:"Remove a run, or a sweep with the runs that no other has."`
	DB         dbCommand         `cmd:"" name:"db" help:"Check the store, back it up, or copy it to another."`
	Verify     verifyCommand     `cmd:"" help:"Train finished runs again and compare the bits, or certify the symmetries of LoRA."`
	Probe      probeCommand      `cmd:"" help:"Tell what a program that trains runs does with alpha, r, seeds and losses, by a handful of short runs."`
	Bench      benchCommand      `cmd:"" help:"Measure how fast this machine trains, and where the time goes."`
	Doctor     doctorCommand     `cmd:"" help:"Tell what this machine offers, and what is wrong with it."`
	Completion completionCommand `cmd:"" help:"Print what makes a shell complete arguments."`
	Help       helpCommand       `cmd:"" help:"Explain a command, the grid file, its parameters or the columns of lists."`
	Version    versionCommand    `cmd:"" help:"Tell what this binary was built from."`
}

// run is the whole program, from its arguments to its exit code. It ends
// within a second or two of ctx.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := streams{stdin, terminal{stdout}, terminal{stderr}}
	helped := false
	parser, err := newParser(ctx, out, func(int) { helped = true })
	if err != nil {
		return out.exitCode(err)
	}
	completeLine(ctx, parser)
	if helped {
		return 0
	}
	parsed, err := parser.Parse(args)
	switch {
	case helped:
		return 0
	case err != nil:
		return out.exitCode(fmt.Errorf("%w; 'sweep --help' explains", err))
	default:
		return out.exitCode(parsed.Run())
	}
}

// newParser reads the command line. It calls exit where it has answered by
// itself.
func newParser(ctx context.Context, out streams, exit func(int)) (*kong.Kong, error) {
	return kong.New(
		&commands{},
		kong.Name("sweep"), kong.Description("Hyperparameter sweeps of LoRA fine-tuning."),
		kong.Writers(out.stdout, out.stderr), kong.Exit(exit),
		kong.Vars{"cores": strconv.Itoa(cores), "kinds": kindNames(), "store": defaultStore},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(out),
	)
}

// exitCode prints err and returns its exit code. An error without a code is the
// fault of the command line or of what it names.
func (s streams) exitCode(err error) int {
	if err == nil {
		return 0
	}
	exit, ok := errors.AsType[*exitError](err)
	if !ok {
		exit = &exitError{exitWrong, err}
	}
	if exit.err != nil {
		fmt.Fprintln(s.stderr, wrap(shorten(explain(exit.err)), 79, "  "))
	}
	return exit.code
}
