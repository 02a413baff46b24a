package kernel

/*
#include "kernels.h"
static const float normals[16] = NORMAL_FLOATS;
static float normal_float(int i) { return normals[i]; }
*/
import "C"

import (
	"encoding/binary"
	"math"
)

// Products stand in conversions, which keep the compiler from fusing them into sums, so
// that blocks have the same bits on every machine.

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

var normalFloats = func() (all [16]float32) {
	for i := range all {
		all[i] = float32(C.normal_float(C.int(i)))
	}
	return all
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
