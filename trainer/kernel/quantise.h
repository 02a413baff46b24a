// quantise.h: rows of float32 into the formats that are written. One rounding an
// operation, and sums in one order, so that every machine writes the same bits.

static void encode_float32(idx columns, const float *x, uint8_t *to) { memcpy(to, x, columns * sizeof *x); }

static void encode_bfloat16(idx columns, const float *x, uint8_t *to) {
	for (idx k = 0; k < columns; k += 16) {
		uint32_t t[16];
		store((float *)t, rounded(load_n(x + k, least(16, columns - k), 0)));
		for (idx i = 0; i < least(16, columns - k); i++) {
			to[2 * (k + i)] = (uint8_t)(t[i] >> 16);
			to[2 * (k + i) + 1] = (uint8_t)(t[i] >> 24);
		}
	}
}

// x rounded to half precision, ties to even; the largest finite number for what is
// beyond it.
INLINE v16 half_of(v16 x) {
	const v16 most = all(65504), normal = all(0x1p-14f), magic = all(0.75f); // adding it leaves multiples of 2^-24
	v16 size = magnitude(x), even = size, h = sub(add(size, magic), magic);
	EACH even.v[i] = (vf)(((vu)size.v[i] + 0xfff + ((vu)size.v[i] >> 13 & 1)) & ~((vu){0} + 0x1fff));
	return signed_as(pick_below(size, most, pick_below(size, normal, h, even), most), x);
}

// Writes a number that half precision has.
INLINE void put_half(uint8_t *to, float x) {
	union { float number; uint32_t bits; } u = {x};
	uint32_t size = u.bits & 0x7fffffff, h = size >> 13;
	if (size >= 0x38800000) h -= 112 << 10;
	else h = (uint32_t)(fabsf(x) * 0x1p24f); // a subnormal one
	h |= u.bits >> 16 & 0x8000;
	to[0] = (uint8_t)h;
	to[1] = (uint8_t)(h >> 8);
}

INLINE float half_float(float x) {
	float t[16];
	store(t, half_of(all(x)));
	return t[0];
}

// What elements are divided by, so that they are zero in units of a scale that is zero.
INLINE v16 unit_of(v16 scale) {
	const v16 infinity = all(INFINITY);
	EACH scale.v[i] = vf_pick((vi)(scale.v[i] == (vf){0}), infinity.v[i], scale.v[i]);
	return scale;
}

// The integers from low to high that are nearest to x in units, ties to even.
INLINE v16 nearest(v16 x, v16 unit, float low, float high) {
	const v16 magic = all(0x1.8p23f); // adding it leaves the nearest integer
	v16 q = quo(x, unit), least = all(low), most = all(high);
	q = pick_below(q, most, pick_below(q, least, least, q), most);
	return sub(add(q, magic), magic);
}

// The largest size of n elements, a multiple of 16.
INLINE float largest(idx n, const float *x) {
	v16 most = magnitude(load(x));
	for (idx i = 16; i < n; i += 16) most = larger(magnitude(load(x + i)), most);
	return top(most);
}

INLINE i16 integers_of(v16 x) { i16 r; EACH r.v[i] = __builtin_convertvector(x.v[i], vi); return r; }

INLINE void put_bytes(uint8_t *to, i16 x) { EACH ((any_signed *)to)[i] = __builtin_convertvector(x.v[i], any_signed); }

// A scale and 32 signed bytes.
INLINE void block_q8_0(const float *x, uint8_t *to) {
	float scale = half_float(largest(32, x) / 127);
	v16 unit = unit_of(all(scale));
	put_half(to, scale);
	for (idx i = 0; i < 32; i += 16) put_bytes(to + 2 + i, integers_of(nearest(load(x + i), unit, -127, 127)));
}

// Four bits an element, of two vectors.
INLINE void put_nibbles(uint8_t *to, i16 low, i16 high) { put_bytes(to, plus(low, shifted(high, 4))); }

