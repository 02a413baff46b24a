package trainer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

// Bench is what to measure the speed of.
type Bench struct {
	Params  sweep.Params  // of a run; its data are not read
	Shape   string        // of a Llama of drawn weights, in place of the model of Params: a name of Shapes, or LAYERSxWIDTH
	Workers int           // runs at once
	Cores   int           // that they have; 0: as many as there are runs
	For     time.Duration // to measure
}

// Benchmark is the speed of training. A step of every run is on rows of random tokens that
// fill seq and count everywhere.
type Benchmark struct {
	Weights         int     // of the model
	TokensPerSecond float64 // of all runs together
	Operations      float64 // a second, as Trainer.Estimate counts them
	Peak            float64 // operations a second of as many loops of multiply-adds in registers as there are cores, measured in turns with them
	StepTime        time.Duration
	Phases          []PhaseTime // of a step of one run, alone; other works than StepTime where runs disturb each other
	Allocations     float64     // of a step
	AllocatedBytes  float64     // of a step
	ModelBytes      int64       // that all runs share
	RunBytes        int64       // of each run
}

// PhaseTime is how long one kind of work takes.
type PhaseTime struct {
	Name       string
	Time       time.Duration
	Operations float64 // its share of Benchmark.Operations
}

// Shares are those of the time of a step that a phase takes, and of that which it would take
// if it did its operations at the peak: what it takes beyond is what the step falls short
// of the peak for its sake.
func (b *Benchmark) Shares(phase PhaseTime) (time, atPeak float64) {
	whole := 0.0
	for _, p := range b.Phases {
		whole += p.Time.Seconds()
	}
	return phase.Time.Seconds() / whole, phase.Operations / b.Peak
}

// rounds is how often training and the loop of multiply-adds take turns.
const rounds = 5

// Bench measures the speed of training.
func (t *Trainer) Bench(ctx context.Context, b Bench) (out *Benchmark, err error) {
	if b.Workers < 1 {
		return nil, fmt.Errorf("%d workers: measure at least one", b.Workers)
	}
	model, err := t.benchModel(b)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	p := benchParams(b.Params)
	if limit := model.Config.MaxPositions; limit > 0 && p.Seq > limit {
		return nil, fmt.Errorf("seq = %d: model %s has %d positions; choose seq <= %d", p.Seq, p.Model, limit, limit)
	}
	targets, err := adaptedModules(model.Config, p)
	if err != nil {
		return nil, err
	}
	w, err := model.frozen(p.DType)
	if err != nil {
		return nil, err
	}
	m := &measurement{
		workers: make([]*session, b.Workers), cores: max(b.Workers, b.Cores),
		loop: func(rounds int) int { return t.kernels.Peak(dtypes[p.DType].blocks, rounds) },
	}
	f, err := t.footprintOf(model, p, 0)
	if err != nil {
		return nil, err
	}
	crew := kernel.NewCrew(m.cores)
	for i := range m.workers {
		if m.workers[i], err = newSession(&memory{recompute: f.again}, t.kernels, model.Config, w, randomRows(p, model.Config.Vocab), nil, p); err != nil {
			return nil, err
		}
		leave, err := crew.Join(m.workers[i].pass.k)
		if err != nil {
			return nil, err
		}
		defer leave()
	}
	if err := m.measure(ctx, b.For); err != nil {
		return nil, errors.Join(err, m.close())
	}
	out, err = m.result(), m.close()
	s := shape{model.Config, model.matrices, targets.numbers(model.Config), p}
	step := s.step()
	out.Operations = out.TokensPerSecond * step.sum()
	for i := range out.Phases {
		out.Phases[i].Operations = out.TokensPerSecond * step[i]
	}
	for _, name := range model.Config.Names() {
		out.Weights += product(model.Config.Shape(name))
	}
	shared, errShared := model.shared(p.DType)
	out.ModelBytes = rounded(shared)
	out.RunBytes = f.bytes()
	return out, errors.Join(err, errShared)
}

// benchModel opens the model that is measured.
func (t *Trainer) benchModel(b Bench) (*base, error) {
	if b.Shape == "" {
		c, err := t.openModel(b.Params.Model)
		if err != nil {
			return nil, err
		}
		return newBase(c), nil
	}
	c, err := openDrawn(b.Shape)
	if err != nil {
		return nil, err
	}
	return newBase(c), nil
}

