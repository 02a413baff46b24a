package trainer

import (
	"math"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

func newTestLoRA(change func(*sweep.Params)) (*pass, *lora) {
	params := tinyParams("lora")
	change(&params)
	p := &pass{k: kernel.Best(), memory: &memory{}, capacity: 40, training: true, tokens: 40, step: 1, lora: kernel.Alloc(40 * params.R), slab: kernel.Alloc(kernel.Best().Scratch(kernel.Float32, 40, params.R, 24))}
	return p, newLoRA(p, "model.layers.0.self_attn.q_proj", 24, 20, params)
}

// TestDropoutsGradientsAreThoseOfTheMaskedInput holds the layer to central
// differences of sum(y dy) in float64, with the mask that the step drew.
func TestDropoutsGradientsAreThoseOfTheMaskedInput(t *testing.T) {
	p, l := newTestLoRA(func(q *sweep.Params) { q.Dropout, q.Init = 0.3, "both" })
	m := p.tokens
	x, dy := drawn("x", m*l.in, 1), drawn("dy", m*l.out, 1)
	y, dx := kernel.Alloc(m*l.out), kernel.Alloc(m*l.in)
	l.forward(p, x, y)
	l.backward(p, x, dy, dx)
	wide := func(v []float32) []float64 {
		w := make([]float64, len(v))
		for i := range v {
			w[i] = float64(v[i])
		}
		return w
	}
	x64, a64, bt64, mask := wide(x), wide(l.a.value), wide(l.bt.value), wide(l.dropout.mask)
	loss := func() (sum float64) {
		for i := range m {
			for j := range l.r {
				h := 0.0
				for c := range l.in {
					h += x64[i*l.in+c] * mask[i*l.in+c] * a64[j*l.in+c]
				}
				for o := range l.out {
					sum += float64(l.s) * h * bt64[j*l.out+o] * float64(dy[i*l.out+o])
				}
			}
		}
		return sum
	}
	check := func(what string, grad []float32, at []float64) {
		pick := random.New(5, what, 0)
		for range 10 {
			i := pick.Below(len(at))
			was := at[i]
			at[i] = was + 1e-4
			up := loss()
			at[i] = was - 1e-4
			down := loss()
			at[i] = was
			near(t, what, float64(grad[i]), (up-down)/2e-4, 1e-4, 1e-5)
		}
	}
	check("dx", dx, x64)
	check("dA", l.a.grad, a64)
	check("dB^T", l.bt.grad, bt64)
}

func TestDropoutDropsItsShareAndOnlyInTraining(t *testing.T) {
	p, l := newTestLoRA(func(q *sweep.Params) { q.Dropout = 0.25 })
	x := slices.Repeat([]float32{3}, p.tokens*l.in)
	dropped, sum := 0, 0.0
	first := slices.Clone(l.dropout.forward(p, x))
	for _, v := range first {
		if v == 0 {
			dropped++
		}
		sum += float64(v)
	}
	n := float64(len(x))
	near(t, "share dropped", float64(dropped)/n, 0.25, 0, 4*math.Sqrt(0.25*0.75/n))
	near(t, "mean", sum/n, 3, 0.1, 0)
	if !slices.Equal(first, l.dropout.forward(p, x)) {
		t.Error("a step drew two different masks")
	}
	p.step = 2
	if slices.Equal(first, l.dropout.forward(p, x)) {
		t.Error("two steps drew the same mask")
	}
	p.training = false
	if !slices.Equal(x, l.dropout.forward(p, x)) {
		t.Error("evaluation drops as well")
	}
}

func TestFactorsStartAsInitSays(t *testing.T) {
	std := func(x []float32) float64 { return norm2(x) / math.Sqrt(float64(len(x))) }
	for name, c := range map[string]struct {
		change func(*sweep.Params)
		a, b   float64 // standard deviations
	}{
		"kaiming":          {func(*sweep.Params) {}, 1 / math.Sqrt(3*24), 0},
		"kaiming, scaled":  {func(q *sweep.Params) { q.InitStd = 0.5 }, 0.5, 0},
		"gaussian":         {func(q *sweep.Params) { q.Init = "gaussian" }, 1.0 / 64, 0},
		"gaussian, scaled": {func(q *sweep.Params) { q.Init, q.InitStd = "gaussian", 2 }, 2, 0},
		"swapped":          {func(q *sweep.Params) { q.Init = "swapped" }, 0, 1 / math.Sqrt(3*64)},
		"both":             {func(q *sweep.Params) { q.Init = "both" }, 1 / math.Sqrt(3*24), 1 / math.Sqrt(3*64)},
	} {
		_, l := newTestLoRA(func(q *sweep.Params) { q.R = 64; c.change(q) })
		near(t, name+": deviation of A", std(l.a.value), c.a, 0.05, 0)
		near(t, name+": deviation of B", std(l.bt.value), c.b, 0.05, 0)
	}
}

func TestAdaptersOfDifferentRankShareTheirFirstRows(t *testing.T) {
	for _, init := range []string{"kaiming", "swapped"} {
		_, small := newTestLoRA(func(q *sweep.Params) { q.Init, q.R = init, 2; q.InitStd = 1 })
		_, large := newTestLoRA(func(q *sweep.Params) { q.Init, q.R = init, 8; q.InitStd = 1 })
		if !slices.Equal(small.a.value, large.a.value[:len(small.a.value)]) || !slices.Equal(small.bt.value, large.bt.value[:len(small.bt.value)]) {
			t.Errorf("%s: rank 2 is not the beginning of rank 8", init)
		}
	}
}

// TestOnlyRandomAAndBMoveTheStart is the control of the zero start.
func TestOnlyRandomAAndBMoveTheStart(t *testing.T) {
	c := writeModel(t, shapes[groupedQueries])
	start := func(init string) float64 {
		p := tinyParams("lora")
		p.Init, p.Steps = init, 1
		p.Inherit()
		f, err := readFrozen(&memory{}, c, dtypes[p.DType])
		if err != nil {
			t.Fatal(err)
		}
		rows := &examples{train: raggedBatch(c.Config), eval: raggedBatch(c.Config)}
		s, err := newSession(&memory{}, kernel.Best(), c.Config, f, rows, nil, p)
		if err != nil {
			t.Fatal(err)
		}
		s.pass.load(data.Concat(rows.eval), false)
		loss, err := s.evaluate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return loss.loss
	}
	base := start("kaiming")
	for _, init := range []string{"gaussian", "swapped"} {
		if got := start(init); got != base {
			t.Errorf("%s starts at %v, want the base model's %v to the bit", init, got, base)
		}
	}
	if start("both") == base {
		t.Error("both factors random start at the base model's loss")
	}
}
