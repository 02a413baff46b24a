//go:build unix

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sweep/sweep"
)

// scriptArgument has this binary be the program that a test trains by, whose name
// follows.
const scriptArgument = "be-the-script"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == SupervisorArgument {
		os.Exit(Supervise())
	}
	if len(os.Args) > 2 && os.Args[1] == scriptArgument {
		os.Exit(scripts[os.Args[2]](os.Args[3:]))
	}
	if len(os.Args) > 2 && os.Args[1] == trainArgument {
		os.Exit(train(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// trainArgument has this binary train a run that is a line of JSON on its standard input,
// in a folder and with a lease that follow, until it is killed.
const trainArgument = "train"

// train is a process that trains a run.
func train(args []string) int {
	lease, err := time.ParseDuration(args[1])
	if err != nil {
		panic(err)
	}
	var run sweep.Run
	if err := json.NewDecoder(os.Stdin).Decode(&run); err != nil {
		panic(err)
	}
	trainer := New(Options{Runs: args[0], Lease: lease})
	trainer.limits.poll = 5 * time.Millisecond
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second one kills
	o, err := trainer.Train(ctx, run, &notebook{})
	fmt.Println(o.State, err)
	return 0
}

// byScript is a run of some steps that a script of this binary trains.
func byScript(t *testing.T, steps int, script string, args ...string) sweep.Run {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.NewReplacer("{", "{{", "}", "}}").Replace(args[i])
	}
	p := sweep.Defaults()
	p.Steps = steps
	p.Command = &sweep.Command{
		Run: append([]string{self, scriptArgument, script}, args...), Dir: t.TempDir(), Grace: 10 * time.Second, Stated: []string{"alpha", "steps"},
	}
	return sweep.Run{Key: strings.Repeat("0123456789abcdef", 4), Name: "a-run", Params: p}
}

// notebook is a journal that keeps what it is given.
type notebook struct {
	points []sweep.Point
	saved  int // points when it was saved last
	taken  func()
}

func (n *notebook) Checkpoint() sweep.Checkpoint {
	return sweep.Checkpoint{Points: slices.Clone(n.points)}
}

func (n *notebook) Observe(p sweep.Point) error {
	n.points = append(n.points, p)
	if n.taken != nil {
		n.taken()
	}
	return nil
}

func (n *notebook) Rewrite(from int, points []sweep.Point) error {
	n.points = slices.DeleteFunc(n.points, func(p sweep.Point) bool { return p.Step >= from })
	n.points = append(n.points, points...)
	if n.taken != nil {
		n.taken()
	}
	return nil
}

func (n *notebook) Speed(float64) {}

func (n *notebook) Save(state func() []byte) {
	if len(state()) > 0 {
		n.saved = len(n.points)
	}
}

// steps returns the steps of the curve.
func (n *notebook) steps() (steps []int) {
	for _, p := range n.points {
		steps = append(steps, p.Step)
	}
	return steps
}

// newTrainer is a Trainer of a folder of its own that looks often.
func newTrainer(t *testing.T) *Trainer {
	t.Helper()
	trainer := New(Options{Runs: t.TempDir()})
	trainer.limits.poll = 5 * time.Millisecond
	return trainer
}
