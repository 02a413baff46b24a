package kernel_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"testing"
	"time"

	"sweep/trainer/kernel"
)

// What Encode writes is held to the bits of these, which go element by element. Products
// stand in conversions, which keep the compiler from fusing them into sums.
var references = map[kernel.Format]struct {
	elements, bytes int
	encode          func(to []byte, from []float32)
}{
	kernel.Q8_0: {32, 34, encodeQ8_0},
	kernel.Q4_0: {32, 18, encodeQ4_0},
	kernel.NF4:  {64, 34, encodeNF4},
}

func TestBlocksAreThoseOfTheReference(t *testing.T) {
	d := newDraws(5)
	ties := d.floats(260, 1)
	for i, x := range ties {
		ties[i] = float32(math.Round(float64(16*x))) / 2
	}
	rows := map[string][]float32{"zeros": make([]float32, 260), "ties": ties}
	for _, scale := range []float32{0x1p-140, 1e-9, 1e-7, 1e-6, 1e-5, 1e-3, 1, 1e4, 1e6, 1e30} {
		rows[fmt.Sprint("up to ", scale)] = d.floats(260, scale)
	}
	for round := range 200 {
		strange := d.strange(d.floats(260, 1))
		for i, x := range strange {
			if x-x != 0 {
				strange[i] = 1
			}
		}
		rows[fmt.Sprint("strange ", round)] = strange
		rows[fmt.Sprint("round ", round)] = d.floats(260, 1)
	}
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		for f, r := range references {
			for what, x := range rows {
				for _, columns := range []int{256, 260, 3} {
					blocks := (columns + r.elements - 1) / r.elements
					want, got := make([]byte, blocks*r.bytes), make([]byte, blocks*r.bytes)
					padded := make([]float32, blocks*r.elements)
					copy(padded, x[:columns])
					r.encode(want, padded)
					k.Encode(f, got, x[:columns], 1, columns)
					if !bytes.Equal(got, want) {
						t.Fatalf("%s, %s, %d columns: %v\nbecame %x,\nwant   %x", f, what, columns, x[:columns], got, want)
					}
				}
			}
		}
	})
}

// encodeQ8_0 writes blocks of a scale and 32 signed bytes.
func encodeQ8_0(to []byte, from []float32) {
	for ; len(from) > 0; from, to = from[32:], to[34:] {
		scale := putHalf(to, largest(from[:32])/127)
		for i, x := range from[:32] {
			to[2+i] = byte(int8(nearest(x, scale, -127, 127)))
		}
	}
}

// encodeQ4_0 writes blocks of a scale and 32 integers from -8 to 7. Of some scales around
// that which takes the largest element to -8 or to 7 it takes the one that is nearest in
// the sum of squares.
func encodeQ4_0(to []byte, from []float32) {
	for ; len(from) > 0; from, to = from[32:], to[18:] {
		x := from[:32]
		best, least := float32(0), float32(math.Inf(1))
		top := signedLargest(x)
		for _, divisor := range [...]float32{-8.75, -8.5, -8.25, -8, -7.75, -7.5, -7.25, -7, -6.75, 7.5, 7.25, 7, 6.75} {
			scale := refined(x, half(top/divisor))
			if e := squaresQ4_0(x, scale); e < least {
				best, least = scale, e
			}
		}
		scale := putHalf(to, best)
		for i := range 16 {
			to[2+i] = byte(nearest(x[i], scale, -8, 7)+8) | byte(nearest(x[i+16], scale, -8, 7)+8)<<4
		}
	}
}

// refined is the scale that is nearest in the sum of squares for the integers that a scale
// gives, in half precision.
func refined(x []float32, scale float32) float32 {
	xq, qq := float32(0), float32(0)
	for _, v := range x {
		q := float32(nearest(v, scale, -8, 7))
		xq += float32(v * q)
		qq += float32(q * q)
	}
	if qq == 0 {
		return scale
	}
	return half(xq / qq)
}

