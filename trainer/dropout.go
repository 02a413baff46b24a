package trainer

import (
	"sweep/sweep"
	"sweep/trainer/random"
)

// dropout zeroes each element of its input with probability rate and scales the
// rest by 1/(1-rate), in training only (Srivastava et al., JMLR 15, 2014). The
// mask of a step is drawn from a stream of its own, so it depends on (seed,
// module, step) and the element's place in the step alone. A nil dropout passes
// everything through.
type dropout struct {
	rate    float32
	seed    int
	purpose string
	mask    []float32 // 0 or 1/(1-rate) (M, in)
	y       []float32 // (M, in)
}

func newDropout(p *pass, in int, module string, params sweep.Params) *dropout {
	return &dropout{
		rate: float32(params.Dropout), seed: params.Seed, purpose: "dropout " + module,
		mask: p.activation(in), y: p.activation(in),
	}
}

// forward returns x with the step's mask laid over it.
func (d *dropout) forward(p *pass, x []float32) []float32 {
	if d == nil || !p.training {
		return x
	}
	p.k.Wait()
	stream, kept := random.New(d.seed, d.purpose, p.step), 1/(1-d.rate)
	for range p.before * (len(x) / p.tokens) {
		stream.Uniform()
	}
	for i, v := range x {
		d.mask[i] = 0
		if stream.Uniform() >= d.rate {
			d.mask[i] = kept
		}
		d.y[i] = v * d.mask[i]
	}
	return d.y
}

// output is what the last forward pass made of x.
func (d *dropout) output(x []float32) []float32 {
	if d == nil {
		return x
	}
	return d.y
}

// backward adds to dx the gradient dy of the output, seen through the mask.
func (d *dropout) backward(p *pass, dy, dx []float32) {
	p.k.Wait()
	for i, g := range dy {
		dx[i] += float32(g * d.mask[i]) // rounded before the sum: no fused multiply-add
	}
}
