package kernel_test

import (
	"fmt"
	"math"
	"testing"

	"sweep/trainer/kernel"
)

// product is add (or nothing) plus A(m,k) = a[m*am + k*ak] times
// B(k,n) = b[k*bk + n*bn], in rows of n.
func product(m, n, k int, a []float64, am, ak int, b []float64, bk, bn int, add []float64) []float64 {
	c := make([]float64, m*n)
	copy(c, add)
	for i := range m {
		for j := range n {
			for x := range k {
				c[i*n+j] += a[i*am+x*ak] * b[x*bk+j*bn]
			}
		}
	}
	return c
}

var shapes = [][3]int{ // M, N, K
	{1, 1, 1}, {1, 16, 1}, {7, 8, 5}, {8, 9, 33}, {6, 17, 64}, {5, 31, 7}, {9, 40, 3}, {13, 48, 70}, {3, 100, 1030}, {20, 8, 2050}, {17, 65, 1},
}

func TestProductsAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		d := newDraws(1)
		for _, s := range shapes {
			M, N, K := s[0], s[1], s[2]
			t.Run(fmt.Sprintf("%dx%dx%d", M, N, K), func(t *testing.T) {
				a, b, c := d.floats(M*K, 1), d.floats(K*N, 1), d.floats(M*N, 1)
				want := product(M, N, K, wide(a), K, 1, wide(b), N, 1, nil)
				added := product(M, N, K, wide(a), K, 1, wide(b), N, 1, wide(c))

				sum := append([]float32(nil), c...)
				k.Gemm(M, N, K, a, K, 1, b, N, sum, N, true)
				agree(t, "Gemm adding", sum, added, 1e-5)
				k.Gemm(M, N, K, a, K, 1, b, N, c, N, false)
				agree(t, "Gemm", c, want, 1e-5)
				scratch := kernel.Alloc(k.Scratch(kernel.Float32, M, K, N))
				k.Mul(c, N, a, K, M, kernel.Float32Matrix(b, K, N), false, scratch)
				agree(t, "Mul", c, want, 1e-5)
				k.MulT(c, N, a, K, M, kernel.Float32Matrix(transpose(b, K, N), N, K), false, kernel.Alloc(k.Scratch(kernel.Float32, M, N, K)))
				agree(t, "MulT", c, want, 1e-5)

				want = product(M, N, K, wide(a), 1, M, wide(b), 1, K, nil)
				k.Gemm(M, N, K, a, 1, M, transpose(b, N, K), N, c, N, false)
				agree(t, "Gemm of a transpose", c, want, 1e-5)
			})
		}
	})
}

// Products by formats other than float32 are held to those in float64 of what they
// multiply: the matrix as Row gives it and A, both rounded to bfloat16.
func TestProductsByRoundedMatricesAreThoseOfFloat64(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		for _, f := range kernel.Formats()[1:] {
			d := newDraws(2)
			for _, s := range append(shapes, [3]int{600, 40, 70}) {
				M, rows, columns := s[0], s[1], s[2]
				t.Run(fmt.Sprintf("%s-%dx%dx%d", f, M, rows, columns), func(t *testing.T) {
					w := matrixOf(f, d, d.floats(rows*columns, 1), rows, columns)
					decoded := make([]float32, rows*columns)
					for i := range rows {
						k.Row(w, i, decoded[i*columns:])
					}
					scratch := kernel.Alloc(k.Scratch(f, M, rows, columns))
					a, c := d.floats(M*rows, 1), d.floats(M*columns, 1)
					want := product(M, columns, rows, toBFloat16(a), rows, 1, toBFloat16(decoded), columns, 1, wide(c))
					k.Mul(c, columns, a, rows, M, w, true, scratch)
					agree(t, "Mul", c, want, 1e-5)
					a, c = d.floats(M*columns, 1), d.floats(M*rows, 1)
					want = product(M, rows, columns, toBFloat16(a), columns, 1, toBFloat16(decoded), 1, columns, nil)
					k.MulT(c, rows, a, columns, M, w, false, scratch)
					agree(t, "MulT", c, want, 1e-5)
				})
			}
		}
	})
}

// toBFloat16 rounds by way of the distance to the neighbours in bfloat16.
func toBFloat16(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		below := math.Float32frombits(math.Float32bits(v) &^ 0xffff)
		above := math.Float32frombits(math.Float32bits(v)&^0xffff + 0x10000)
		down, up := math.Abs(float64(v)-float64(below)), math.Abs(float64(above)-float64(v))
		switch even := math.Float32bits(below)&0x10000 == 0; {
		case math.Abs(float64(v)) < 0x1p-55:
		case down < up || down == up && even:
			y[i] = float64(below)
		default:
			y[i] = float64(above)
		}
	}
	return y
}

// transpose of x [rows][columns].
func transpose(x []float32, rows, columns int) []float32 {
	y := make([]float32, len(x))
	for i := range rows {
		for j := range columns {
			y[j*rows+i] = x[i*columns+j]
		}
	}
	return y
}
