package kernel_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"hash"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/kernel"
)

var update = flag.Bool("update", false, "write the golden hashes instead of comparing with them")

// bits hashes numbers bit by bit, all NaNs as one.
type bits struct{ hash.Hash }

func (h bits) floats(x ...float32) {
	b := make([]byte, 0, 4*len(x))
	for _, f := range x {
		if math.IsNaN(float64(f)) {
			f = float32(math.NaN())
		}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	h.Write(b)
}

func (h bits) doubles(x ...float64) {
	for _, f := range x {
		if math.IsNaN(f) {
			f = math.NaN()
		}
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
	}
}

// sameBits reports whether two results are the same bit by bit, all NaNs being one.
func sameBits(x, y []float32) bool {
	return slices.EqualFunc(x, y, func(a, b float32) bool {
		return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
	})
}

// strange overwrites about one in 20 of x with what a diverging run meets:
// infinities, NaN, zeros of both signs, subnormals and the largest numbers.
func (d draws) strange(x []float32) []float32 {
	odd := []uint32{0x7f800000, 0xff800000, 0x7fc00000, 0, 0x80000000, 1, 0x807fffff, 0x7f7fffff, 0xff7fffff, 0x7149f2ca, 0x00800000, 0x42b17218}
	for i := range x {
		if d.below(20) == 0 {
			x[i] = math.Float32frombits(odd[d.below(len(odd))])
		}
	}
	return x
}

// ragged is a size that is seldom a multiple of 16.
func (d draws) ragged() int {
	return []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 48, 50, 64, 97}[d.below(15)]
}

type exerciseOf struct {
	name string
	run  func(k *kernel.Set, d draws, h bits, input func(n int, scale float32) []float32)
}