// A scale and 32 integers from -8 to 7. Of some scales around that which takes the
// largest element to -8 or to 7 it is the one that is nearest in the sum of squares. A
// lane has a scale, so a sum is one chain over the elements.
INLINE void block_q4_0(const float *x, uint8_t *to) {
	static const float divisors[16] = {-8.75f, -8.5f, -8.25f, -8, -7.75f, -7.5f, -7.25f, -7, -6.75f, 7.5f, 7.25f, 7, 6.75f,
		6.75f, 6.75f, 6.75f}; // the last of which thrice more, which is never better
	float size = largest(32, x), first = 0;
	for (int i = 0; i < 32 && size > 0; i++)
		if (fabsf(x[i]) == size) {
			first = x[i];
			break;
		}

	// Of the integers that a scale gives, the scale that is nearest in the sum of squares.
	v16 scale = half_of(quo(all(first), load(divisors))), unit = unit_of(scale), xq = all(0), qq = all(0);
	for (int i = 0; i < 32; i++) {
		v16 v = all(x[i]), q = nearest(v, unit, -8, 7);
		xq = add(xq, mul(v, q));
		qq = add(qq, mul(q, q));
	}
	v16 refined = half_of(quo(xq, qq));
	EACH scale.v[i] = vf_pick((vi)(qq.v[i] == (vf){0}), scale.v[i], refined.v[i]);

	v16 missed = all(0);
	unit = unit_of(scale);
	for (int i = 0; i < 32; i++) {
		v16 v = all(x[i]), miss = sub(v, mul(scale, nearest(v, unit, -8, 7)));
		missed = add(missed, mul(miss, miss));
	}
	float scales[16], squares[16], best = 0, fewest = INFINITY;
	store(scales, scale);
	store(squares, missed);
	for (int i = 0; i < 16; i++)
		if (squares[i] < fewest) best = scales[i], fewest = squares[i];

	const v16 eight = all(8);
	unit = unit_of(all(best));
	put_half(to, best);
	put_nibbles(to + 2, integers_of(add(nearest(load(x), unit, -8, 7), eight)), integers_of(add(nearest(load(x + 16), unit, -8, 7), eight)));
}

// Which of the 16 numbers is nearest to x at a scale, the lower of two: so many have x
// nearer to the next one.
INLINE i16 normal_float(v16 x, v16 scale) {
	static const float numbers[16] = NORMAL_FLOATS;
	i16 r = {{{0}}};
	x = quo(x, scale);
	UNROLL for (int j = 0; j < 15; j++) {
		v16 below = sub(x, all(numbers[j])), above = sub(all(numbers[j + 1]), x);
		EACH r.v[i] += ~(vi)(below.v[i] <= above.v[i]);
	}
	EACH r.v[i] = -r.v[i];
	return r;
}

// A scale and 64 of the 16 numbers.
INLINE void block_nf4(const float *x, uint8_t *to) {
	float scale = half_float(largest(64, x));
	put_half(to, scale);
	if (scale == 0) {
		memset(to + 2, 0x77, 32); // zeros
		return;
	}
	for (idx i = 0; i < 32; i += 16)
		put_nibbles(to + 2 + i, normal_float(load(x + 2 * i), all(scale)), normal_float(load(x + 2 * i + 16), all(scale)));
}

// A row in blocks of so many elements and bytes, the last filled up with zeros.
#define ENCODER(name, count, size) \
static void encode_##name(idx columns, const float *x, uint8_t *to) { \
	for (; columns >= count; columns -= count, x += count, to += size) block_##name(x, to); \
	if (columns == 0) return; \
	float last[count] = {0}; \
	memcpy(last, x, columns * sizeof *x); \
	block_##name(last, to); \
}
ENCODER(q8_0, 32, 34)
ENCODER(q4_0, 32, 18)
ENCODER(nf4, 64, 34)
