package trainer

import (
	"fmt"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
)

// parts are the tensors of a block by their roles. Who computes with one takes it.
type parts struct {
	norms   map[architecture.Role]*norm
	linears map[architecture.Role]*linear
}

// take removes what plays a role; it is nil where the family has none.
func take[T any](from map[architecture.Role]T, role architecture.Role) T {
	t := from[role]
	delete(from, role)
	return t
}

// biased is the projection that each bias belongs to.
var biased = map[architecture.Role]architecture.Role{
	architecture.QueryBias: architecture.Query, architecture.KeyBias: architecture.Key, architecture.ValueBias: architecture.Value,
	architecture.OutputBias: architecture.Output,
	architecture.GateBias:   architecture.Gate, architecture.UpBias: architecture.Up, architecture.DownBias: architecture.Down,
}

// newParts reads the tensors of a block, each in its role.
func (m *model) newParts(p *pass, c architecture.Config, w weights, params sweep.Params, layer int) (*parts, error) {
	t := &parts{map[architecture.Role]*norm{}, map[architecture.Role]*linear{}}
	biases := map[architecture.Role]*vector{}
	for _, tensor := range c.Block() {
		if tensor.IsMatrix() {
			l, err := m.newLinear(p, c, w, params, tensor, tensor.In(layer))
			if err != nil {
				return nil, err
			}
			t.linears[tensor.Role] = l
			continue
		}
		width := c.ShapeOf(tensor)[0]
		v, err := newVector(p, w, tensor, tensor.In(layer), width)
		if err != nil {
			return nil, err
		}
		if to, ok := biased[tensor.Role]; ok {
			biases[to] = &v
			continue
		}
		t.norms[tensor.Role] = newNorm(p, c, v, width, rowsPerToken(c, tensor.Role, width))
	}
	for role, l := range t.linears {
		l.bias = take(biases, role)
	}
	if len(biases) > 0 {
		return nil, fmt.Errorf("a block of architecture %q has biases of projections that it lacks", c.Architecture)
	}
	return t, nil
}

// newVector reads a norm's weight or a bias. One that no file has is of ones and does not
// train.
func newVector(p *pass, w weights, t architecture.Tensor, name string, width int) (vector, error) {
	if !t.Ones {
		return w.vector(p, name, width)
	}
	v := vector{value: p.memory.floats(width)}
	for i := range v.value {
		v.value[i] = 1
	}
	return v, nil
}

// rowsPerToken is how many rows of width elements a norm finds in a token.
func rowsPerToken(c architecture.Config, role architecture.Role, width int) int {
	switch role {
	case architecture.QueryNorm:
		return c.Heads * c.HeadDim / width
	case architecture.KeyNorm:
		return c.KVHeads * c.HeadDim / width
	default:
		return c.Width / width
	}
}

// newBlock lays out a block, each of the architecture's tensors in its role.
func (m *model) newBlock(p *pass, c architecture.Config, w weights, params sweep.Params, layer int, rope *rotary) (*block, error) {
	p.layOutBlock()
	t, err := m.newParts(p, c, w, params, layer)
	if err != nil {
		return nil, err
	}
	a := newAttention(p, c, t, layer, rope)
	f := newMLP(p, c, t)
	b := &block{name: blockName(layer)}
	if c.Of().Parallel {
		b.layers = []*sublayer{newSublayer(p, c, t, architecture.AttentionNorm, architecture.PostAttentionNorm, a, f)}
	} else {
		b.layers = []*sublayer{
			newSublayer(p, c, t, architecture.AttentionNorm, architecture.PostAttentionNorm, a),
			newSublayer(p, c, t, architecture.MLPNorm, architecture.PostMLPNorm, f),
		}
	}
	for range b.layers[1:] {
		b.y = append(b.y, p.activation(c.Width))
	}
	b.y = append(b.y, p.perToken(c.Width)) // the input of what comes next
	if len(t.norms)+len(t.linears) > 0 {
		return nil, fmt.Errorf("a block of architecture %q has tensors that no layer computes with", c.Architecture)
	}
	return b, nil
}

