package tensorfile

import (
	"encoding/binary"
	"fmt"
	"math"
)

// format is how a tensor's elements are stored: blocks of a fixed number of
// elements in a fixed number of bytes.
type format struct {
	name     string
	elements int // a block
	bytes    int // a block
	decode   func(dst []float32, block []byte)
}

// The formats of single numbers.
var (
	formatF32  = format{"F32", 1, 4, decodeF32}
	formatF16  = format{"F16", 1, 2, decodeF16}
	formatBF16 = format{"BF16", 1, 2, decodeBF16}
)

// safetensorsFormat returns the format of a dtype of safetensors.
func safetensorsFormat(dtype string) (format, error) {
	for _, f := range []format{formatF32, formatF16, formatBF16} {
		if f.name == dtype {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("is stored as %.40q, but only F32, F16 and BF16 are read; save the model in one of them", dtype)
}

func decodeF32(dst []float32, b []byte) {
	dst[0] = math.Float32frombits(binary.LittleEndian.Uint32(b))
}

func decodeF16(dst []float32, b []byte) { dst[0] = half(b) }

func decodeBF16(dst []float32, b []byte) {
	dst[0] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}

// half reads a binary16 number.
func half(b []byte) float32 { return halfToFloat(binary.LittleEndian.Uint16(b)) }

// halfToFloat converts an IEEE 754 binary16 exactly.
func halfToFloat(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent, fraction := uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero and subnormals
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31: // infinities and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// floatToHalf rounds a finite float32 to an IEEE 754 binary16, ties to even. What is too
// large becomes an infinity.
func floatToHalf(x float32) uint16 {
	bits := math.Float32bits(x)
	sign, size := uint16(bits>>16)&0x8000, math.Float32frombits(bits&0x7fffffff)
	switch {
	case size >= 65520: // halfway between the largest number and the next power of two
		return sign | 31<<10
	case size < 0x1p-14: // subnormal: a multiple of 2^-24
		return sign | uint16(math.RoundToEven(float64(size)*0x1p24))
	}
	rounded := bits&0x7fffffff + 0xfff + bits>>13&1
	return sign | uint16(rounded>>13-112<<10)
}

// floatToBF16 rounds a finite float32 to bfloat16, ties to even.
func floatToBF16(x float32) uint16 {
	bits := math.Float32bits(x)
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
