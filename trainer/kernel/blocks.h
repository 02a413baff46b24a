// blocks.h: matrices in blocks of few bits, those of GGUF files among them (see
// package tensorfile, whose decoders give the same bits), over rounded.h. Their
// elements are decoded to float32 and rounded to bfloat16 as a slab is laid out, once
// for ROUNDED_ROWS rows of A; never is more of a matrix decoded than a slab.
//
// A row is read in groups of 32 elements, of which a block has one or more.
typedef uint8_t any_bytes __attribute__((vector_size(WIDTH), aligned(1), may_alias));
typedef int8_t any_signed __attribute__((vector_size(WIDTH), aligned(1), may_alias));
typedef struct { vi v[PARTS]; } i16;

// 16 bytes as integers.
INLINE i16 unsigned_at(const uint8_t *p) { i16 r; EACH r.v[i] = __builtin_convertvector(((const any_bytes *)p)[i], vi); return r; }
INLINE i16 signed_at(const uint8_t *p) { i16 r; EACH r.v[i] = __builtin_convertvector(((const any_signed *)p)[i], vi); return r; }

INLINE i16 bits_of(i16 x, int shift, int mask) { EACH x.v[i] = (vi)((vu)x.v[i] >> shift) & mask; return x; }
INLINE i16 plus(i16 x, i16 y) { EACH x.v[i] += y.v[i]; return x; }
INLINE i16 shifted(i16 x, int left) { EACH x.v[i] <<= left; return x; }
INLINE i16 less(i16 x, int y) { EACH x.v[i] -= y; return x; }
INLINE v16 floats_of(i16 x) { v16 r; EACH r.v[i] = __builtin_convertvector(x.v[i], vf); return r; }