// benchParams are those of a run that goes on for ever and changes nothing: its weights
// stay finite, and no step takes another time for it.
func benchParams(p sweep.Params) sweep.Params {
	p.Steps, p.Holdout, p.EvalEvery = 1<<30, 0, 0
	p.LR = 0
	p.Inherit()
	return p
}

// randomRows are rows that fill seq, for one step.
func randomRows(p sweep.Params, vocab int) *examples {
	rows := make([]data.Example, p.StepRows())
	s := random.New(1, "bench", 0)
	for i := range rows {
		rows[i].Size = p.Seq
		for range p.Seq - 1 {
			rows[i].Tokens = append(rows[i].Tokens, int32(s.Below(vocab)))
			rows[i].Targets = append(rows[i].Targets, int32(s.Below(vocab)))
		}
	}
	return &examples{train: rows}
}

// measurement takes turns between training and the loop of multiply-adds.
type measurement struct {
	workers []*session
	cores   int
	loop    func(rounds int) (operations int) // of multiply-adds
	steps   int                               // that each worker has taken

	speeds, peaks, times []float64 // tokens and operations a second, seconds a step; of each round
	phases               []PhaseTime
	allocations, bytes   float64
}

func (m *measurement) measure(ctx context.Context, whole time.Duration) error {
	began := time.Now()
	if err := m.train(ctx, 1); err != nil { // the first step warms up
		return err
	}
	turn := whole / (rounds + 2)
	steps := max(1, int(turn/time.Since(began)))
	for range rounds {
		m.peaks = append(m.peaks, m.peak(turn/8))
		if err := m.round(ctx, steps); err != nil {
			return err
		}
	}
	return m.split(ctx, steps)
}

// round trains and notes the speed.
func (m *measurement) round(ctx context.Context, steps int) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, tokens := time.Now(), m.tokens()
	if err := m.train(ctx, steps); err != nil {
		return err
	}
	took := time.Since(began).Seconds()
	runtime.ReadMemStats(&after)
	m.speeds = append(m.speeds, float64(m.tokens()-tokens)/took)
	m.times = append(m.times, took/float64(steps))
	all := float64(steps * len(m.workers))
	m.allocations, m.bytes = float64(after.Mallocs-before.Mallocs)/all, float64(after.TotalAlloc-before.TotalAlloc)/all
	return nil
}

// train has every worker take some steps.
func (m *measurement) train(ctx context.Context, steps int) error {
	errs := make([]error, len(m.workers))
	together(len(m.workers), func(i int) {
		for step := range steps {
			if errs[i] == nil {
				errs[i] = m.workers[i].step(ctx, m.steps+step+1)
			}
		}
	})
	m.steps += steps
	return errors.Join(errs...)
}

// peak is how many operations a second as many loops as there are cores do together.
func (m *measurement) peak(turn time.Duration) float64 {
	speeds := make([]float64, m.cores)
	together(m.cores, func(i int) {
		began, operations := time.Now(), 0
		for time.Since(began) < turn {
			operations += m.loop(1 << 20)
		}
		speeds[i] = float64(operations) / time.Since(began).Seconds()
	})
	sum := 0.0
	for _, s := range speeds {
		sum += s
	}
	return sum
}

// together calls f(0) to f(n-1) at once.
func together(n int, f func(i int)) {
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { f(i) })
	}
	wait.Wait()
}

// split has the first worker take some steps by the clock.
func (m *measurement) split(ctx context.Context, steps int) error {
	s := m.workers[0]
	s.pass.clock = &clock{wait: s.pass.k.Wait, since: time.Now()}
	for step := range steps {
		if err := s.step(ctx, m.steps+step+1); err != nil {
			return err
		}
	}
	s.pass.clock.to(outside)
	for phase, spent := range s.pass.clock.spent {
		m.phases = append(m.phases, PhaseTime{Name: phaseNames[phase], Time: spent / time.Duration(steps)})
	}
	s.pass.clock = nil
	return nil
}

// tokens is how many the workers have trained on.
func (m *measurement) tokens() (n int) {
	for _, s := range m.workers {
		n += s.tokens
	}
	return n
}

// result has the medians of the rounds.
func (m *measurement) result() *Benchmark {
	return &Benchmark{
		TokensPerSecond: median(m.speeds), Peak: median(m.peaks), StepTime: time.Duration(median(m.times) * float64(time.Second)),
		Phases: m.phases, Allocations: m.allocations, AllocatedBytes: m.bytes,
	}
}

func (m *measurement) close() error {
	var errs []error
	for _, s := range m.workers {
		errs = append(errs, s.graph.Close())
	}
	return errors.Join(errs...)
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
