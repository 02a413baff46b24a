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

// safetensorsFormat returns the format of a dtype of safetensors.
func safetensorsFormat(dtype string) (format, error) {
	switch dtype {
	case "F32":
		return format{"F32", 1, 4, decodeF32}, nil
	case "F16":
		return format{"F16", 1, 2, decodeF16}, nil
	case "BF16":
		return format{"BF16", 1, 2, decodeBF16}, nil
	}
	return format{}, fmt.Errorf("is stored as %.40q, but only F32, F16 and BF16 are read; save the model in one of them", dtype)
}

// ggufFormat returns the format of a tensor type of ggml's numbering.
func ggufFormat(kind uint32) (format, error) {
	switch kind {
	case 0:
		return format{"F32", 1, 4, decodeF32}, nil
	case 1:
		return format{"F16", 1, 2, decodeF16}, nil
	case 3:
		return format{"Q4_1", 32, 20, decodeQ4_1}, nil
	case 8:
		return format{"Q8_0", 32, 34, decodeQ8_0}, nil
	case 30:
		return format{"BF16", 1, 2, decodeBF16}, nil
	}
	return format{}, fmt.Errorf("is stored as %s, but only F32, F16, BF16, Q8_0 and Q4_1 are read; quantise the model to one of them", ggufFormatName(kind))
}

// ggufFormatName names the tensor types of ggml that people meet.
func ggufFormatName(kind uint32) string {
	names := map[uint32]string{
		2: "Q4_0", 6: "Q5_0", 7: "Q5_1", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K",
		16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS",
		24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
	}
	if name, ok := names[kind]; ok {
		return name
	}
	return fmt.Sprintf("ggml type %d", kind)
}

func decodeF32(dst []float32, b []byte) {
	dst[0] = math.Float32frombits(binary.LittleEndian.Uint32(b))
}

func decodeF16(dst []float32, b []byte) {
	dst[0] = halfToFloat(binary.LittleEndian.Uint16(b))
}

func decodeBF16(dst []float32, b []byte) {
	dst[0] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
}

// decodeQ8_0 reads a block of a half-precision scale and 32 signed bytes.
func decodeQ8_0(dst []float32, b []byte) {
	scale := halfToFloat(binary.LittleEndian.Uint16(b))
	for i := range 32 {
		dst[i] = scale * float32(int8(b[2+i]))
	}
}

// decodeQ4_1 reads a block of a half-precision scale, a half-precision minimum
// and 16 bytes, whose low nibbles are elements 0..15 and high nibbles 16..31.
func decodeQ4_1(dst []float32, b []byte) {
	scale := halfToFloat(binary.LittleEndian.Uint16(b))
	low := halfToFloat(binary.LittleEndian.Uint16(b[2:]))
	for i, pair := range b[4:20] {
		dst[i] = float32(scale*float32(pair&15)) + low
		dst[i+16] = float32(scale*float32(pair>>4)) + low
	}
}

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

// floatToBF16 rounds a finite float32 to bfloat16, ties to even.
func floatToBF16(x float32) uint16 {
	bits := math.Float32bits(x)
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}
