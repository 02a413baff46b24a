package trainer

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/data"
)

// The names of tensors outside the blocks.
const (
	embeddingName = "model.embed_tokens.weight"
	normName      = "model.norm.weight"
	headName      = "lm_head.weight"
)

// reference is a decoder of any family with LoRA in plain float64, row by row and
// token by token, written from the papers: the oracle of the fused stages.
type reference struct {
	config  architecture.Config
	tensors map[string][]float64
	loras   map[string]referenceLoRA
	longest int // tokens of the batch's longest row

	frequencies map[*architecture.Rope][]float64 // at that length
	names       map[place]string
}

// place is where a tensor of a block stands.
type place struct {
	role  architecture.Role
	layer int
}

type referenceLoRA struct {
	a, b [][]float64 // A (r, in), B (out, r)
	s    float64
}

// loss is the mean cross-entropy over the batch's counted tokens.
func (r *reference) loss(b data.Batch) float64 {
	if longest := slices.Max(b.Sizes); longest != r.longest {
		r.longest, r.frequencies = longest, map[*architecture.Rope][]float64{}
	}
	sum, first := 0.0, 0
	for _, n := range b.Lengths {
		sum += r.rowLoss(b.Tokens[first:first+n], b.Targets[first:first+n])
		first += n
	}
	return sum / float64(b.Counted)
}

func (r *reference) rowLoss(tokens, targets []int32) float64 {
	c := r.config
	h := make([][]float64, len(tokens))
	for t, token := range tokens {
		h[t] = scaled(r.row(embeddingName, int(token), c.Width), c.EmbeddingScale)
	}
	for layer := range c.Layers {
		r.block(layer, h)
	}
	head := headName
	if c.Tied {
		head = embeddingName
	}
	sum := 0.0
	for t, target := range targets {
		if target < 0 {
			continue
		}
		n := r.norm(normName, h[t])
		logits := make([]float64, c.Vocab)
		z := 0.0
		for v := range logits {
			logits[v] = capped(dot(r.row(head, v, c.Width), n)*orOne(c.LogitScale), c.LogitCap)
			z += math.Exp(logits[v])
		}
		sum += math.Log(z) - logits[target]
	}
	return sum
}

func orOne(factor float64) float64 { return cmp.Or(factor, 1) }

func scaled(x []float64, factor float64) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = x[i] * orOne(factor)
	}
	return y
}

func capped(x, limit float64) float64 {
	if limit == 0 {
		return x
	}
	return limit * math.Tanh(x/limit)
}

// name is that of a tensor, "" where the model has none in the role.
func (r *reference) name(role architecture.Role, layer int) string {
	at := place{role, layer}
	if _, ok := r.names[at]; !ok {
		r.names[at] = r.config.Name(role, layer)
	}
	return r.names[at]
}

func (r *reference) row(name string, i, width int) []float64 {
	return r.tensors[name][i*width : (i+1)*width]
}

// block adds to h what a block adds, token by token.
func (r *reference) block(layer int, h [][]float64) {
	c := r.config
	name := func(role architecture.Role) string { return r.name(role, layer) }
	read := make([][]float64, len(h))
	for t := range h {
		read[t] = r.norm(name(architecture.AttentionNorm), h[t])
	}
	mixed := r.attention(layer, read)
	for t := range h {
		addTo(h[t], scaled(r.norm(name(architecture.PostAttentionNorm), mixed[t]), c.ResidualScale))
	}
	for t := range h {
		n := read[t]
		if !c.Of().Parallel {
			n = r.norm(name(architecture.MLPNorm), h[t])
		}
		g, u := r.projections(layer, n, architecture.GateUp, []int{c.Hidden, c.Hidden}, architecture.Gate, architecture.Up)
		for i := range g {
			g[i] = r.gate(g[i]) * u[i]
		}
		addTo(h[t], scaled(r.norm(name(architecture.PostMLPNorm), r.project(name(architecture.Down), g)), c.ResidualScale))
	}
}

func (r *reference) gate(x float64) float64 {
	if cmp.Or(r.config.Activation, r.config.Of().Activation) == architecture.GELUTanh {
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}
	return x / (1 + math.Exp(-x))
}

// projections are the outputs of two projections of x, the first two parts of one where
// the model has it as one.
func (r *reference) projections(layer int, x []float64, whole architecture.Role, widths []int, first, second architecture.Role) (a, b []float64) {
	if name := r.name(whole, layer); name != "" {
		y := r.project(name, x)
		return y[:widths[0]], y[widths[0]:][:widths[1]]
	}
	return r.project(r.name(first, layer), x), r.project(r.name(second, layer), x)
}