// squaresQ4_0 is the sum of the squares by which elements miss what a scale gives.
func squaresQ4_0(x []float32, scale float32) float32 {
	sum := float32(0)
	for _, v := range x {
		miss := v - float32(scale*float32(nearest(v, scale, -8, 7)))
		sum += float32(miss * miss)
	}
	return sum
}

// encodeNF4 writes blocks of a scale and 64 of the 16 numbers.
func encodeNF4(to []byte, from []float32) {
	for ; len(from) > 0; from, to = from[64:], to[34:] {
		scale := putHalf(to, largest(from[:64]))
		for part := range 2 {
			for i := range 16 {
				x, bytes := from[32*part:], to[2+16*part:]
				bytes[i] = normalFloat(x[i], scale) | normalFloat(x[i+16], scale)<<4
			}
		}
	}
}

// normalFloats are the numbers of a block whose scale is 1.
var normalFloats = func() []float32 {
	block := make([]byte, 34)
	binary.LittleEndian.PutUint16(block, 0x3c00)
	for i := range 16 {
		block[2+i] = byte(i)
	}
	all := make([]float32, 64)
	kernel.Best().Row(kernel.NewMatrix(kernel.NF4, block, 1, 64), 0, all)
	return all[:16]
}()

// normalFloat chooses the number that x is nearest to at a scale, the lower of two.
func normalFloat(x, scale float32) byte {
	if scale == 0 {
		return 7 // which is zero
	}
	x /= scale
	for i := range normalFloats[:15] {
		if x-normalFloats[i] <= normalFloats[i+1]-x {
			return byte(i)
		}
	}
	return 15
}

// nearest is x in units of scale, an integer from low to high, ties to even.
func nearest(x, scale, low, high float32) int {
	if scale == 0 {
		return 0
	}
	return int(min(max(float32(math.RoundToEven(float64(x/scale))), low), high))
}

// largest is the largest size of an element.
func largest(x []float32) float32 {
	top := signedLargest(x)
	return max(top, -top)
}

// signedLargest is the element of the largest size, the first of several.
func signedLargest(x []float32) float32 {
	top := float32(0)
	for _, v := range x {
		if max(v, -v) > max(top, -top) {
			top = v
		}
	}
	return top
}

// putHalf writes x in half precision, and returns what it then is.
func putHalf(to []byte, x float32) float32 {
	binary.LittleEndian.PutUint16(to, halfBits(x))
	return half(x)
}

// half is x rounded to half precision, the largest finite number for what is beyond it.
func half(x float32) float32 {
	h := halfBits(x)
	sign, size := uint32(h>>15)<<31, uint32(h&0x7fff)
	return math.Float32frombits(math.Float32bits(math.Float32frombits(size<<13)*0x1p112) | sign)
}

// halfBits rounds a finite number to half precision, ties to even, the largest one for what
// is beyond it.
func halfBits(x float32) uint16 {
	bits := math.Float32bits(x)
	sign, size := uint16(bits>>16)&0x8000, math.Float32frombits(bits&0x7fffffff)
	switch {
	case size >= 65504:
		return sign | 0x7bff
	case size < 0x1p-14: // subnormal: a multiple of 2^-24
		return sign | uint16(math.RoundToEven(float64(size)*0x1p24))
	}
	return sign | uint16((bits&0x7fffffff+0xfff+bits>>13&1)>>13-112<<10)
}

// Elements a second, as a multiple of those of the reference.
func BenchmarkEncode(b *testing.B) {
	x := newDraws(6).floats(1<<16, 1)
	for f, r := range references {
		b.Run(f.String(), func(b *testing.B) {
			to := make([]byte, f.Bytes(1, len(x)))
			k := kernel.Best()
			began := time.Now()
			for range b.N {
				r.encode(to, x)
			}
			slow := time.Since(began)
			b.ResetTimer()
			for range b.N {
				k.Encode(f, to, x, 1, len(x))
			}
			b.ReportMetric(slow.Seconds()/b.Elapsed().Seconds(), "x-reference")
		})
	}
}
