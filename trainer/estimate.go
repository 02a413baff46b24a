package trainer

import (
	"slices"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
)

var _ sweep.Estimator = (*Trainer)(nil)

// graphMemory is what gorgonia's graph of a run takes, and all that is small.
const graphMemory = 512 << 10

// tokenBytes is what a token of an example takes, with its target.
const tokenBytes = 8

// rounded is n bytes as Go's allocator hands them out, in whole pages.
func rounded(n int64) int64 { return n + n/32 }

// Estimate says what memory and work a run of p will take; see sweep.Estimate.
func (t *Trainer) Estimate(p sweep.Params) (sweep.Estimate, error) {
	b, rows, err := t.read(p)
	if err != nil {
		return sweep.Estimate{}, err
	}
	targets, err := adaptedModules(b.Config, p)
	if err != nil {
		return sweep.Estimate{}, err
	}
	s := shape{b.Config, b.matrices, targets.numbers(b.Config), p}
	trained, evaluated, evaluations := rows.trained, rows.judged(), s.evaluations()
	if len(rows.eval) == 0 { // training rows are judged by, before and after
		evaluations = 2
	}
	tokens := float64(p.Steps*p.StepRows()) * trained / float64(rows.units())
	f, err := t.footprintOf(b, p, evaluated)
	if err != nil {
		return sweep.Estimate{}, err
	}
	shared, err := b.shared(p.DType)
	if err != nil {
		return sweep.Estimate{}, err
	}
	forward, step := s.forward(), s.step().sum()
	if f.again {
		blocks := forward.sum() - forward[headed]
		step += blocks * float64(s.Layers-1) / float64(s.Layers) // of all but the last, which was computed last
	}
	return sweep.Estimate{
		Memory: f.bytes(), Least: f.least, Again: f.again,
		Shared: rounded(shared + tokenBytes*int64(trained+evaluated)),
		Tokens: tokens,
		Work:   tokens*step + float64(evaluations)*evaluated*forward.sum(),
	}, nil
}

// footprint is what a run keeps, in bytes.
type footprint struct {
	kept, least int64 // with its activations, and where it computes them again
	again       bool  // it does, as it would take more than its room otherwise
}

func (f footprint) bytes() int64 {
	if f.again {
		return f.least
	}
	return f.kept
}

// footprintOf is that of a run that is judged by so many tokens.
func (t *Trainer) footprintOf(b *base, p sweep.Params, judged float64) (f footprint, err error) {
	if f.kept, err = t.countMemory(b, p, judged, false); err != nil {
		return f, err
	}
	f.least, err = t.countMemory(b, p, judged, true)
	f.again = t.room > 0 && f.kept > t.room
	return f, err
}

// countMemory is what a run keeps, with two encoded states on their way to the
// store: it is laid out in memory that only counts.
func (t *Trainer) countMemory(b *base, p sweep.Params, judged float64, recompute bool) (int64, error) {
	m := &memory{countOnly: true, recompute: recompute}
	var w weights = newTrained(b.Model)
	if p.Method == "lora" {
		w = &frozen{config: b.Config}
	}
	s, err := layOut(m, t.kernels, b.Config, w, p)
	if err != nil {
		return 0, err
	}
	return graphMemory + rounded(int64(m.bytes+2*stateNumbers(s.model.parameters(), p))+tokenBytes*int64(judged)), nil
}

// judged is about how many tokens a run is judged by.
func (e *examples) judged() float64 {
	if len(e.eval) > 0 {
		return e.evaluated
	}
	return e.trained * float64(judgedBy(e)) / float64(len(e.train))
}

// size is the number of tokens of examples.
func size(examples []data.Example) (tokens float64) {
	for _, e := range examples {
		tokens += float64(e.Size)
	}
	return tokens
}

// shape is what the time of a run depends on: its model and its settings.
type shape struct {
	architecture.Config
	matrices []matrix
	adapter  int // numbers in A and B, 0 without LoRA
	p        sweep.Params
}

// matrix is a projection, the head included.
type matrix struct{ out, in int }

// matricesOf lists the projections of a model, the head first.
func matricesOf(c architecture.Config) []matrix {
	list := []matrix{{c.Vocab, c.Width}}
	for _, t := range c.Block() {
		if t.IsMatrix() {
			shape := c.ShapeOf(t)
			list = append(list, slices.Repeat([]matrix{{shape[0], shape[1]}}, c.Layers)...)
		}
	}
	return list
}

// work is floating-point operations a token, by the phase that does them.
type work [phases]float64

func (w work) sum() (all float64) {
	for _, n := range w {
		all += n
	}
	return all
}

// forward is the work of a forward pass: two operations for each weight and for each
// element of the keys and values that its queries see.
func (s shape) forward() (w work) {
	w[updated] = 2 * float64(s.adapter)
	w[headed] = 2 * float64(s.Vocab*s.Width)
	for _, m := range s.matrices[1:] { // the head comes first
		w[projected] += 2 * float64(m.out*m.in)
	}
	for i := range s.Layers {
		w[attended] += 2 * float64(s.seen(s.Layer(i).Window)*s.Heads*s.HeadDim)
	}
	return w
}

// seen is how many keys and values a token sees on average in rows of seq tokens: half of
// each row, or fewer in a window.
func (s shape) seen(window int) int {
	if window == 0 || window > s.p.Seq {
		window = s.p.Seq
	}
	return 2*window - window*window/s.p.Seq
}

// step is the work of a forward pass, the backward pass and the update: the backward pass
// does that of the forward pass for the gradient that goes down, and again for each weight
// that trains.
func (s shape) step() work {
	w := s.forward()
	trained := w
	if s.p.Method == "lora" {
		trained = work{updated: w[updated]}
	}
	for i := range w {
		w[i] = 2*w[i] + trained[i]
	}
	return w
}

// evaluations is how often the held-out rows are gone through.
func (s shape) evaluations() int {
	n := 2 // before and after
	if s.p.EvalEvery > 0 {
		n = 1 + (s.p.Steps+s.p.EvalEvery-1)/s.p.EvalEvery
	}
	return n
}
