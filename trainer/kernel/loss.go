package kernel

// #include "kernels.h"
import "C"

import "fmt"

// CrossEntropy sets losses[m] to -ln softmax(logits row m)[targets[m]], in
// nats. logits is [rows][vocab]. A negative target (such as the -100 of other
// trainers) counts nothing: its loss is 0. A row with a NaN or +inf has the
// loss NaN.
func (k *Set) CrossEntropy(rows, vocab int, logits []float32, targets []int32, losses []float32) {
	checkTargets("CrossEntropy", rows, vocab, logits, targets, losses)
	k.do(C.call{kernel: C.CROSS_ENTROPY, size: lengths(rows, vocab), at: places(at(logits), at(targets), at(losses))})
}

// CrossEntropyGrad computes the losses of CrossEntropy, bit for bit, and
// replaces the logits by their gradient, (softmax - onehot(target)) * scale; a
// row with a negative target by zeros.
func (k *Set) CrossEntropyGrad(rows, vocab int, logits []float32, targets []int32, scale float32, losses []float32) {
	checkTargets("CrossEntropyGrad", rows, vocab, logits, targets, losses)
	k.do(C.call{kernel: C.CROSS_ENTROPY_GRAD, size: lengths(rows, vocab), real: reals(scale), at: places(at(logits), at(targets), at(losses))})
}

// SoftCap makes each x limit tanh(scale x / limit), which lies within the limit (arXiv
// 2408.00118, section 2).
func (k *Set) SoftCap(x []float32, scale, limit float32) {
	k.do(C.call{kernel: C.SOFT_CAP, size: lengths(len(x)), real: reals(scale, limit), at: places(at(x))})
}

// SoftCapGrad turns d, the gradient of y = SoftCap(x), into that of x.
func (k *Set) SoftCapGrad(y, d []float32, scale, limit float32) {
	same("SoftCapGrad", "y", y, len(d))
	k.do(C.call{kernel: C.SOFT_CAP_GRAD, size: lengths(len(d)), real: reals(scale, limit), at: places(at(y), at(d))})
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
