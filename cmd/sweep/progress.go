package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"sweep/cmd/sweep/humanize"
	"sweep/sweep"
	"sweep/sweep/runner"
)

// How often progress is shown.
const (
	liveEvery  = 100 * time.Millisecond
	plainEvery = 10 * time.Second
)

// progress shows how a sweep gets on: on a terminal a line on the whole and one
// for each run in training, elsewhere a line now and then.
type progress struct {
	mu   sync.Mutex // held by event and say
	out  io.Writer
	view *view // nil where lines cannot be redrawn

	started time.Time // of the first run
	shown   time.Time // last

	total, ended, inFlight int
	diverged, failed       int
	pruned                 int
	rows, trained, earlier float64         // batch rows: to train in this call; trained in it; trained before it
	steps                  map[string]int  // the last one of each run in training, by key
	flights                flights         // the runs in training, as they are shown
	rates                  []float64       // tokens/s of the runs that ended
	waiting                map[string]bool // keys of runs that may turn out to be copies
	holder                 string          // the last process that was found to have one of our runs
	best                   best
}

// best is the lowest loss so far and the run that has it.
type best struct {
	loss float64
	name string // "" before the first
}

// see takes note of a finished run. The loss is the evaluation loss, or the
// training loss where nothing is held out.
func (b *best) see(name string, o sweep.Outcome) {
	loss := o.EvalLoss
	if !o.Evaluated {
		loss = o.Loss
	}
	if o.State == sweep.StateDone && (b.name == "" || loss < b.loss) {
		b.loss, b.name = loss, name
	}
}

// newProgress starts with what an earlier call had trained.
func newProgress(out io.Writer, runs []sweep.Run, before []sweep.Result) *progress {
	p := &progress{out: out, view: newView(out), total: len(runs), steps: map[string]int{}, waiting: map[string]bool{}}
	for _, run := range runs {
		p.rows += rowsOf(run)
	}
	for _, r := range before {
		p.best.see(r.Name, r.Outcome)
	}
	return p
}