// Bit j of bits in lane j.
INLINE i16 lanes_of(uint32_t bits) {
	static const int32_t place[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	i16 r;
	EACH r.v[i] = (vi)(((vu){0} + bits) >> (vu)((const vi *)place)[i]) & 1;
	return r;
}

// A half-precision number.
INLINE float half_at(const uint8_t *p) {
	uint32_t h = p[0] | (uint32_t)p[1] << 8, bits = (h & 0x7fff) << 13;
	union { uint32_t bits; float number; } x = {bits};
	x.number *= 0x1p112f; // exact, of subnormal numbers as well
	if ((h & 0x7c00) == 0x7c00) x.bits = bits | 0x7f800000;
	x.bits |= (h & 0x8000) << 16;
	return x.number;
}

INLINE uint32_t word_of(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }

INLINE v16 scaled(float scale, i16 q) { return mul(all(scale), floats_of(q)); }
INLINE v16 scaled_above(float scale, i16 q, float low) { return add(scaled(scale, q), all(low)); }
INLINE v16 scaled_over(float scale, i16 q, float low) { return sub(scaled(scale, q), all(low)); }

typedef struct { v16 low, high; } group;

INLINE group group_q8_0(const uint8_t *row, idx g) {
	const uint8_t *b = row + 34 * g;
	float d = half_at(b);
	return (group){scaled(d, signed_at(b + 2)), scaled(d, signed_at(b + 18))};
}

INLINE group group_q4_0(const uint8_t *row, idx g) {
	const uint8_t *b = row + 18 * g;
	float d = half_at(b);
	i16 q = unsigned_at(b + 2);
	return (group){scaled(d, less(bits_of(q, 0, 15), 8)), scaled(d, less(bits_of(q, 4, 15), 8))};
}

INLINE group group_q4_1(const uint8_t *row, idx g) {
	const uint8_t *b = row + 20 * g;
	float d = half_at(b), low = half_at(b + 2);
	i16 q = unsigned_at(b + 4);
	return (group){scaled_above(d, bits_of(q, 0, 15), low), scaled_above(d, bits_of(q, 4, 15), low)};
}

INLINE group group_q5_0(const uint8_t *row, idx g) {
	const uint8_t *b = row + 22 * g;
	float d = half_at(b);
	uint32_t fifth = word_of(b + 2);
	i16 q = unsigned_at(b + 6);
	return (group){scaled(d, less(plus(bits_of(q, 0, 15), shifted(lanes_of(fifth), 4)), 16)),
		scaled(d, less(plus(bits_of(q, 4, 15), shifted(lanes_of(fifth >> 16), 4)), 16))};
}

INLINE group group_q5_1(const uint8_t *row, idx g) {
	const uint8_t *b = row + 24 * g;
	float d = half_at(b), low = half_at(b + 2);
	uint32_t fifth = word_of(b + 4);
	i16 q = unsigned_at(b + 8);
	return (group){scaled_above(d, plus(bits_of(q, 0, 15), shifted(lanes_of(fifth), 4)), low),
		scaled_above(d, plus(bits_of(q, 4, 15), shifted(lanes_of(fifth >> 16), 4)), low)};
}

// The scale and the minimum, of 6 bits each, of one of the 8 parts of a block.
INLINE void scale_and_low(const uint8_t *packed, idx part, float *scale, float *low) {
	int s = packed[part] & 63, l = packed[part + 4] & 63;
	if (part >= 4) {
		s = (packed[part + 4] & 15) | packed[part - 4] >> 6 << 4;
		l = packed[part + 4] >> 4 | packed[part] >> 6 << 4;
	}
	*scale *= (float)s;
	*low *= (float)l;
}

INLINE group group_q4_k(const uint8_t *row, idx g) {
	const uint8_t *b = row + 144 * (g / 8), *q = b + 16 + g % 8 / 2 * 32;
	float d = half_at(b), low = half_at(b + 2);
	int shift = g % 2 * 4;
	scale_and_low(b + 4, g % 8, &d, &low);
	return (group){scaled_over(d, bits_of(unsigned_at(q), shift, 15), low), scaled_over(d, bits_of(unsigned_at(q + 16), shift, 15), low)};
}

INLINE group group_q5_k(const uint8_t *row, idx g) {
	const uint8_t *b = row + 176 * (g / 8), *fifth = b + 16, *q = b + 48 + g % 8 / 2 * 32;
	float d = half_at(b), low = half_at(b + 2);
	int shift = g % 2 * 4, part = g % 8;
	scale_and_low(b + 4, part, &d, &low);
	i16 first = plus(bits_of(unsigned_at(q), shift, 15), shifted(bits_of(unsigned_at(fifth), part, 1), 4));
	i16 last = plus(bits_of(unsigned_at(q + 16), shift, 15), shifted(bits_of(unsigned_at(fifth + 16), part, 1), 4));
	return (group){scaled_over(d, first, low), scaled_over(d, last, low)};
}

INLINE group group_q6_k(const uint8_t *row, idx g) {
	const uint8_t *b = row + 210 * (g / 8), *scales = b + 192 + g % 8 * 2;
	float unit = half_at(b + 208);
	const uint8_t *low = b + g % 8 / 4 * 64 + g % 2 * 32, *high = b + 128 + g % 8 / 4 * 32;
	int shift = g % 4 / 2 * 4, up = g % 4 * 2;
	i16 first = plus(bits_of(unsigned_at(low), shift, 15), shifted(bits_of(unsigned_at(high), up, 3), 4));
	i16 last = plus(bits_of(unsigned_at(low + 16), shift, 15), shifted(bits_of(unsigned_at(high + 16), up, 3), 4));
	return (group){scaled(unit * (float)(int8_t)scales[0], less(first, 32)), scaled(unit * (float)(int8_t)scales[1], less(last, 32))};
}

// The 16 numbers of NF4: quantiles of the normal distribution, scaled to -1 to 1
// (Dettmers et al., QLoRA, arXiv 2305.14314, appendix E).
static const float normal_floats[16] __attribute__((aligned(64))) = NORMAL_FLOATS;

INLINE v16 normal_of(i16 q) {
	v16 r;
#if WIDTH == 16
	__asm__("vpermps %2, %1, %0" : "=v"(r.v[0]) : "v"(q.v[0]), "v"(*(const vf *)normal_floats));
#elif WIDTH == 8
	EACH {
		vf below, above;
		__asm__("vpermps %2, %1, %0" : "=x"(below) : "x"(q.v[i]), "x"(((const vf *)normal_floats)[0]));
		__asm__("vpermps %2, %1, %0" : "=x"(above) : "x"(q.v[i]), "x"(((const vf *)normal_floats)[1]));
		r.v[i] = vf_pick(q.v[i] < 8, below, above);
	}
#else
	float t[16];
	for (int j = 0; j < 16; j++) t[j] = normal_floats[q.v[j / WIDTH][j % WIDTH]];
	r = load(t);
#endif
	return r;
}

INLINE group group_nf4(const uint8_t *row, idx g) {
	const uint8_t *b = row + 34 * (g / 2);
	v16 d = all(half_at(b));
	i16 q = unsigned_at(b + 2 + g % 2 * 16);
	return (group){mul(d, normal_of(bits_of(q, 0, 15))), mul(d, normal_of(bits_of(q, 4, 15)))};
}

typedef group decoder(const uint8_t *row, idx g);

// 16 words, of the numbers of a below those of b, rounded.
INLINE v16 pair_across(v16 a, v16 b) {
#ifdef LEVEL_AVX512_BF16
	static const uint16_t order[32] __attribute__((aligned(64))) = {
		0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
	vf both, low = flush(a).v[0], high = flush(b).v[0];
	__asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(both) : "v"(high), "v"(low));
	__asm__("vpermw %1, %2, %0" : "=v"(a.v[0]) : "v"(both), "v"(*(const vf *)order));
	return a;
#else
	a = rounded(a), b = rounded(b);
	EACH a.v[i] = (vf)((vu)a.v[i] >> 16 | (vu)b.v[i]);
	return a;
#endif
}

// The panel of up to 16 rows from w on: their elements from group g on, depth of them.
INLINE void blocks_of_rows(decoder decode, const uint8_t *w, idx stride, idx rows, idx g, idx depth, float *panel) {
	float words[16 * 16] = {0}, turned[4 * 16];
	for (idx p = 0, pairs = (depth + 1) / 2; p < pairs; p += 16, g++) {
		for (idx i = 0; i < rows; i++) {
			group x = decode(w + i * stride, g);
			pair_up(x.low, x.high, words + 16 * i);
		}
		for (idx j = 0; j < 16 && p + j < pairs; j += 4) {
			const quad *q = (const quad *)words + j / 4;
			UNROLL for (int i = 0; i < 16; i += 4) turned4(q[4 * i], q[4 * i + 4], q[4 * i + 8], q[4 * i + 12], turned + i);
			for (idx k = 0; k < 4 && p + j + k < pairs; k++) put_pairs(panel, p + j + k, load(turned + 16 * k));
		}
	}
}

// The panels of n columns, which begin with group g, of depth rows from w on.
INLINE void blocks_of_columns(decoder decode, const uint8_t *w, idx stride, idx n, idx g, idx depth, float *panels) {
	idx size = (depth + 1) / 2 * PER_PAIR * 16;
	for (idx k = 0; k < depth; k += 2, w += 2 * stride)
		for (idx j = 0; j < n; j += 32) {
			group even = decode(w, g + j / 32), odd = {all(0), all(0)};
			if (k + 1 < depth) odd = decode(w + stride, g + j / 32);
			put_pairs(panels + j / 16 * size, k / 2, pair_across(even.low, odd.low));
			if (j + 16 < n) put_pairs(panels + (j / 16 + 1) * size, k / 2, pair_across(even.high, odd.high));
		}
}

INLINE void read_blocks(decoder decode, layout l, slab s, float *panels) {
	const uint8_t *w = (const uint8_t *)l.w;
	if (!l.transposed) {
		blocks_of_columns(decode, w + s.k * l.stride, l.stride, s.n, s.first / 32, s.depth, panels);
		return;
	}
	for (idx j = 0; j < s.n; j += 16, panels += (s.depth + 1) / 2 * PER_PAIR * 16)
		blocks_of_rows(decode, w + (s.first + j) * l.stride, l.stride, least(16, s.n - j), s.k / 32, s.depth, panels);
}

INLINE void row_blocks(decoder decode, const uint8_t *row, idx columns, float *to) {
	for (idx k = 0; k < columns; k += 32) {
		group x = decode(row, k / 32);
		store_n(to + k, least(16, columns - k), x.low);
		if (columns - k > 16) store_n(to + k + 16, least(16, columns - k - 16), x.high);
	}
}

// What the table has for a format of blocks of so many elements and bytes.
#define BLOCKS(name, count, size) \
static void read_##name(layout l, slab s, float *panels) { read_blocks(group_##name, l, s, panels); } \
static void mul_##name(const void *w, idx rows, idx columns, int transposed, span cut, idx M, const float *a, idx as, \
		float *c, idx cs, int add, float *scratch) { \
	layout l = {w, (columns + count - 1) / count * size, count, size, transposed}; \
	mul_rounded(read_##name, l, rows, columns, cut, M, a, as, c, cs, add, scratch); \
} \
static void row_##name(const void *w, idx columns, idx i, float *to) { \
	row_blocks(group_##name, (const uint8_t *)w + i * ((columns + count - 1) / count * size), columns, to); \
}
BLOCKS(q8_0, 32, 34)
BLOCKS(q4_0, 32, 18)
BLOCKS(q4_1, 32, 20)
BLOCKS(q5_0, 32, 22)
BLOCKS(q5_1, 32, 24)
BLOCKS(q4_k, 256, 144)
BLOCKS(q5_k, 256, 176)
BLOCKS(q6_k, 256, 210)
BLOCKS(nf4, 64, 34)
