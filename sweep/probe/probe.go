package probe

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"sweep/sweep"
	"sweep/sweep/runner"
)

// Options say how to probe. The zero value probes with one run at a time.
type Options struct {
	Workers int // runs at once, after the first ones, which are timed

	// Factors reads the adapter that a run left behind; none without an error says that
	// it left none. It may be nil.
	Factors func(sweep.Run, sweep.Outcome) ([]Factor, error)
	// Memory is how many bytes the largest process of a run took, 0 where nobody knows. It
	// may be nil.
	Memory func(sweep.Run) (int64, error)
	// Tell is called as runs end, with how many there are going to be, at the most. It may be nil.
	Tell func(ended Ended, n, most int)
}

// Ended is a run of a probe that is over.
type Ended struct {
	Name  string
	Took  time.Duration
	State sweep.State
	Err   error // why it has no outcome
}

// Factor is a factor A of an adapter, or B.
type Factor struct {
	Module string // such as "model.layers.0.self_attn.q_proj"
	B      bool
	R      int
	Width  int       // numbers in a row of A, or in a column of B
	Values []float32 // R * Width
}

// Report is what a probe found.
type Report struct {
	Findings []Finding
	Runs     int      // that were trained, each of Steps
	Changed  []string // settings that are not the grid's, each "name = value"
	LR       float64  // of the runs that train; from the grid's, it was changed until the loss moved by about half a percent
}

// Most returns the most runs that a probe of these settings takes, or what makes them
// unfit for one.
func Most(p sweep.Params) (runs int, err error) {
	p, _, err = settle(p)
	return 1 + maxRates + len(trials(p)), err
}

// maxRates is how many learning rates are tried to find one that moves the loss.
const maxRates = 3

// Run trains the runs of a probe that begin with the settings of run, and judges them. It
// fails if the first of them does, as nothing can be told then. A later one that fails
// leaves what it was for untold.
func Run(ctx context.Context, t sweep.Trainer, run sweep.Run, o Options) (*Report, error) {
	base, changed, err := settle(run.Params)
	if err != nil {
		return nil, err
	}
	run.Params = base
	s := &session{trainer: t, base: run, Options: o, curves: map[trial]*curve{}}
	if s.most, err = Most(base); err != nil {
		return nil, err
	}
	if err := s.trainAll(ctx); err != nil {
		return nil, err
	}
	report := &Report{Runs: s.ended, Changed: changed, LR: s.base.Params.LR}
	for _, judge := range checks() {
		report.Findings = append(report.Findings, judge(s))
	}
	return report, nil
}

// session is a probe under way.
type session struct {
	Options
	trainer sweep.Trainer
	base    sweep.Run // its lr is that of the runs that train, once calibrated
	curves  map[trial]*curve
	ended   int
	most    int
}

// trainAll trains all trials.
func (s *session) trainAll(ctx context.Context) error {
	idle := s.base.Params
	scaleRates(&idle, stillRate)
	first := s.train(ctx, 1, still.runOf(s.base, idle))[0]
	if first.err != nil {
		return fmt.Errorf("the first run, at lr = %s: %w", figures(idle.LR), first.err)
	}
	if err := s.calibrate(ctx); err != nil {
		return err
	}
	s.most = s.ended
	var runs []sweep.Run
	for _, t := range trials(s.base.Params) {
		p := s.base.Params
		t.change(&p)
		runs = append(runs, t.runOf(s.base, p))
		s.most++
	}
	s.train(ctx, s.Workers, runs...)
	return ctx.Err()
}

// calibrate trains with the grid's lr, and then with others until the change of the loss
// is about the target. The last one is kept.
func (s *session) calibrate(ctx context.Context) error {
	for try := range maxRates {
		c := s.train(ctx, 1, trained.runOf(s.base, s.base.Params))[0]
		if c.err != nil {
			return fmt.Errorf("the first run that trains, at lr = %s: %w", figures(s.base.Params.LR), c.err)
		}
		by := s.correction()
		if by == 1 || try == maxRates-1 {
			break
		}
		scaleRates(&s.base.Params, by)
	}
	return nil
}

// correction is what to multiply lr by, for the loss to change by about the target; 1
// keeps it.
func (s *session) correction() float64 {
	const blind = 100 // where no change is seen
	share := s.largestChange()
	switch {
	case math.IsNaN(share):
		return 1 // no losses, and another lr gives none either
	case math.IsInf(share, 0):
		return 1.0 / blind
	case share == 0:
		return blind
	case share > target/2 && share < target*4:
		return 1
	default:
		return min(max(target/share, 1.0/blind/blind), blind*blind)
	}
}

// largestChange is that of the loss by training, as a share of the loss: 0 where it is
// within the rounding of what was logged, NaN if no losses were.
func (s *session) largestChange() float64 {
	a, b := s.curves[still], s.curves[trained]
	share, shared := apart(a, b)
	if shared == 0 {
		return math.NaN()
	}
	if share < 10*s.grain() {
		return 0
	}
	return share
}

// grain is the least difference of losses that says something, as a share of them: what
// the decimals of the log, float32 and repetition leave.
func (s *session) grain() float64 {
	const float32s = 1e-7
	_, losses := s.curves[still].losses()
	_, more := s.curves[trained].losses()
	noise := float32s
	if s.curves[again] != nil {
		if share, shared := apart(s.curves[trained], s.curves[again]); shared > 0 {
			noise = max(noise, share)
		}
	}
	m, n := mean(losses...)
	if n == 0 || !(m != 0) {
		return noise
	}
	return max(noise, unit(append(losses, more...))/2/math.Abs(m))
}

// train trains runs, so many at once, and keeps their curves by their names.
func (s *session) train(ctx context.Context, workers int, runs ...sweep.Run) []*curve {
	listening := &listener{Trainer: s.trainer, heard: map[string]*curve{}}
	curves := make([]*curve, len(runs))
	for i, r := range runner.Retrain(ctx, listening, runs, workers, func(r runner.Trained) {
		s.ended++
		if s.Tell != nil {
			s.Tell(Ended{Name: r.Name, Took: listening.of(r.Key).took, State: r.State, Err: failure(r)}, s.ended, s.most)
		}
	}) {
		c := listening.of(r.Key)
		c.run, c.outcome, c.err = r.Run, r.Outcome, failure(r)
		for _, p := range r.Points {
			c.points[p.Step] = p
		}
		curves[i], s.curves[trial(r.Name)] = c, c
	}
	return curves
}

// failure is why a run has no outcome.
func failure(r runner.Trained) error {
	if r.Err == nil && r.State == sweep.StateFailed {
		return errors.New(r.Error)
	}
	return r.Err
}
