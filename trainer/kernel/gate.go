package kernel

/*
#include "kernels.h"

#cgo noescape gate
#cgo nocallback gate
static void gate(const kernels *k, int activation, idx rows, idx n, const float *gate, const float *up, idx stride, float *h) {
	k->gate[activation](rows, n, gate, up, stride, h);
}
#cgo noescape gate_grad
#cgo nocallback gate_grad
static void gate_grad(const kernels *k, int activation, idx rows, idx n, float *gate, float *up, idx stride, const float *dh) {
	k->gate_grad[activation](rows, n, gate, up, stride, dh);
}
*/
import "C"

// Activation is the function of a gated unit's gate.
type Activation int

// The activations.
const (
	SiLU     Activation = C.SILU      // x / (1 + e^-x); the unit is SwiGLU (arXiv 2002.05202)
	GELUTanh Activation = C.GELU_TANH // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) (arXiv 1606.08415, section 2)
)

// Gate sets h [rows][n] to f(gate) * up, f being the activation. Rows of gate and of up
// lie stride apart. h may be gate or up where stride is n.
func (k *Set) Gate(f Activation, rows, n int, gate, up []float32, stride int, h []float32) {
	rows, n, stride = checkGate("Gate", rows, n, gate, up, stride, h)
	C.gate(k.table, C.int(f), C.idx(rows), C.idx(n), floats(gate), floats(up), C.idx(stride), floats(h))
}

// GateGrad replaces gate and up, the inputs of Gate, by their gradients,
// given dh, that of h.
func (k *Set) GateGrad(f Activation, rows, n int, gate, up []float32, stride int, dh []float32) {
	rows, n, stride = checkGate("GateGrad", rows, n, gate, up, stride, dh)
	C.gate_grad(k.table, C.int(f), C.idx(rows), C.idx(n), floats(gate), floats(up), C.idx(stride), floats(dh))
}

// checkGate panics where a slice is too short. Rows that lie end to end it makes one row of.
func checkGate(op string, rows, n int, gate, up []float32, stride int, h []float32) (int, int, int) {
	sizes(op, rows, n, stride)
	need(op, "gate", gate, span(rows, n, stride))
	need(op, "up", up, span(rows, n, stride))
	need(op, "h", h, rows*n)
	rowStride(op, "gate and up", rows, n, stride)
	if stride == n {
		return 1, rows * n, rows * n
	}
	return rows, n, stride
}