func (r *reference) attention(layer int, read [][]float64) [][]float64 {
	c := r.config
	rope, window := r.config.Layer(layer).Rope, c.Layer(layer).Window
	var q, k, v [][]float64
	for t, n := range read {
		wq, wk := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
		query, key := r.projections(layer, n, architecture.QueryKeyValue, []int{wq, wk}, architecture.Query, architecture.Key)
		_, value := r.projections(layer, n, architecture.QueryKeyValue, []int{wq + wk, wk}, architecture.Query, architecture.Value)
		for _, x := range [][]float64{query, key, value} {
			r.clip(x)
		}
		q = append(q, r.rotate(rope, r.norm(r.name(architecture.QueryNorm, layer), query), t))
		k = append(k, r.rotate(rope, r.norm(r.name(architecture.KeyNorm, layer), key), t))
		v = append(v, value)
	}
	out := make([][]float64, len(read))
	for t := range read {
		from := 0
		if window > 0 {
			from = max(0, t+1-window)
		}
		mixed := make([]float64, c.Heads*c.HeadDim)
		for head := range c.Heads {
			r.attend(mixed, head, q[t], k[from:t+1], v[from:t+1])
		}
		out[t] = r.project(r.name(architecture.Output, layer), mixed)
	}
	return out
}

func (r *reference) clip(x []float64) {
	for i, bound := 0, r.config.ClipQKV; bound != 0 && i < len(x); i++ {
		x[i] = max(-bound, min(bound, x[i]))
	}
}

func (r *reference) attend(mixed []float64, head int, q []float64, k, v [][]float64) {
	d := r.config.HeadDim
	kv := head * r.config.KVHeads / r.config.Heads
	scale := cmp.Or(r.config.AttentionScale, 1/math.Sqrt(float64(d)))
	weights, z := make([]float64, len(k)), 0.0
	for t := range k {
		weights[t] = math.Exp(capped(dot(q[head*d:(head+1)*d], k[t][kv*d:(kv+1)*d])*scale, r.config.AttentionCap))
		z += weights[t]
	}
	for t := range k {
		for i := range d {
			mixed[head*d+i] += weights[t] / z * v[t][kv*d+i]
		}
	}
}

// rotate turns the pairs of each head's first elements by a token's position.
func (r *reference) rotate(rope *architecture.Rope, x []float64, position int) []float64 {
	if rope == nil {
		return x
	}
	x = append([]float64(nil), x...)
	d := r.config.HeadDim
	half := rope.Dim(d) / 2
	if r.frequencies[rope] == nil {
		r.frequencies[rope] = rope.Frequencies(d, r.longest)
	}
	for i, f := range r.frequencies[rope] {
		sin, cos := math.Sincos(float64(position) * f)
		sin, cos = sin*orOne(rope.Scale), cos*orOne(rope.Scale)
		for h := 0; h < len(x); h += d {
			first, second := h+i, h+i+half
			if r.config.Of().AdjacentPairs {
				first, second = h+2*i, h+2*i+1
			}
			a, b := x[first], x[second]
			x[first], x[second] = a*cos-b*sin, b*cos+a*sin
		}
	}
	return x
}

// project applies the linear layer of a weight, with its bias and its adapter.
func (r *reference) project(weight string, x []float64) []float64 {
	module := strings.TrimSuffix(weight, ".weight")
	w := r.tensors[weight]
	y := make([]float64, len(w)/len(x))
	for i := range y {
		y[i] = dot(w[i*len(x):(i+1)*len(x)], x)
	}
	if b := r.tensors[module+".bias"]; b != nil {
		addTo(y, b)
	}
	l, ok := r.loras[module]
	for j := range l.a {
		if !ok {
			break
		}
		h := l.s * dot(l.a[j], x)
		for i := range y {
			y[i] += h * l.b[i][j]
		}
	}
	return y
}

// norm normalises x in as many rows as the weight goes into it; without a name it is x.
func (r *reference) norm(name string, x []float64) []float64 {
	w, y := r.tensors[name], append([]float64(nil), x...)
	if name == "" {
		return y
	}
	width := len(x)
	if w != nil {
		width = len(w)
	}
	kind := r.config.Of().Norm
	for row := 0; row < len(y); row += width {
		part := y[row : row+width]
		if kind == architecture.LayerNorm {
			mean := dot(part, ones(width)) / float64(width)
			for i := range part {
				part[i] -= mean
			}
		}
		root := math.Sqrt(dot(part, part)/float64(width) + r.config.NormEps)
		for i := range part {
			part[i] /= root
			switch {
			case w != nil && kind == architecture.RMSNormOffset:
				part[i] *= 1 + w[i]
			case w != nil:
				part[i] *= w[i]
			}
		}
	}
	return y
}

func ones(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1
	}
	return x
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func addTo(y, x []float64) {
	for i := range y {
		y[i] += x[i]
	}
}