// terminalWidth returns a function that measures the terminal, or nil if w is
// none that can redraw a line.
func terminalWidth(w io.Writer) func() int {
	f, ok := direct(w).(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return func() int {
		columns, _, err := term.GetSize(int(f.Fd()))
		if err != nil || columns < 1 { // a terminal that does not know its size
			return 80
		}
		return columns
	}
}

// asciiOnly reports whether the terminal or its locale knows ASCII alone.
func asciiOnly() bool {
	locale := strings.ToLower(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"), "utf-8"))
	return os.Getenv("TERM") == "dumb" || !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
}

func rowsOf(run sweep.Run) float64 { return float64(run.Params.StepRows()) * float64(run.Params.Steps) }

// event takes note of what happened and shows it if it is time to.
func (p *progress) event(e runner.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch e.Kind {
	case runner.EventSkipped:
		p.ended++
		p.rows -= rowsOf(e.Run)
		p.earlier += rowsOf(e.Run)
		return
	case runner.EventWaiting:
		p.waiting[e.Run.Key] = true
		p.rows -= rowsOf(e.Run)
		return
	case runner.EventCopied:
		p.ended++
		p.best.see(e.Run.Name, e.Outcome)
	case runner.EventBegan:
		if p.started.IsZero() {
			p.started = now
		}
		p.inFlight++
		if p.waiting[e.Run.Key] {
			p.rows += rowsOf(e.Run)
		}
		before := float64(e.Run.Params.StepRows() * (e.Point.Step - p.steps[e.Run.Key]))
		p.rows -= before
		p.earlier += before
		p.steps[e.Run.Key] = e.Point.Step
		p.flights.add(e.Run, e.Point.Step)
	case runner.EventRestarted:
		again := float64(e.Run.Params.StepRows() * p.steps[e.Run.Key])
		p.rows += again
		p.earlier -= again
		p.steps[e.Run.Key] = 0
		p.note(fmt.Sprintf("%s begins anew: %v", e.Run.Name, e.Err))
	case runner.EventRequeued:
		p.note(fmt.Sprintf("%s goes on in a minute: %v", e.Run.Name, e.Err))
	case runner.EventHeld:
		if leased, ok := errors.AsType[*sweep.LeasedError](e.Err); ok {
			p.holder = shortOwner(leased.Owner)
		}
	case runner.EventAdvanced:
		p.trained += float64(e.Run.Params.StepRows() * (e.Point.Step - p.steps[e.Run.Key]))
		p.steps[e.Run.Key] = e.Point.Step
		if f := p.flights.find(e.Run.Key); f != nil {
			f.advance(e.Point)
		}
	case runner.EventEnded:
		p.end(e)
	case runner.EventStopped:
		p.stop(e.Run)
	}
	p.show(now)
}

// end counts a run as ended. Steps that a diverged run did not need
// count as done.
func (p *progress) end(e runner.Event) {
	p.inFlight--
	p.flights.remove(e.Run.Key)
	if e.Outcome.State == sweep.StatePending { // it may go on
		return
	}
	rest := rowsOf(e.Run) - float64(e.Run.Params.Batch*p.steps[e.Run.Key])
	delete(p.steps, e.Run.Key)
	switch e.Outcome.State {
	case sweep.StateDiverged:
		p.diverged++
	case sweep.StateFailed:
		p.failed++
	}
	p.ended++
	p.trained += rest
	if e.Outcome.TokensPerSecond > 0 {
		p.rates = append(p.rates, e.Outcome.TokensPerSecond)
	}
	p.best.see(e.Run.Name, e.Outcome)
}

// stop counts a run as pruned. The rest of its steps need not be trained; those of
// a run that waited were never counted.
func (p *progress) stop(run sweep.Run) {
	p.ended++
	p.pruned++
	if !p.waiting[run.Key] {
		p.rows -= rowsOf(run) - float64(run.Params.Batch*p.steps[run.Key])
	}
	delete(p.steps, run.Key)
}

func (p *progress) show(now time.Time) {
	every := plainEvery
	if p.view != nil {
		every = liveEvery
	}
	if now.Sub(p.shown) < every {
		return
	}
	p.shown = now
	if p.view == nil {
		fmt.Fprintln(p.out, strings.Join(p.fields(now), "  "))
		return
	}
	columns, _ := p.view.size()
	p.view.draw(append([]string{fit(p.fields(now), columns-1)}, p.flights.lines(columns, p.view.ascii)...))
}

// say prints a note that is not about an event.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(text)
}

// note prints a line that stays.
func (p *progress) note(text string) {
	p.close()
	fmt.Fprintln(p.out, wrap("note: "+text, pageWidth(p.out), "  "))
}

// close takes the live lines away.
func (p *progress) close() {
	if p.view != nil {
		p.view.clear()
	}
}

// fields are what is shown of the whole sweep, the most important first. What is not
// known yet is left out. Runs and their share count what was trained before
// this call; the time left is by the speed of this call alone.
func (p *progress) fields(now time.Time) []string {
	share, whole := 0.0, 0.0
	if p.rows > 0 {
		share = p.trained / p.rows
	}
	if all := p.earlier + p.rows; all > 0 {
		whole = (p.earlier + p.trained) / all
	}
	percent := math.Round(100 * whole)
	if p.ended < p.total {
		percent = min(percent, 99)
	}
	fields := []string{fmt.Sprintf("%d/%s, %.0f%% trained", p.ended, humanize.Count(p.total, "run"), percent)}
	if elapsed := now.Sub(p.started); share > 0 && elapsed > time.Second {
		fields = append(fields, humanize.Duration(elapsed.Seconds()*(1-share)/share)+" left")
	}
	if p.inFlight == 0 && p.holder != "" {
		fields = append(fields, "waiting for runs of "+p.holder)
	}
	if p.best.name != "" {
		fields = append(fields, fmt.Sprintf("best %.4f %s", p.best.loss, p.best.name))
	}
	if rate := p.rate(); rate > 0 {
		fields = append(fields, humanize.Thousands(rate*float64(max(p.inFlight, 1)))+" tokens/s")
	}
	if p.diverged > 0 {
		fields = append(fields, fmt.Sprintf("%d diverged", p.diverged))
	}
	if p.pruned > 0 {
		fields = append(fields, fmt.Sprintf("%d pruned", p.pruned))
	}
	if p.failed > 0 {
		fields = append(fields, fmt.Sprintf("%d failed", p.failed))
	}
	return fields
}

// rate is the mean speed of one worker, in tokens/s, over the runs that ended.
func (p *progress) rate() float64 {
	sum := 0.0
	for _, r := range p.rates {
		sum += r
	}
	return sum / math.Max(1, float64(len(p.rates)))
}

// fit joins as many fields as columns hold.
func fit(fields []string, columns int) string {
	line := ""
	for _, field := range fields {
		if line != "" {
			field = "  " + field
		}
		if columnsOf(line+field) <= columns {
			line += field
		}
	}
	return line
}
