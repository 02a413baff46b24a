package kernel_test

import (
	"math"
	"slices"
	"testing"

	"sweep/trainer/kernel"
)

func TestCrossEntropyAndItsGradientAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(7)
		for _, vocab := range []int{1, 2, 16, 61, 256} {
			targets := []int32{0, int32(vocab - 1), -100, int32(vocab / 2)}
			rows := len(targets)
			logits, losses := d.floats(rows*vocab, 10), kernel.Alloc(rows)
			logits64, before := wide(logits), slices.Clone(logits)
			k.CrossEntropy(rows, vocab, logits, targets, losses)
			if !slices.Equal(logits, before) {
				t.Fatal("CrossEntropy changed the logits")
			}
			agree(t, "losses", losses, crossEntropy(rows, vocab, logits64, targets), 1e-5)

			first := slices.Clone(losses)
			const scale = 0.25
			k.CrossEntropyGrad(rows, vocab, logits, targets, scale, losses)
			if !slices.Equal(losses, first) {
				t.Errorf("CrossEntropyGrad's losses are %v, CrossEntropy's %v", losses, first)
			}
			agree(t, "gradient", logits, differences(logits64, func() float64 {
				sum := 0.0
				for _, x := range crossEntropy(rows, vocab, logits64, targets) {
					sum += x * scale
				}
				return sum
			}), 1e-5)
		}
	})
}

func TestCrossEntropyOfHugeLogitsIsFinite(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		logits, losses := []float32{1e30, 0, -1e30}, make([]float32, 1)
		k.CrossEntropy(1, 3, logits, []int32{1}, losses)
		if losses[0] != 1e30 {
			t.Errorf("loss is %v, want 1e30", losses[0])
		}
	})
}

func TestCrossEntropyOfADivergedRowIsNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		for _, odd := range []float64{math.NaN(), math.Inf(1)} {
			logits, losses := []float32{1, float32(odd), 2}, make([]float32, 1)
			k.CrossEntropy(1, 3, logits, []int32{0}, losses)
			if !math.IsNaN(float64(losses[0])) {
				t.Errorf("a row with %v has the loss %v, want NaN", odd, losses[0])
			}
		}
	})
}