// exercises computes with each kernel on inputs from d and hashes what comes
// out. input gives n inputs of some scale.
var exercises = []exerciseOf{
	{"products", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		M, N, K := d.ragged(), d.ragged(), d.ragged()
		if d.below(10) == 0 {
			M, K = d.below(9)+1, 1000+d.below(2000)
		}
		as, cs := K+d.below(5), N+d.below(5)
		a, b, c := input(M*as, 1), input(K*N, 1), input(M*cs, 1)
		add := d.below(2) == 0
		back := slices.Clone(c)
		k.Mul(c, cs, a, as, M, kernel.Float32Matrix(b, K, N), add, kernel.Alloc(k.Scratch(kernel.Float32, M, K, N)))
		h.floats(c...)
		k.MulT(back, cs, a, as, M, kernel.Float32Matrix(transpose(b, K, N), N, K), add, kernel.Alloc(k.Scratch(kernel.Float32, M, N, K)))
		if !sameBits(back, c) {
			panic("a matrix and its transpose do not multiply alike")
		}
		k.Gemm(M, N, K, a, as, 1, b, N, c, cs, add)
		h.floats(c...)
		k.Gemm(M, N, K, input(M*K, 1), 1, M, b, N, c, cs, !add)
		h.floats(c...)
	}},
	{"rmsnorm", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		rows, n := d.below(5)+1, d.ragged()
		x, w, dy, dx := input(rows*n, 2), input(n, 2), input(rows*n, 1), input(rows*n, 1)
		y, inv, dw := kernel.Alloc(rows*n), kernel.Alloc(rows), kernel.Alloc(n)
		k.RMSNorm(rows, n, 1e-5, x, w, y, inv)
		k.RMSNormGrad(rows, n, x, w, inv, dy, dx)
		k.RMSNormWeightGrad(rows, n, x, inv, dy, dw)
		h.floats(slices.Concat(y, inv, dx, dw)...)
	}},
	{"swiglu", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		n := d.ragged()
		gate, up, dh := input(n, 100), input(n, 3), input(n, 3)
		out := kernel.Alloc(n)
		k.Gate(kernel.SiLU, 1, n, gate, up, n, out)
		k.GateGrad(kernel.SiLU, 1, n, gate, up, n, dh)
		h.floats(slices.Concat(out, gate, up)...)
	}},
	{"rope", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		tokens, heads, dim := d.below(9)+1, d.below(3)+1, 2*d.ragged()
		frequencies := wide(d.floats(dim/2, 1))
		x, r := input(tokens*heads*dim, 3), kernel.Rotary{Dim: dim, Turned: dim, Table: kernel.RopeTable(tokens, frequencies, 1)}
		h.floats(r.Table...)
		k.Rope(r, tokens, heads, x, heads*dim, false)
		h.floats(x...)
		k.Rope(r, tokens, heads, x, heads*dim, true)
		h.floats(x...)
	}},
	{"attention", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		S, kvHeads, dim := d.ragged(), d.below(2)+1, []int{1, 8, 16, 20, 32}[d.below(5)]
		heads := kvHeads * (d.below(3) + 1)
		q, kv := input(S*heads*dim, 2), input(S*2*kvHeads*dim, 2)
		dout, out, dq, dkv := input(len(q), 1), kernel.Alloc(len(q)), kernel.Alloc(len(q)), kernel.Alloc(len(kv))
		qs, kvs, half := heads*dim, 2*kvHeads*dim, kvHeads*dim
		a := kernel.Attending{Heads: heads, KVHeads: kvHeads, Dim: dim, Scale: kernel.InverseRoot(dim)}
		scratch := kernel.Alloc(a.Scratch(S))
		k.Attention(a, S, 0, q, qs, kv, kv[half:], kvs, out, qs, scratch)
		k.AttentionGrad(a, S, q, qs, kv, kv[half:], kvs, dout, qs, dq, dkv, dkv[half:], scratch)
		h.floats(slices.Concat(out, dq, dkv)...)
	}},
	{"attention-capped-in-a-window", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		S, dim := d.ragged(), []int{1, 8, 16, 20, 32}[d.below(5)]
		a := kernel.Attending{Heads: 2, KVHeads: 1, Dim: dim, Scale: 0.3, Cap: []float32{0, 2, 50}[d.below(3)], Window: d.below(40)}
		q, key, value, dout := input(2*S*dim, 2), input(S*dim, 2), input(S*dim, 2), input(2*S*dim, 1)
		out, dq, dk, dv := kernel.Alloc(len(q)), kernel.Alloc(len(q)), kernel.Alloc(len(key)), kernel.Alloc(len(key))
		scratch := kernel.Alloc(a.Scratch(S))
		k.Attention(a, S, 0, q, 2*dim, key, value, dim, out, 2*dim, scratch)
		k.AttentionGrad(a, S, q, 2*dim, key, value, dim, dout, 2*dim, dq, dk, dv, scratch)
		h.floats(slices.Concat(out, dq, dk, dv)...)
		past := d.below(S)
		k.Attention(a, S-past, past, q[past*2*dim:], 2*dim, key, value, dim, out[past*2*dim:], 2*dim, scratch)
		h.floats(out...)
	}},
	{"rope-adjacent", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		tokens, heads, turned := d.below(9)+1, d.below(3)+1, 2*d.ragged()
		r := kernel.Rotary{Dim: turned + d.below(9), Turned: turned, Adjacent: true, Table: kernel.RopeTable(tokens, wide(d.floats(turned/2, 1)), 1.1)}
		x := input(tokens*heads*r.Dim, 3)
		k.Rope(r, tokens, heads, x, heads*r.Dim, false)
		h.floats(x...)
		r.Adjacent = false
		k.Rope(r, tokens, heads, x, heads*r.Dim, true)
		h.floats(x...)
	}},
	{"layernorm", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		rows, n := d.below(5)+1, d.ragged()
		x, w, dy, dx := input(rows*n, 2), input(n, 2), input(rows*n, 1), input(rows*n, 1)
		y, mean, inv, dw := kernel.Alloc(rows*n), kernel.Alloc(rows), kernel.Alloc(rows), kernel.Alloc(n)
		k.LayerNorm(rows, n, 1e-5, x, w, y, mean, inv)
		k.LayerNormGrad(rows, n, x, w, mean, inv, dy, dx)
		k.LayerNormWeightGrad(rows, n, x, mean, inv, dy, dw)
		h.floats(slices.Concat(y, mean, inv, dx, dw)...)
	}},
	{"geglu", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		rows, n := d.below(3)+1, d.ragged()
		stride := 2*n + d.below(2)
		both, dh, out := input(rows*stride, 8), input(rows*n, 3), kernel.Alloc(rows*n)
		k.Gate(kernel.GELUTanh, rows, n, both, both[n:], stride, out)
		k.GateGrad(kernel.GELUTanh, rows, n, both, both[n:], stride, dh)
		h.floats(slices.Concat(out, both)...)
	}},
	{"soft-cap", func(k *kernel.Set, _ draws, h bits, input func(int, float32) []float32) {
		x, dy := input(97, 60), input(97, 1)
		k.SoftCap(x, 0.7, 30)
		k.SoftCapGrad(x, dy, 0.7, 30)
		h.floats(slices.Concat(x, dy)...)
	}},
	{"bias", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		rows, n := d.below(5)+1, d.ragged()
		y, bias, db := input(rows*n, 2), input(n, 2), kernel.Alloc(n)
		k.AddBias(rows, n, y, bias)
		k.BiasGrad(rows, n, y, db)
		h.floats(slices.Concat(y, db)...)
	}},
	{"cross-entropy", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		rows, vocab := d.below(4)+1, d.ragged()
		logits, losses, targets := input(rows*vocab, 30), kernel.Alloc(rows), []int32{0, -100, int32(vocab - 1), int32(vocab / 2)}
		k.CrossEntropy(rows, vocab, logits, targets, losses)
		h.floats(losses...)
		k.CrossEntropyGrad(rows, vocab, logits, targets, 0.25, losses)
		h.floats(slices.Concat(losses, logits)...)
	}},
	{"elementwise", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		n := d.ragged() * 3
		x, y := input(n, 1), input(n, 1)
		k.Add(y, x)
		k.Scale(x, 0.3)
		h.floats(slices.Concat(x, y)...)
		h.doubles(k.SumSquares(y))
	}},
	{"adam", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		n := d.ragged()
		w, m, v := input(n, 1), kernel.Alloc(n), kernel.Alloc(n)
		s := kernel.AdamStep{LR: 0.01, Beta1: 0.9, Beta2: 0.999, Eps: []float64{0, 1e-8}[d.below(2)], Decay: []float64{0, 0.1}[d.below(2)], Decoupled: d.below(2) == 0}
		for step := range 3 {
			s.Step = step + 1
			k.Adam(w, input(n, 1), m, v, s)
		}
		h.floats(slices.Concat(w, m, v)...)
	}},
	{"sgd", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		n := d.ragged()
		w, buf := input(n, 1), kernel.Alloc(n)
		s := kernel.SGDStep{LR: 0.01, Momentum: []float64{0, 0.9}[d.below(2)], Decay: []float64{0, 0.1}[d.below(2)]}
		for step := range 3 {
			s.Step = step + 1
			k.SGD(w, input(n, 1), buf, s)
		}
		h.floats(slices.Concat(w, buf)...)
	}},
	{"nesterov", func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
		n := d.ragged()
		w, buf := input(n, 1), kernel.Alloc(n)
		for step := range 3 {
			k.SGD(w, input(n, 1), buf, kernel.SGDStep{LR: 0.01, Momentum: 0.9, Decay: 0.1, Step: step + 1, Nesterov: true})
		}
		h.floats(slices.Concat(w, buf)...)
	}},
}

