package trainer

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/graph"
	"sweep/trainer/kernel"
)

// session is one run in training.
type session struct {
	params    sweep.Params
	pass      *pass
	model     *model
	graph     *graph.Graph
	optimizer *optimizer
	gradients *gradients
	order     *data.Order
	rows      *examples
	heldOut   bool         // rows are held out, whose loss is part of the curve
	judged    []data.Batch // those rows or, without any, some that it trains on

	untrained    *untrainedBy // that the first reading is shared through; nil: it is not
	untrainedKey untrainedKey

	start  reading // of the judged rows before training
	latest reading // of the same rows, the last one taken

	key      string        // of the run
	numerics int           // the version of its arithmetic
	points   []sweep.Point // the curve so far
	trained  sweep.Point   // of the last step, which may not be evaluated yet; step 0 before the first
	tokens   int           // trained on
	training time.Duration // spent on them
	began    time.Time
	earlier  time.Duration // spent by the attempts that this one continues
}

// layOut takes from mem all that a run keeps, but for its rows.
func layOut(mem *memory, k *kernel.Set, c architecture.Config, w weights, params sweep.Params) (*session, error) {
	p, m, err := layOutModel(mem, k, c, w, params, params.Batch*params.Seq, params.Seq)
	if err != nil {
		return nil, err
	}
	return &session{
		params: params, pass: p, model: m,
		optimizer: newOptimizer(mem, k, params, m.parameters()),
		gradients: newGradients(mem, k, params, m.parameters()),
	}, nil
}

// layOutModel takes from mem all that a model keeps, but for what trains it, for batches
// of at most capacity tokens of rows of at most so many positions.
func layOutModel(mem *memory, k *kernel.Set, c architecture.Config, w weights, params sweep.Params, capacity, positions int) (*pass, *model, error) {
	targets, err := adaptedModules(c, params)
	if err != nil {
		return nil, nil, err
	}
	p := newPass(mem, k, c, params, targets, capacity, positions)
	m, err := newModel(p, c, w, params)
	return p, m, err
}

// newSession lays out a run in mem, over weights w and on the examples in rows.
func newSession(mem *memory, k *kernel.Set, c architecture.Config, w weights, rows *examples, start *adapter.Adapter, params sweep.Params) (*session, error) {
	s, err := layOut(mem, k.Queue(), c, w, params)
	if err != nil {
		return nil, err
	}
	if start != nil {
		if err := s.model.load(start); err != nil {
			return nil, err
		}
	}
	if s.graph, err = newGraph(s.pass, s.model); err != nil {
		return nil, err
	}
	s.rows, s.numerics = rows, Numerics
	s.order = data.NewOrder(rows.units(), params.StepRows(), params.Shuffle, params.Seed)
	s.heldOut = len(rows.eval) > 0
	s.judged = evalBatches(rowsToJudge(rows, s.order), s.pass.capacity)
	s.latest = reading{step: -1}
	return s, nil
}

// evalBatches concatenates examples, in their order, to batches of at most
// capacity tokens.
func evalBatches(examples []data.Example, capacity int) []data.Batch {
	var batches []data.Batch
	for len(examples) > 0 {
		n, tokens := 0, 0
		for n < len(examples) && tokens+len(examples[n].Tokens) <= capacity {
			tokens += len(examples[n].Tokens)
			n++
		}
		batches = append(batches, data.Concat(examples[:n]))
		examples = examples[n:]
	}
	return batches
}

// run trains from the journal's checkpoint to the end, or to the first loss or
// gradient that is not finite.
func (s *session) run(ctx context.Context, journal sweep.Journal) (sweep.Outcome, error) {
	s.began = time.Now()
	if c := journal.Checkpoint(); c.State != nil {
		if err := s.restore(c); err != nil {
			return sweep.Outcome{}, fmt.Errorf("%w: %w", sweep.ErrCheckpoint, err)
		}
	}
	if !s.heldOut && s.trained.Step == 0 {
		var err error
		if s.start, err = s.evaluateStart(ctx); err != nil {
			return sweep.Outcome{}, err
		}
	}
	for !s.over() {
		point, err := s.next(ctx)
		if err == nil {
			err = journal.Observe(point)
		}
		if err == nil {
			s.points = append(s.points, point)
			journal.Speed(s.speed())
		}
		if err == nil || ctx.Err() != nil && s.trained.Step > 0 {
			journal.Save(s.state)
		}
		if err != nil {
			return sweep.Outcome{}, err
		}
	}
	state, err := s.finalState(ctx)
	if err != nil {
		journal.Save(s.state)
		return sweep.Outcome{}, err
	}
	return s.outcome(state), nil
}

// over reports whether the curve is complete.
func (s *session) over() bool {
	if len(s.points) == 0 {
		return false
	}
	last := s.points[len(s.points)-1]
	return last.Step >= s.params.Steps || !finite(last.Loss) || !finite(last.GradNorm)
}

