package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"sweep/sweep"
)

// A Certificate is two settings whose losses a symmetry of LoRA makes equal to the bit
// (see Params.Rescale), or a control: two settings whose losses must differ.
type Certificate struct {
	Name    string // which changes cancel out in the pair, or what makes it a control
	Control bool   // the losses must differ
	Pair    [2]sweep.Params
}

// Certified is a certificate and the result of its test.
type Certified struct {
	Certificate
	Losses sweep.CurveContrast // of the losses of the two, in training and evaluation
	End    float64             // the difference of the last losses, as a share of the first one
}

// Holds reports whether the two are equal where they must be and differ where
// they must.
func (c Certified) Holds() bool { return c.Losses.Equal != c.Control }

// Certify trains the pairs of all certificates made from the settings, on so many
// goroutines, and compares their losses. It fills in what the certificates need and
// the settings lack: an init_std, weight decay, and a clip that acts on half of the
// steps. Unless progress is nil, it calls progress with how many of all runs are trained.
func Certify(ctx context.Context, t sweep.Trainer, base sweep.Params, workers int, progress func(trained, all int)) ([]Certified, error) {
	if base.Method != "lora" || base.Adapter != "" {
		return nil, errors.New("the symmetries are those of LoRA from a fresh start: set method = \"lora\" and no adapter")
	}
	base = certifiable(base)
	first := Retrain(ctx, t, []sweep.Run{{Params: base}}, 1, nil)[0]
	norm, err := usualNorm(first)
	if err != nil {
		return nil, fmt.Errorf("train the settings to certify: %w", err)
	}
	certificates := slices.Concat(adaptiveCertificates(base, norm), sgdCertificates(base, norm), controls(base, norm))
	runs := distinctRuns(certificates)
	n := 0
	trained := Retrain(ctx, t, runs, workers, func(Trained) {
		if n++; progress != nil {
			progress(n, len(runs))
		}
	})
	curves := map[string][]sweep.Point{}
	for _, run := range trained {
		if run.Err != nil {
			return nil, fmt.Errorf("train a pair: %w", run.Err)
		}
		curves[run.Key] = rescaleNorms(run.Points, math.NaN())
	}
	certified := make([]Certified, len(certificates))
	for i, c := range certificates {
		a, b := curves[c.Pair[0].Key(sweep.Inputs{})], curves[c.Pair[1].Key(sweep.Inputs{})]
		certified[i] = Certified{c, sweep.ContrastCurves(a, b), apart(a, b)}
	}
	return certified, nil
}

// certifiable fills in what the certificates need, and has every module of one rank and
// one alpha.
func certifiable(p sweep.Params) sweep.Params {
	p.Init, p.Optimizer, p.Clip = "kaiming", "adamw", 0
	p.RankPattern, p.AlphaPattern = nil, nil
	if p.InitStd == 0 {
		p.InitStd = 0.05
	}
	if p.WeightDecayA == 0 {
		p.WeightDecayA = 0.01
	}
	if p.WeightDecayB == 0 {
		p.WeightDecayB = 0.01
	}
	return p
}

// usualNorm returns the median gradient norm of a run.
func usualNorm(t Trained) (float64, error) {
	if t.Err != nil {
		return 0, t.Err
	}
	var norms []float64
	for _, p := range t.Points {
		if p.Step > 0 {
			norms = append(norms, p.GradNorm)
		}
	}
	slices.Sort(norms)
	norm := norms[len(norms)/2]
	if math.IsNaN(norm) || math.IsInf(norm, 0) || norm == 0 || t.State != sweep.StateDone {
		return 0, fmt.Errorf("it came to %s with a gradient norm of %v; lower lr", t.State, norm)
	}
	return norm, nil
}

// adaptiveCertificates are those of adamw and adam.
func adaptiveCertificates(base sweep.Params, norm float64) []Certificate {
	clipped := base
	clipped.Clip = norm
	adam := clipped
	adam.Optimizer = "adam"
	return []Certificate{
		rescaled("alpha x 4 = lr x 2", clipped, 2, 2),
		rescaled("alpha x 4 = lr x 2", adam, 2, 2),
		rescaled("alpha x 8 = lr_b x 8, init alone", base, 1, 8),
		rescaled("A and B x 2^10", clipped, 1<<10, 1<<10),
	}
}

// sgdCertificates are those of sgd. Its steps are proportional to the gradient, by
// whose size Adam divides, so the learning rate is raised until they are about as long
// as Adam's.
func sgdCertificates(base sweep.Params, norm float64) []Certificate {
	const elements = 32 // a guess at the square root of the number of trained weights
	sgd := base
	sgd.Optimizer = "sgd"
	sgd.LRA, sgd.LRB = elements*base.LRA/norm, elements*base.LRB/norm
	momentum := sgd
	momentum.Momentum = 0.9
	momentum.LRA, momentum.LRB = sgd.LRA/10, sgd.LRB/10
	nesterov := momentum
	nesterov.Nesterov = true
	return []Certificate{
		rescaled("alpha x 4 = lr x 4", sgd, 2, 2),
		rescaled("alpha x 4 = lr x 4, momentum", momentum, 2, 2),
		rescaled("alpha x 4 = lr x 4, nesterov", nesterov, 2, 2),
	}
}

// controls returns pairs in which one setting is not scaled, or all are scaled by a
// factor that rounds.
func controls(base sweep.Params, norm float64) []Certificate {
	base.Clip = norm
	alone := func(name string, leave func(*sweep.Params)) Certificate {
		c := rescaled("alpha x 4, lr x 2, "+name+" alone", base, 2, 2)
		c.Control = true
		leave(&c.Pair[1])
		return c
	}
	three := rescaled("A and B x 3, which rounds", base, 3, 3)
	three.Control = true
	return []Certificate{
		three,
		alone("eps", func(p *sweep.Params) { p.EpsA, p.EpsB = base.EpsA, base.EpsB }),
		alone("decay", func(p *sweep.Params) { p.WeightDecayA, p.WeightDecayB = base.WeightDecayA, base.WeightDecayB }),
		alone("clip", func(p *sweep.Params) { p.Clip = base.Clip }),
	}
}

func rescaled(name string, p sweep.Params, a, b float64) Certificate {
	return Certificate{Name: name, Pair: [2]sweep.Params{p, p.Rescale(a, b)}}
}

// distinctRuns returns a run for the settings of all pairs, each once.
func distinctRuns(certificates []Certificate) []sweep.Run {
	var runs []sweep.Run
	for _, c := range certificates {
		for _, p := range c.Pair {
			key := p.Key(sweep.Inputs{})
			if !slices.ContainsFunc(runs, func(r sweep.Run) bool { return r.Key == key }) {
				runs = append(runs, sweep.Run{Key: key, Name: c.Name, Params: p})
			}
		}
	}
	return runs
}

// apart returns the difference of the last losses of two curves, as a share of the
// first one: of the evaluation losses where there are any.
func apart(a, b []sweep.Point) float64 {
	last := func(points []sweep.Point) float64 {
		p := points[len(points)-1]
		if p.Evaluated {
			return p.EvalLoss
		}
		return p.Loss
	}
	return math.Abs(last(b)-last(a)) / math.Abs(last(a))
}