func init() {
	for _, f := range kernel.Formats()[1:] {
		exercises = append(exercises, exerciseOf{"products-" + f.String(), func(k *kernel.Set, d draws, h bits, input func(int, float32) []float32) {
			M, rows, columns := d.ragged(), d.ragged(), d.ragged()
			if d.below(10) == 0 {
				rows, columns = 1000+d.below(100), d.ragged()
				if d.below(2) == 0 {
					rows, columns = columns, rows
				}
			}
			as, cs := max(rows, columns)+d.below(5), max(rows, columns)+d.below(5)
			w := matrixOf(f, d, input(rows*columns, 1), rows, columns)
			a, c, scratch := input(M*as, 1), input(M*cs, 1), kernel.Alloc(k.Scratch(f, M, rows, columns))
			k.Mul(c, cs, a, as, M, w, d.below(2) == 0, scratch)
			h.floats(c...)
			k.MulT(c, cs, a, as, M, w, d.below(2) == 0, scratch)
			h.floats(c...)
			row := make([]float32, columns)
			k.Row(w, d.below(rows), row)
			h.floats(row...)
		}})
	}
}

// halves are where a block of a format has numbers in half precision.
var halves = map[kernel.Format][]int{
	kernel.Q4_1: {0, 2}, kernel.Q5_0: {0}, kernel.Q5_1: {0, 2}, kernel.Q4_K: {0, 2}, kernel.Q5_K: {0, 2}, kernel.Q6_K: {208},
}

