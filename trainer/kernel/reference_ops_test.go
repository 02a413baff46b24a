package kernel_test

import (
	"math"

	"sweep/trainer/kernel"
)

// What the kernels compute, in float64 and as their papers write it.

func rmsNorm(rows, n int, eps float64, x, w []float64) []float64 {
	y := make([]float64, rows*n)
	for m := range rows {
		square := 0.0
		for i := range n {
			square += x[m*n+i] * x[m*n+i]
		}
		inv := 1 / math.Sqrt(square/float64(n)+eps)
		for i := range n {
			y[m*n+i] = x[m*n+i] * inv * w[i]
		}
	}
	return y
}

func layerNorm(rows, n int, eps float64, x, w []float64) []float64 {
	y := make([]float64, rows*n)
	for m := range rows {
		mean, variance := 0.0, 0.0
		for _, v := range x[m*n : (m+1)*n] {
			mean += v / float64(n)
		}
		for _, v := range x[m*n : (m+1)*n] {
			variance += (v - mean) * (v - mean) / float64(n)
		}
		for i := range n {
			y[m*n+i] = (x[m*n+i] - mean) / math.Sqrt(variance+eps) * w[i]
		}
	}
	return y
}

// activations are the functions of a gated unit's gate.
var activations = map[kernel.Activation]func(x float64) float64{
	kernel.SiLU: func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	kernel.GELUTanh: func(x float64) float64 {
		return 0.5 * x * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	},
}

// gated has rows of gate and up stride apart.
func gated(f kernel.Activation, rows, n int, gate, up []float64, stride int) []float64 {
	h := make([]float64, rows*n)
	for i := range h {
		at := i/n*stride + i%n
		h[i] = activations[f](gate[at]) * up[at]
	}
	return h
}

// attending are query heads over key and value heads, at the usual scale.
func attending(heads, kvHeads, dim int) kernel.Attending {
	return kernel.Attending{Heads: heads, KVHeads: kvHeads, Dim: dim, Scale: kernel.InverseRoot(dim)}
}

// causalAttention with rows of q [S][heads*dim], key and value
// [S][kvHeads*dim].
func causalAttention(a kernel.Attending, S int, q, key, value []float64) []float64 {
	heads, kvHeads, dim := a.Heads, a.KVHeads, a.Dim
	out := make([]float64, S*heads*dim)
	for t := range S {
		for h := range heads {
			at := func(u int) int { return (u*kvHeads + h*kvHeads/heads) * dim }
			query := (t*heads + h) * dim
			p, z := make([]float64, t+1), 0.0
			for u := range p {
				if a.Window > 0 && u <= t-a.Window {
					continue
				}
				score := 0.0
				for i := range dim {
					score += q[query+i] * key[at(u)+i]
				}
				score *= float64(a.Scale)
				if limit := float64(a.Cap); limit != 0 {
					score = limit * math.Tanh(score/limit)
				}
				p[u] = math.Exp(score)
				z += p[u]
			}
			for u := range p {
				for i := range dim {
					out[query+i] += p[u] / z * value[at(u)+i]
				}
			}
		}
	}
	return out
}

// crossEntropy returns -ln softmax(row)[target] of each row, 0 where the
// target is negative.
func crossEntropy(rows, vocab int, logits []float64, targets []int32) []float64 {
	losses := make([]float64, rows)
	for m := range rows {
		if targets[m] < 0 {
			continue
		}
		row, z := logits[m*vocab:(m+1)*vocab], 0.0
		for _, x := range row {
			z += math.Exp(x - row[targets[m]])
		}
		losses[m] = math.Log(z)
	}
	return losses
}

// dot is the sum of a*b.
func dot(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// differences is the gradient of f at x by central differences; x is moved
// and put back.
func differences(x []float64, f func() float64) []float64 {
	const h = 1e-5
	gradient := make([]float64, len(x))
	for i, at := range x {
		x[i] = at + h
		above := f()
		x[i] = at - h
		gradient[i] = (above - f()) / (2 * h)
		x[i] = at
	}
	return gradient
}
