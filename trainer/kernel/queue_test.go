package kernel_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"sweep/trainer/kernel"
)

// layerOf makes calls of every kernel that a training step has, on arrays that are large
// enough to be cut, and returns what they wrote once wait was called.
func layerOf(k *kernel.Set, f kernel.Format) (written [][]float32) {
	const tokens, width, hidden, dim, vocab = 200, 128, 400, 32, 333
	d := newDraws(7)
	a := kernel.Attending{Heads: 4, KVHeads: 2, Dim: dim, Scale: kernel.InverseRoot(dim), Cap: 30}
	out := func(n int) []float32 {
		x := d.floats(n, 1)
		written = append(written, x)
		return x
	}
	x, w := d.floats(tokens*width, 1), d.floats(width, 1)
	n, inv, mean := out(tokens*width), out(tokens), out(tokens)
	k.RMSNorm(tokens, width, 1e-5, x, w, n, inv)
	square, wide := drawnMatrix(d, f, width, width), drawnMatrix(d, f, hidden, width)
	slab := kernel.Alloc(max(k.Scratch(f, tokens, width, width), k.Scratch(f, tokens, hidden, width)))
	q, up, back := out(tokens*width), out(tokens*hidden), out(tokens*width)
	k.MulT(q, width, n, width, tokens, square, false, slab)
	k.MulT(up, hidden, n, width, tokens, wide, false, slab)
	k.Mul(back, width, up, hidden, tokens, wide, true, slab)
	gate, h := out(tokens*hidden), out(tokens*hidden)
	k.MulT(gate, hidden, q, width, tokens, wide, false, slab)
	k.Gate(kernel.SiLU, tokens, hidden, gate, up, hidden, h)
	k.GateGrad(kernel.SiLU, tokens, hidden/2, gate, up, hidden, h)
	r := kernel.Rotary{Dim: dim, Turned: dim, Table: kernel.RopeTable(tokens, make([]float64, dim/2), 1)}
	key, value, mixed, scratch := out(tokens*width), out(tokens*width), out(tokens*width), kernel.Alloc(a.Scratch(tokens))
	dq, dk, dv := out(tokens*width), out(tokens*width), out(tokens*width)
	k.Together(func() {
		k.Rope(r, tokens, 4, q, width, false)
		k.Rope(r, tokens, 2, key, width, false)
	})
	k.Together(func() {
		for first := 0; first < tokens; first += tokens / 2 {
			at := first * width
			k.Attention(a, tokens/2, 0, q[at:], width, key[at:], value[at:], width, mixed[at:], width, scratch)
		}
	})
	k.AttentionGrad(a, tokens, q, width, key, value, width, mixed, width, dq, dk, dv, scratch)
	factor, grad := d.floats(8*width, 1), out(8*width)
	k.Gemm(8, width, tokens, q, 1, width, dq, width, grad, width, false)
	k.Gemm(tokens, width, 8, q, width, 1, factor, width, back, width, true)
	k.Gemm(tokens, hidden, width, q, width, 1, d.floats(width*hidden, 1), hidden, up, hidden, true)
	k.RMSNormGrad(tokens, width, x, w, inv, dq, back)
	k.LayerNorm(tokens, width, 1e-5, back, w, n, mean, inv)
	k.LayerNormGrad(tokens, width, back, w, mean, inv, dk, dv)
	rows := []int32{} // most of them, and in no order
	for i := range tokens {
		if i%7 != 3 {
			rows = append(rows, int32(i*77%tokens))
		}
	}
	picked, spread := out(len(rows)*width), out(tokens*width)
	k.Gather(width, picked, back, rows)
	k.Clear(spread)
	k.Scatter(width, spread, picked, rows)
	logits, losses := out(tokens*vocab), out(tokens)
	k.SoftCap(logits, 1, 3)
	k.CrossEntropyGrad(tokens, vocab, logits, make([]int32, tokens), 1, losses)
	k.Copy(dk, spread)
	k.Add(dk, dv)
	k.Scale(dk, 0.5)
	k.AddBias(tokens, width, dk, w)
	db, m, v := out(width), make([]float32, tokens*width), make([]float32, tokens*width)
	k.BiasGrad(tokens, width, dk, db)
	k.Adam(spread, dk, m, v, kernel.AdamStep{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1, Decoupled: true})
	k.SGD(dv, dk, nil, kernel.SGDStep{LR: 1e-3, Step: 1})
	written = append(written, []float32{float32(k.SumSquares(dk))})
	k.Wait()
	return written
}

// drawnMatrix draws a matrix in a format.
func drawnMatrix(d draws, f kernel.Format, rows, columns int) *kernel.Matrix {
	x := d.floats(rows*columns, 1)
	if f == kernel.Float32 {
		return kernel.Float32Matrix(x, rows, columns)
	}
	data := make([]byte, f.Bytes(rows, columns))
	kernel.Best().Encode(f, data, x, rows, columns)
	return kernel.NewMatrix(f, data, rows, columns)
}

func sameArrays(t *testing.T, what string, got, want [][]float32) {
	t.Helper()
	for i := range want {
		if !sameBits(got[i], want[i]) {
			t.Errorf("%s: array %d differs", what, i)
		}
	}
}

func TestQueuedCallsComputeTheBitsOfCallsAtOnce(t *testing.T) {
	for _, f := range []kernel.Format{kernel.Float32, kernel.BFloat16} {
		eachLevel(t, func(t *testing.T, k *kernel.Set) {
			want := layerOf(k, f)
			sameArrays(t, "one thread", layerOf(k.Queue(), f), want)
			for cores := 2; cores <= 4; cores++ {
				queue := k.Queue()
				leave, err := kernel.NewCrew(cores).Join(queue)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					sameArrays(t, fmt.Sprint(cores, " threads"), layerOf(queue, f), want)
				}
				leave()
				sameArrays(t, "without helpers again", layerOf(queue, f), want)
			}
		})
	}
}

func TestHelpersGoWhereTheyAreWanted(t *testing.T) {
	k := kernel.Best()
	want := layerOf(k, kernel.Float32)
	crew := kernel.NewCrew(4)
	before := runtime.NumGoroutine()
	var wait sync.WaitGroup
	for i := range 5 { // the last ones find no core idle
		wait.Go(func() {
			for range 2 + i {
				queue := k.Queue()
				leave, err := crew.Join(queue)
				if err != nil {
					t.Error(err)
					return
				}
				sameArrays(t, "beside others", layerOf(queue, kernel.Float32), want)
				leave()
			}
		})
	}
	wait.Wait()
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) { // the last of them may still be ending
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left, of %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestWhatIsQueuedWaits(t *testing.T) {
	k := kernel.Best().Queue()
	x, y := []float32{1, 2, 3}, make([]float32, 3)
	k.Copy(y, x)
	k.Scale(y, 2)
	k.WaitIfLong() // which it is not
	if y[2] != 0 {
		t.Errorf("before Wait %v", y)
	}
	if s := k.SumSquares(y); s != 4*(1+4+9) {
		t.Errorf("the sum of squares of what is queued is %v", s)
	}
	k.Wait()
	if y[0] != 2 || y[2] != 6 {
		t.Errorf("after Wait %v", y)
	}
}