// matrixOf is a matrix of a format: of some elements or, in a format that is read only,
// of any blocks whose scales are below 2.
func matrixOf(f kernel.Format, d draws, elements []float32, rows, columns int) *kernel.Matrix {
	if f == kernel.BFloat16 {
		return encoded(f, elements, rows, columns)
	}
	if f.Encodes() {
		for i, x := range elements {
			if x-x != 0 {
				elements[i] = 1 // what is read from a file is finite
			}
		}
		return encoded(f, elements, rows, columns)
	}
	data := make([]byte, f.Bytes(rows, columns))
	for i := range data {
		data[i] = byte(d.below(256))
	}
	for size, block := f.Bytes(1, 1), 0; block < len(data); block += size {
		for _, at := range halves[f] {
			data[block+at+1] &^= 0x40
		}
	}
	return kernel.NewMatrix(f, data, rows, columns)
}

// encoded is a matrix of a format.
func encoded(f kernel.Format, values []float32, rows, columns int) *kernel.Matrix {
	data := make([]byte, f.Bytes(rows, columns))
	kernel.Best().Encode(f, data, values, rows, columns)
	return kernel.NewMatrix(f, data, rows, columns)
}

// The hashes were written once and hold for every level, compiler and
// architecture: a change of any bit is a change of the trainer's numerics.
func TestEveryLevelComputesTheGoldenBits(t *testing.T) {
	golden := filepath.Join("testdata", "bits.txt")
	want := readHashes(t, golden)
	var lines strings.Builder
	for _, e := range exercises {
		t.Run(e.name, func(t *testing.T) {
			for _, k := range kernel.All() {
				got := exercise(k, e.run)
				if *update && k.Name() == "portable" {
					want[e.name] = got
					fmt.Fprintln(&lines, e.name, got)
				}
				if got != want[e.name] {
					t.Errorf("%s: the bits of %s hash to %s, want %s", k.Name(), e.name, got, want[e.name])
				}
			}
		})
	}
	if *update {
		if err := os.WriteFile(golden, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// exercise hashes 200 rounds, every other one on strange inputs.
func exercise(k *kernel.Set, run func(*kernel.Set, draws, bits, func(int, float32) []float32)) string {
	h := bits{sha256.New()}
	for round := range uint64(200) {
		d := newDraws(round)
		run(k, d, h, func(n int, scale float32) []float32 {
			x := d.floats(n, scale)
			if round%2 == 1 {
				x = d.strange(x)
			}
			return x
		})
	}
	return hex.EncodeToString(h.Sum(nil))
}

func readHashes(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, hash, _ := strings.Cut(strings.TrimSpace(line), " ")
		hashes[name] = hash
	}
	return hashes
}
