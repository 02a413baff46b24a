package tensorfile

import "encoding/binary"

// The formats of ggml with blocks of 256 elements, whose parts have scales of
// their own: numbers of few bits, times one half-precision number. Products
// stand in conversions, which keep the compiler from fusing them into sums.

// decodeQ2_K reads a block of 16 parts: a byte for each with its scale below and
// its minimum above, 2 bits an element, and the half-precision units of scales
// and minima. Byte i of a run of 32 has the elements i, i+32, i+64 and i+96.
func decodeQ2_K(dst []float32, b []byte) {
	unit, lowUnit := half(b[80:]), half(b[82:])
	for part, packed := range b[:16] {
		scale, low := unit*float32(packed&15), lowUnit*float32(packed>>4)
		bits, shift := b[16+part/8*32+part%2*16:], part%8/2*2
		for i, q := range bits[:16] {
			dst[part*16+i] = float32(scale*float32(q>>shift&3)) - low
		}
	}
}

// decodeQ3_K reads a block of 16 parts: the third bits, of which bit k of byte i
// belongs to element 32k + i; 2 bits an element as in Q2_K; 6 bits for each
// part's scale; and the scales' half-precision unit. An element without its
// third bit is four less.
func decodeQ3_K(dst []float32, b []byte) {
	third, scales, unit := b[:32], b[96:108], half(b[108:])
	for part := range 16 {
		six := int(scales[part%8]>>(part/8*4)&15 | scales[8+part%4]>>(part/4*2)&3<<4)
		scale := unit * float32(six-32)
		bits, shift := b[32+part/8*32+part%2*16:], part%8/2*2
		for i, q := range bits[:16] {
			x := int(q>>shift&3) + int(third[part%2*16+i]>>(part/2)&1)*4 - 4
			dst[part*16+i] = scale * float32(x)
		}
	}
}

// scaleAndLow unpacks the scale and the minimum, of 6 bits each, of one of the 8
// parts of a block of Q4_K or Q5_K. Those of the last four parts have their
// upper two bits above those of the first.
func scaleAndLow(packed []byte, part int) (scale, low byte) {
	if part < 4 {
		return packed[part] & 63, packed[part+4] & 63
	}
	both := packed[part+4]
	return both&15 | packed[part-4]>>6<<4, both>>4 | packed[part]>>6<<4
}

// decodeQ4_K reads a block of 8 parts: the half-precision units of scales and
// minima, these in 12 bytes, and 4 bits an element. Byte i of a run of 32 has
// the elements i and i+32.
func decodeQ4_K(dst []float32, b []byte) {
	unit, lowUnit := half(b), half(b[2:])
	for part := range 8 {
		s, l := scaleAndLow(b[4:16], part)
		scale, low := unit*float32(s), lowUnit*float32(l)
		bits, shift := b[16+part/2*32:], part%2*4
		for i, q := range bits[:32] {
			dst[part*32+i] = float32(scale*float32(q>>shift&15)) - low
		}
	}
}

// decodeQ5_K reads a block as Q4_K has it, with the fifth bits between the
// scales and the lower four: bit k of byte i belongs to element 32k + i.
func decodeQ5_K(dst []float32, b []byte) {
	unit, lowUnit, fifth := half(b), half(b[2:]), b[16:48]
	for part := range 8 {
		s, l := scaleAndLow(b[4:16], part)
		scale, low := unit*float32(s), lowUnit*float32(l)
		bits, shift := b[48+part/2*32:], part%2*4
		for i, q := range bits[:32] {
			x := q>>shift&15 | fifth[i]>>part&1<<4
			dst[part*32+i] = float32(scale*float32(x)) - low
		}
	}
}

// decodeQ6_K reads a block of 16 parts: the lower 4 bits of the elements, the
// upper 2 bits, a signed byte for each part's scale, and the scales'
// half-precision unit. In each half of the block byte i of 64 has the lower bits
// of elements i and i+64, and byte i of 32 the upper bits of i, i+32, i+64 and
// i+96.
func decodeQ6_K(dst []float32, b []byte) {
	scales, unit := b[192:208], half(b[208:])
	for part := range 16 {
		scale := unit * float32(int8(scales[part]))
		within := part % 8 * 16 // the half of 128 elements
		low, lowShift := b[part/8*64+within%64:], within/64*4
		high, highShift := b[128+part/8*32+within%32:], within/32*2
		for i := range 16 {
			x := int(low[i]>>lowShift&15 | high[i]>>highShift&3<<4)
			dst[part*16+i] = scale * float32(x-32)
		}
	}
}

// decodeIQ4_XS reads a block of 8 parts: the scales' half-precision unit, the
// upper 2 bits of the parts' scales, their lower 4, and 4 bits an element as in
// IQ4_NL.
func decodeIQ4_XS(dst []float32, b []byte) {
	unit, high := half(b), binary.LittleEndian.Uint16(b[2:])
	for part := range 8 {
		six := int(b[4+part/2]>>(part%2*4)&15) | int(high>>(2*part)&3)<<4
		scale := unit * float32(six-32)
		bits := b[8+part*16:]
		for i, pair := range bits[:16] {
			dst[part*32+i] = scale * steps[pair&15]
			dst[part*32+i+16] = scale * steps[pair>>4]
		}
	}
}
