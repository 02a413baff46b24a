package kernel

/*
#include "kernels.h"

#cgo noescape cross_entropy
#cgo nocallback cross_entropy
static void cross_entropy(const kernels *k, idx rows, idx vocab, const float *logits, const int32_t *targets, float *losses) {
	k->cross_entropy(rows, vocab, logits, targets, losses);
}
#cgo noescape cross_entropy_grad
#cgo nocallback cross_entropy_grad
static void cross_entropy_grad(const kernels *k, idx rows, idx vocab, float *logits, const int32_t *targets, float scale, float *losses) {
	k->cross_entropy_grad(rows, vocab, logits, targets, scale, losses);
}
#cgo noescape soft_cap
#cgo nocallback soft_cap
static void soft_cap(const kernels *k, idx n, float *x, float scale, float limit) { k->soft_cap(n, x, scale, limit); }
#cgo noescape soft_cap_grad
#cgo nocallback soft_cap_grad
static void soft_cap_grad(const kernels *k, idx n, const float *y, float *d, float scale, float limit) { k->soft_cap_grad(n, y, d, scale, limit); }
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// CrossEntropy sets losses[m] to -ln softmax(logits row m)[targets[m]], in
// nats. logits is [rows][vocab]. A negative target (such as the -100 of other
// trainers) counts nothing: its loss is 0. A row with a NaN or +inf has the
// loss NaN.
func (k *Set) CrossEntropy(rows, vocab int, logits []float32, targets []int32, losses []float32) {
	checkTargets("CrossEntropy", rows, vocab, logits, targets, losses)
	C.cross_entropy(k.table, C.idx(rows), C.idx(vocab), floats(logits), ints(targets), floats(losses))
}

// CrossEntropyGrad computes the losses of CrossEntropy, bit for bit, and
// replaces the logits by their gradient, (softmax - onehot(target)) * scale; a
// row with a negative target by zeros.
func (k *Set) CrossEntropyGrad(rows, vocab int, logits []float32, targets []int32, scale float32, losses []float32) {
	checkTargets("CrossEntropyGrad", rows, vocab, logits, targets, losses)
	C.cross_entropy_grad(k.table, C.idx(rows), C.idx(vocab), floats(logits), ints(targets), C.float(scale), floats(losses))
}

// SoftCap makes each x limit tanh(scale x / limit), which lies within the limit (arXiv
// 2408.00118, section 2).
func (k *Set) SoftCap(x []float32, scale, limit float32) {
	C.soft_cap(k.table, C.idx(len(x)), floats(x), C.float(scale), C.float(limit))
}

// SoftCapGrad turns d, the gradient of y = SoftCap(x), into that of x.
func (k *Set) SoftCapGrad(y, d []float32, scale, limit float32) {
	same("SoftCapGrad", "y", y, len(d))
	C.soft_cap_grad(k.table, C.idx(len(d)), floats(y), floats(d), C.float(scale), C.float(limit))
}

func checkTargets(op string, rows, vocab int, logits []float32, targets []int32, losses []float32) {
	sizes(op, rows, vocab)
	need(op, "logits", logits, rows*vocab)
	need(op, "targets", targets, rows)
	need(op, "losses", losses, rows)
	for m, t := range targets[:rows] {
		if int(t) >= vocab {
			panic(fmt.Sprintf("kernel: %s: target %d of row %d is outside the vocabulary of %d", op, t, m, vocab))
		}
	}
}

func ints(x []int32) *C.int32_t { return (*C.int32_t)(unsafe.Pointer(unsafe.SliceData(x))) }
