package kernel

// #include "kernels.h"
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
	k.do(C.call{kernel: C.GATE, variant: C.int(f), size: lengths(rows, n, stride), at: places(at(gate), at(up), at(h))})
}

// GateGrad replaces gate and up, the inputs of Gate, by their gradients,
// given dh, that of h.
func (k *Set) GateGrad(f Activation, rows, n int, gate, up []float32, stride int, dh []float32) {
	rows, n, stride = checkGate("GateGrad", rows, n, gate, up, stride, dh)
	k.do(C.call{kernel: C.GATE_GRAD, variant: C.int(f), size: lengths(rows, n, stride), at: places(at(gate), at(up), at(dh))})
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
