package trainer

import (
	"math"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
	"sweep/trainer/random"
)

var allTargets = []string{"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}

// tinyParams are settings for the models of shapes.
func tinyParams(method string) sweep.Params {
	return sweep.Params{
		Method: method, Targets: allTargets, R: 3, Alpha: 5, Scaling: "alpha/r", Init: "kaiming", Optimizer: "adamw", LR: 1e-2,
		Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Schedule: "constant", Steps: 5, Batch: 3, Seq: 20, Holdout: 0.5, DType: "float32",
	}
}

// drawn fills a tensor with random numbers of a sensible size.
func drawn(name string, n int, scale float32) []float32 {
	s := random.New(1, name, 0)
	x := make([]float32, n)
	for i := range x {
		x[i] = scale * (2*s.Uniform() - 1)
	}
	return x
}

// middle is the number that the elements of a norm or a bias lie around.
func middle(c architecture.Config, name string) float32 {
	if strings.HasSuffix(name, ".bias") || c.Of().Norm == architecture.RMSNormOffset {
		return 0
	}
	return 1
}

// randomTensors are the weights of a model that computes something sensible.
func randomTensors(c architecture.Config) map[string][]float32 {
	tensors := map[string][]float32{}
	for _, name := range c.Names() {
		shape := c.Shape(name)
		switch {
		case len(shape) == 1:
			w := drawn(name, shape[0], 0.2)
			for i := range w {
				w[i] += middle(c, name)
			}
			tensors[name] = w
		case name == embeddingName:
			tensors[name] = drawn(name, c.Vocab*c.Width, 1)
		case name == headName:
			tensors[name] = drawn(name, c.Vocab*c.Width, 0.5)
		default:
			tensors[name] = drawn(name, shape[0]*shape[1], float32(2/math.Sqrt(float64(shape[1]))))
		}
	}
	return tensors
}

// writeModel makes a model of random weights and opens it.
func writeModel(t testing.TB, c architecture.Config) *pretrained.Model {
	t.Helper()
	dir := t.TempDir()
	if err := pretrained.Write(dir, c, randomTensors(c), "F32", nil); err != nil {
		t.Fatal(err)
	}
	checkpoint, err := pretrained.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checkpoint.Close() })
	return checkpoint
}

// raggedBatch has rows of different lengths whose prompts do not count.
func raggedBatch(c architecture.Config) []data.Example {
	var rows []data.Example
	s := random.New(2, "tokens", 0)
	for _, n := range []int{20, 1, 7} {
		e := data.Example{Size: n + 1, Prompt: n/3 + 1}
		for i := range n {
			target := int32(s.Below(c.Vocab))
			if i < n/3 {
				target = -1
			}
			e.Tokens, e.Targets = append(e.Tokens, int32(s.Below(c.Vocab))), append(e.Targets, target)
		}
		rows = append(rows, e)
	}
	return rows
}

// newTestSession trains on the same rows that it holds out, if it does.
func newTestSession(t testing.TB, c *pretrained.Model, k *kernel.Set, p sweep.Params) *session {
	t.Helper()
	if p.LRA == 0 && p.LRB == 0 {
		p.Inherit()
	}
	var w weights = newTrained(c)
	if p.Method == "lora" {
		f, err := readFrozen(&memory{}, c, dtypes[p.DType])
		if err != nil {
			t.Fatal(err)
		}
		w = f
	}
	rows := &examples{train: raggedBatch(c.Config)}
	if p.Holdout > 0 {
		rows.eval = rows.train
	}
	s, err := newSession(&memory{}, k, c.Config, w, rows, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.model.loras { // away from B = 0, where A has no gradient
		copy(l.bt.value, drawn(l.bt.name, len(l.bt.value), 0.3))
	}
	return s
}

// newReference copies a session's model to float64.
func newReference(t testing.TB, c *pretrained.Model, s *session) *reference {
	t.Helper()
	r := &reference{config: c.Config, tensors: map[string][]float64{}, loras: map[string]referenceLoRA{}, names: map[place]string{}}
	for _, name := range c.Names() {
		x, err := c.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		r.tensors[name] = make([]float64, len(x))
		for i := range x {
			r.tensors[name][i] = float64(x[i])
		}
	}
	for module, l := range s.model.loras {
		f := referenceLoRA{s: s.params.Scale()}
		for j := range l.r {
			f.a = append(f.a, make([]float64, l.in))
			for i := range l.in {
				f.a[j][i] = float64(l.a.value[j*l.in+i])
			}
		}
		for i := range l.out {
			f.b = append(f.b, make([]float64, l.r))
			for j := range l.r {
				f.b[i][j] = float64(l.bt.value[j*l.out+i])
			}
		}
		r.loras[module] = f
	}
	return r
}

// difference is the central difference of the loss in one float64.
func difference(r *reference, b data.Batch, x *float64) float64 {
	const h = 1e-5
	at := *x
	*x = at + h
	up := r.loss(b)
	*x = at - h
	down := r.loss(b)
	*x = at
	return (up - down) / (2 * h)
}

func near(t *testing.T, what string, got, want, relative, absolute float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want)+absolute || math.IsNaN(got) {
		t.Errorf("%s = %.8g, want %.8g", what, got, want)
	}
}

func TestLossAndAdapterGradientsAgreeWithFloat64CentralDifferences(t *testing.T) {
	for name, c := range shapes {
		t.Run(name, func(t *testing.T) {
			checkpoint := writeModel(t, c)
			p := tinyParams("lora")
			p.Targets = c.Of().Projections()
			s := newTestSession(t, checkpoint, kernel.Best(), p)
			r := newReference(t, checkpoint, s)
			batch := data.Concat(raggedBatch(c))
			s.pass.load(batch, true)
			if err := s.differentiate(t.Context()); err != nil {
				t.Fatal(err)
			}
			near(t, "loss", s.model.head.sum()/float64(s.pass.counted), r.loss(batch), 1e-6, 0)
			pick := random.New(3, "entries", 0)
			for module, l := range s.model.loras {
				f := r.loras[module]
				for range 3 {
					j, in, out := pick.Below(l.r), pick.Below(l.in), pick.Below(l.out)
					near(t, module+" dA", float64(l.a.grad[j*l.in+in]), difference(r, batch, &f.a[j][in]), 1e-4, 1e-6)
					near(t, module+" dB", float64(l.bt.grad[j*l.out+out]), difference(r, batch, &f.b[out][j]), 1e-4, 1e-6)
				}
			}
		})
	}
}

func TestFullGradientsAgreeWithFloat64CentralDifferences(t *testing.T) {
	for name, c := range shapes {
		t.Run(name, func(t *testing.T) {
			checkpoint := writeModel(t, c)
			s := newTestSession(t, checkpoint, kernel.Best(), tinyParams("full"))
			r := newReference(t, checkpoint, s)
			batch := data.Concat(raggedBatch(c))
			s.pass.load(batch, true)
			if err := s.differentiate(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := s.graph.Step(func(values, _ [][]float32) {
				if got, want := len(values), len(checkpoint.Names()); got != want {
					t.Errorf("%d parameters train, want all %d tensors", got, want)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			pick := random.New(4, "entries", 0)
			for _, q := range s.model.parameters() {
				for range 4 {
					i := pick.Below(len(q.value))
					near(t, q.name, float64(q.grad[i]), difference(r, batch, &r.tensors[q.name][i]), 1e-4, 1e-6)
				}
			}
		})
	}
}
