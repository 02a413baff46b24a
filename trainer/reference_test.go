package trainer

import (
	"math"

	"sweep/trainer/architecture"
	"sweep/trainer/data"
)

// The names of tensors outside the blocks.
const (
	embeddingName = "model.embed_tokens.weight"
	normName      = "model.norm.weight"
	headName      = "lm_head.weight"
)

// reference is a Llama decoder with LoRA in plain float64, row by row and
// token by token, written from the papers: the oracle of the fused stages.
type reference struct {
	config  architecture.Config
	tensors map[string][]float64
	loras   map[string]referenceLoRA
}

type referenceLoRA struct {
	a, b [][]float64 // A (r, in), B (out, r)
	s    float64
}

// loss is the mean cross-entropy over the batch's counted tokens.
func (r *reference) loss(b data.Batch) float64 {
	sum, first := 0.0, 0
	for _, n := range b.Lengths {
		sum += r.rowLoss(b.Tokens[first:first+n], b.Targets[first:first+n])
		first += n
	}
	return sum / float64(b.Counted)
}

func (r *reference) rowLoss(tokens, targets []int32) float64 {
	h := make([][]float64, len(tokens))
	for t, token := range tokens {
		h[t] = append([]float64(nil), r.row(embeddingName, int(token), r.config.Width)...)
	}
	for layer := range r.config.Layers {
		r.block(blockName(layer), h)
	}
	head := headName
	if r.config.Tied {
		head = embeddingName
	}
	sum := 0.0
	for t, target := range targets {
		if target < 0 {
			continue
		}
		n := r.rmsNorm(normName, h[t])
		logits := make([]float64, r.config.Vocab)
		z := 0.0
		for v := range logits {
			logits[v] = dot(r.row(head, v, r.config.Width), n)
			z += math.Exp(logits[v])
		}
		sum += math.Log(z) - logits[target]
	}
	return sum
}

func (r *reference) row(name string, i, width int) []float64 {
	return r.tensors[name][i*width : (i+1)*width]
}

func (r *reference) block(name string, h [][]float64) {
	c := r.config
	var q, k, v [][]float64
	for t := range h {
		n := r.rmsNorm(name+".input_layernorm.weight", h[t])
		q = append(q, r.rotate(r.project(name+".self_attn.q_proj", n), t))
		k = append(k, r.rotate(r.project(name+".self_attn.k_proj", n), t))
		v = append(v, r.project(name+".self_attn.v_proj", n))
	}
	for t := range h {
		mixed := make([]float64, c.Heads*c.HeadDim)
		for head := range c.Heads {
			r.attend(mixed, head, q[t], k[:t+1], v[:t+1])
		}
		addTo(h[t], r.project(name+".self_attn.o_proj", mixed))
	}
	for t := range h {
		n := r.rmsNorm(name+".post_attention_layernorm.weight", h[t])
		g, u := r.project(name+".mlp.gate_proj", n), r.project(name+".mlp.up_proj", n)
		for i := range g {
			g[i] *= u[i] / (1 + math.Exp(-g[i]))
		}
		addTo(h[t], r.project(name+".mlp.down_proj", g))
	}
}

func (r *reference) attend(mixed []float64, head int, q []float64, k, v [][]float64) {
	d := r.config.HeadDim
	kv := head * r.config.KVHeads / r.config.Heads
	weights, z := make([]float64, len(k)), 0.0
	for t := range k {
		weights[t] = math.Exp(dot(q[head*d:(head+1)*d], k[t][kv*d:(kv+1)*d]) / math.Sqrt(float64(d)))
		z += weights[t]
	}
	for t := range k {
		for i := range d {
			mixed[head*d+i] += weights[t] / z * v[t][kv*d+i]
		}
	}
}

func (r *reference) rotate(x []float64, position int) []float64 {
	d := r.config.HeadDim
	for i, f := range r.config.Rope.Frequencies(d, 1) {
		sin, cos := math.Sincos(float64(position) * f)
		for h := 0; h < len(x); h += d {
			a, b := x[h+i], x[h+i+d/2]
			x[h+i], x[h+i+d/2] = a*cos-b*sin, b*cos+a*sin
		}
	}
	return x
}

func (r *reference) project(module string, x []float64) []float64 {
	w := r.tensors[module+".weight"]
	y := make([]float64, len(w)/len(x))
	for i := range y {
		y[i] = dot(w[i*len(x):(i+1)*len(x)], x)
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

func (r *reference) rmsNorm(name string, x []float64) []float64 {
	w, y := r.tensors[name], make([]float64, len(x))
	rms := math.Sqrt(dot(x, x)/float64(len(x)) + r.config.NormEps)
	for i := range x {
		y[i] = w[i] * x[i] / rms
	}
	return y
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
