package tensorfile

import (
	"encoding/binary"
	"math"
)

// The formats of ggml with blocks of 32 elements. Two nibbles share a byte: the
// low ones are elements 0..15, the high ones 16..31. Products stand in
// conversions, which keep the compiler from fusing them into sums.

// decodeQ4_0 reads a block of a half-precision scale and 4 bits an element.
func decodeQ4_0(dst []float32, b []byte) {
	scale := half(b)
	for i, pair := range b[2:18] {
		dst[i] = scale * float32(int(pair&15)-8)
		dst[i+16] = scale * float32(int(pair>>4)-8)
	}
}

// decodeQ4_1 reads a block of a half-precision scale, a half-precision minimum
// and 4 bits an element.
func decodeQ4_1(dst []float32, b []byte) {
	scale, low := half(b), half(b[2:])
	for i, pair := range b[4:20] {
		dst[i] = float32(scale*float32(pair&15)) + low
		dst[i+16] = float32(scale*float32(pair>>4)) + low
	}
}

// decodeQ5_0 reads a block of a half-precision scale, the fifth bits and 4 bits
// an element.
func decodeQ5_0(dst []float32, b []byte) {
	scale, fifth := half(b), binary.LittleEndian.Uint32(b[2:])
	for i, pair := range b[6:22] {
		dst[i] = scale * float32(int(uint32(pair&15)|fifth>>i&1<<4)-16)
		dst[i+16] = scale * float32(int(uint32(pair>>4)|fifth>>(i+16)&1<<4)-16)
	}
}

// decodeQ5_1 reads a block of a half-precision scale, a half-precision minimum,
// the fifth bits and 4 bits an element.
func decodeQ5_1(dst []float32, b []byte) {
	scale, low, fifth := half(b), half(b[2:]), binary.LittleEndian.Uint32(b[4:])
	for i, pair := range b[8:24] {
		dst[i] = float32(scale*float32(uint32(pair&15)|fifth>>i&1<<4)) + low
		dst[i+16] = float32(scale*float32(uint32(pair>>4)|fifth>>(i+16)&1<<4)) + low
	}
}

// decodeQ8_0 reads a block of a half-precision scale and 32 signed bytes.
func decodeQ8_0(dst []float32, b []byte) {
	scale := half(b)
	for i, q := range b[2:34] {
		dst[i] = scale * float32(int8(q))
	}
}

// steps are the 16 values that an element of IQ4_NL and IQ4_XS may have, in
// units of the block's scale.
var steps = [16]float32{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113}

// decodeIQ4_NL reads a block of a half-precision scale and 4 bits an element,
// which choose one of steps.
func decodeIQ4_NL(dst []float32, b []byte) {
	scale := half(b)
	for i, pair := range b[2:18] {
		dst[i] = scale * steps[pair&15]
		dst[i+16] = scale * steps[pair>>4]
	}
}

// doubledE2M1 are the numbers of four bits with two of exponent and one of
// fraction (OCP Microscaling Formats 1.0, section 5.3.3), times two. As in ggml,
// minus zero is zero.
var doubledE2M1 = [16]float32{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12}

// decodeMXFP4 reads a block of an exponent, whose power of two is the scale, and
// 4 bits an element.
func decodeMXFP4(dst []float32, b []byte) {
	scale := float32(math.Ldexp(1, int(b[0])-128)) // half of 2^(b[0] - 127), for the doubled numbers
	for i, pair := range b[1:17] {
		dst[i] = scale * doubledE2M1[pair&15]
		dst[i+16] = scale * doubledE2M1[pair>>4]
	}
}
