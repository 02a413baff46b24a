package kernel_test

import "math"

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

func swiGLU(gate, up []float64) []float64 {
	h := make([]float64, len(gate))
	for i, x := range gate {
		h[i] = x / (1 + math.Exp(-x)) * up[i]
	}
	return h
}

// causalAttention with rows of q [S][heads*dim], key and value
// [S][kvHeads*dim].
func causalAttention(S, heads, kvHeads, dim int, q, key, value []float64) []float64 {
	out := make([]float64, S*heads*dim)
	for t := range S {
		for h := range heads {
			at := func(u int) int { return (u*kvHeads + h*kvHeads/heads) * dim }
			query := (t*heads + h) * dim
			p, z := make([]float64, t+1), 0.0
			for u := range p {
				score := 0.0
				for i := range dim {
					score += q[query+i] * key[at(u)+i]
				}
				p[u] = math.Exp(score / math.Sqrt(float64(dim)))
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