func newSublayer(p *pass, c architecture.Config, t *parts, pre, post architecture.Role, bodies ...body) *sublayer {
	s := &sublayer{pre: take(t.norms, pre), post: take(t.norms, post), scale: factor(c.ResidualScale), bodies: bodies}
	if s.pre != nil {
		s.n = p.activation(c.Width)
	}
	if s.post != nil {
		s.out = p.activation(c.Width)
	}
	return s
}

// factor is one of the model's factors, of which 0 stands for none.
func factor(x float64) float32 {
	if x == 0 {
		return 1
	}
	return float32(x)
}

func newAttention(p *pass, c architecture.Config, t *parts, layer int, rope *rotary) *attention {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	a := &attention{Attending: attending(c), rope: rope, o: take(t.linears, architecture.Output), mixed: p.activation(q)}
	a.Window = c.Layer(layer).Window
	if all := take(t.linears, architecture.QueryKeyValue); all != nil {
		y := p.activation(all.out)
		a.sources = []projection{{all, y, p.dq}}
		a.queries.columns = columns{y, p.dq, all.out}
		a.keys.columns = columns{from(y, q), p.dk, all.out}
		a.values.columns = columns{from(y, q+kv), p.dv, all.out}
	} else {
		a.queries.columns = columns{p.activation(q), p.dq, q}
		a.keys.columns = columns{p.activation(kv), p.dk, kv}
		a.values.columns = columns{p.activation(kv), p.dv, kv}
		a.sources = []projection{
			{take(t.linears, architecture.Query), a.queries.y, p.dq},
			{take(t.linears, architecture.Key), a.keys.y, p.dk},
			{take(t.linears, architecture.Value), a.values.y, p.dv},
		}
	}
	a.queries.count, a.keys.count, a.values.count = c.Heads, c.KVHeads, c.KVHeads
	a.queries.norm, a.keys.norm = take(t.norms, architecture.QueryNorm), take(t.norms, architecture.KeyNorm)
	for _, h := range a.all() {
		h.bound, h.raw = float32(c.ClipQKV), h.y
		if h.separate() {
			h.y = p.activation(h.stride)
		}
	}
	return a
}

func newMLP(p *pass, c architecture.Config, t *parts) *mlp {
	f := &mlp{activation: activation(c), down: take(t.linears, architecture.Down)}
	if both := take(t.linears, architecture.GateUp); both != nil {
		y := p.activation(both.out)
		f.sources = []projection{{both, y, y}}
		f.gate, f.up = columns{y, y, both.out}, columns{from(y, c.Hidden), from(y, c.Hidden), both.out}
		return f
	}
	g, u := p.activation(c.Hidden), p.activation(c.Hidden)
	f.sources = []projection{{take(t.linears, architecture.Gate), g, g}, {take(t.linears, architecture.Up), u, u}}
	f.gate, f.up = columns{g, g, c.Hidden}, columns{u, u, c.Hidden}
	return f
}

// activation is the function of the model's gates.
func activation(c architecture.Config) kernel.Activation {
	f := c.Activation
	if f == architecture.FamilyActivation {
		f = c.Of().Activation
	}
	if f == architecture.GELUTanh {
		return kernel.GELUTanh
	}
	return kernel.SiLU
}

// attending is how the model's queries attend to its keys, but for the window of a
// layer.
func attending(c architecture.Config) kernel.Attending {
	scale := float32(c.AttentionScale)
	if scale == 0 {
		scale = kernel.InverseRoot(c.HeadDim)
	}
	return kernel.Attending{Heads: c.Heads, KVHeads: c.KVHeads, Dim: c.HeadDim, Scale: scale, Cap: float32(c.AttentionCap)}
}

// from is x without its first n elements; memory that only counts has none.
func from(x []float32, n int) []float32 { return x[min(n, len(x)):] }