// next trains and evaluates up to the next point of the curve. If it is stopped
// between the two, the next call continues with the evaluation.
func (s *session) next(ctx context.Context) (sweep.Point, error) {
	if len(s.points) == 0 && s.trained.Step == 0 && s.heldOut {
		var err error
		s.start, err = s.evaluateStart(ctx)
		return sweep.Point{EvalLoss: s.start.loss, Evaluated: true, Match: s.start.match}, err
	}
	if n := len(s.points); n == 0 && s.trained.Step == 0 || n > 0 && s.points[n-1].Step == s.trained.Step {
		if err := s.step(ctx, s.trained.Step+1); err != nil {
			return sweep.Point{}, err
		}
	}
	point, every := s.trained, s.params.EvalEvery
	due := point.Step == s.params.Steps || every > 0 && point.Step%every == 0
	if !s.heldOut || !due {
		return point, nil
	}
	end, err := s.evaluate(ctx)
	point.EvalLoss, point.Evaluated, point.Match = end.loss, true, end.match
	return point, err
}

// step trains on the rows of one step, steps counting from 1.
func (s *session) step(ctx context.Context, step int) error {
	began := time.Now()
	passes, counted := s.batches(step)
	loss, before := 0.0, 0
	s.pass.step = step
	for i, batch := range passes {
		s.pass.load(batch, true)
		s.pass.counted, s.pass.before = counted, before
		if err := s.differentiate(ctx); err != nil {
			return err
		}
		s.gradients.add(i == 0, i == len(passes)-1)
		loss += s.model.head.sum() / float64(counted)
		before += len(batch.Tokens)
		s.tokens += batch.Size
	}
	begun := s.pass.clock.to(optimised)
	if err := s.graph.Step(s.optimizer.update); err != nil {
		return err
	}
	s.model.refresh()
	s.pass.k.Wait()
	s.pass.clock.to(begun)
	s.training += time.Since(began)
	s.trained = sweep.Point{Step: step, Loss: loss, GradNorm: s.optimizer.norm}
	return nil
}

// differentiate runs the loaded batch forward and backward.
func (s *session) differentiate(ctx context.Context) error {
	defer s.pass.k.Wait()
	return s.graph.Run(ctx)
}

// batches returns what each pass of a step computes, and the tokens that count in all of
// them.
func (s *session) batches(step int) (passes []data.Batch, counted int) {
	for units := range slices.Chunk(s.order.Step(step-1), s.params.Batch) {
		batch := data.Concat(s.rows.rows(units))
		passes = append(passes, batch)
		counted += batch.Counted
	}
	return passes, counted
}

// wall is the time that all attempts have taken together.
func (s *session) wall() time.Duration { return s.earlier + time.Since(s.began) }

// evaluate reads the judged rows.
func (s *session) evaluate(ctx context.Context) (reading, error) {
	sum, counted, overflowed := 0.0, 0, false
	var rows []sweep.RowLoss
	for _, b := range s.judged {
		s.pass.load(b, false)
		part, n, err := s.model.evaluate(ctx, s.pass)
		if err != nil {
			return reading{}, err
		}
		sum, counted, overflowed = sum+part, counted+n, overflowed || s.model.overflowed(s.pass.tokens)
		rows = append(rows, s.model.head.rowLosses(b)...)
	}
	s.latest = reading{s.trained.Step, sum / float64(counted), overflowed, rows, sweep.CountMatches(rows)}
	return s.latest, nil
}

// outcome sums up the points of a run that ended in state.
func (s *session) outcome(state sweep.State) sweep.Outcome {
	first, last := s.points[0], s.points[len(s.points)-1]
	o := sweep.Outcome{
		State: state, Steps: last.Step, Loss: tailLoss(s.points, last.Step), EvalLoss: math.NaN(),
		FirstLoss: first.Loss, CurveHash: sweep.HashCurve(s.points),
		Seconds: s.wall().Seconds(),
	}
	if first.Evaluated && first.Step == 0 {
		o.FirstLoss, o.FirstMatch = first.EvalLoss, first.Match
	}
	if last.Evaluated {
		o.EvalLoss, o.Evaluated, o.Match, o.RowLosses = last.EvalLoss, true, last.Match, s.latest.rows
	}
	o.TokensPerSecond = s.speed()
	return o
}

// speed is how many tokens a second all attempts together trained on, 0 before the
// first step.
func (s *session) speed() float64 {
	if s.training <= 0 {
		return 0
	}
	return float64(s.tokens) / s.training.Seconds()
}

// tailLoss is the mean training loss over the last tenth of the steps.
func tailLoss(points []sweep.Point, steps int) float64 {
	tail := points[len(points)-max(1, steps/10):]
	sum := 0.0
	for _, p := range tail {
		sum += p.Loss
	}
	return sum / float64(len(tail))
}
