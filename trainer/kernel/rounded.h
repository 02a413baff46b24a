// rounded.h: products by matrices whose elements are rounded to bfloat16, and A
// with them, over matrix.h.
//
// bfloat16 is the upper half of a float32, here to nearest, ties to even; what
// is smaller than 2^-55 becomes zero, so that no product and no sum of products is
// subnormal. Products are exact in float32. An element of C is one chain of
// sums, two at a time over ascending k, the odd one of a pair first, restarted
// as in gemm.h: what AVX-512 BF16 has an instruction for, and what two fma do
// elsewhere. There a pair takes two floats, the odd element before the even
// one, and the tiles of float32 do the rest.
#ifdef LEVEL_AVX512_BF16
enum { PER_PAIR = 1 }; // floats of scratch
INLINE tile *pairs_tile_for(idx n) { return n > 32 ? tile48_pairs : n > 16 ? tile32_pairs : tile16_pairs; }
#else
enum { PER_PAIR = 2 };
INLINE tile *pairs_tile_for(idx n) { return tile_for(n); }
#endif

INLINE v16 flush(v16 x) {
	EACH x.v[i] = (vf)((vi)x.v[i] & ~(vi)((vf)((vi)x.v[i] & 0x7fffffff) < (vf){0} + 0x1p-55f));
	return x;
}

// x rounded to bfloat16, as float32.
INLINE v16 rounded(v16 x) {
	x = flush(x);
	EACH {
		vu bits = (vu)x.v[i], near = bits + 0x7fff + (bits >> 16 & 1);
		vi number = (vi)(x.v[i] == x.v[i]);
		x.v[i] = (vf)(((number & (vi)near) | (~number & (vi)(bits | 0x400000))) & (vi)((vu){0} + 0xffff0000u));
	}
	return x;
}

// Pair number p of a panel of 16 columns: 16 words, the odd elements in the upper halves.
INLINE void put_pairs(float *panel, idx p, v16 words) {
#ifdef LEVEL_AVX512_BF16
	store(panel + 16 * p, words);
#else
	v16 odd = words, even = words;
	EACH odd.v[i] = (vf)((vu)words.v[i] & ((vu){0} + 0xffff0000u));
	EACH even.v[i] = (vf)((vu)words.v[i] << 16);
	store(panel + 32 * p, odd);
	store(panel + 32 * p + 16, even);
#endif
}

// The 16 words of 32 numbers in a row, rounded.
INLINE void pair_up(v16 low, v16 high, float *words) {
#ifdef LEVEL_AVX512_BF16
	vf both, l = flush(low).v[0], h = flush(high).v[0];
	__asm__("vcvtne2ps2bf16 %2, %1, %0" : "=v"(both) : "v"(h), "v"(l));
	*(vf *)words = both;
#else
	uint32_t t[32];
	store((float *)t, rounded(low));
	store((float *)t + 16, rounded(high));
	for (int i = 0; i < 16; i++) ((unsigned_alias *)words)[i] = t[2 * i] >> 16 | t[2 * i + 1];
#endif
}

// A row of depth numbers, rounded, in pairs; the last one of an odd depth stands beside a zero.
INLINE void round_row(idx depth, const float *x, float *pairs) {
	for (idx k = 0; k < depth; k += 32, x += 32, pairs += 16 * PER_PAIR) {
		v16 low = load_n(x, least(16, depth - k), 0), high = depth - k > 16 ? load_n(x + 16, least(16, depth - k - 16), 0) : all(0);
#ifdef LEVEL_AVX512_BF16
		pair_up(low, high, pairs);
#else
		float t[32];
		store(t, rounded(low));
		store(t + 16, rounded(high));
		for (int i = 0; i < 32; i++) pairs[i ^ 1] = t[i];
#endif
	}
}

// Lays out the panels of a slab of W in pairs.
typedef void reader(layout l, slab s, float *panels);

// Some columns of C (+)= A W or A W^T, both rounded. Rows of A are rounded into scratch, behind the slab.
INLINE void mul_rounded(reader *read, layout l, idx rows, idx columns, span cut, idx M, const float *a, idx as,
		float *c, idx cs, int add, float *scratch) {
	idx K = l.transposed ? columns : rows, N = cut.to - cut.from;
	if (K == 0 && !add) clear(M, N, c + cut.from, cs);
	if (K == 0 || N == 0) return;
	enum { ROW = BLOCK / 2 * PER_PAIR };
	float *pairs = scratch + ROUNDED_SLAB * ROW;
	for (idx m = 0; m < M; m += ROUNDED_ROWS, a += ROUNDED_ROWS * as, c += ROUNDED_ROWS * cs) {
		idx some = least(ROUNDED_ROWS, M - m);
		for (slab s = slab_at(cut.from, 0, cut.to, K, ROUNDED_SLAB), next; s.n > 0; s = next) {
			next = slab_after(s, cut, K, ROUNDED_SLAB);
			if (s.first == cut.from)
				for (idx i = 0; i < some; i++) round_row(s.depth, a + i * as + s.k, pairs + i * ROW);
			read(l, s, scratch);
			by_slab(pairs_tile_for, some, s.n, (s.depth + 1) / 2 * PER_PAIR, pairs, ROW, scratch,
				c + s.first, cs, add || s.k > 0, l, next);
		}
	}
}

// Matrices of bfloat16. Four rows of four pairs, stride bytes apart, are turned at a time.
typedef float any_quad __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint16_t half_word __attribute__((may_alias));
typedef uint16_t half_words __attribute__((vector_size(2 * WIDTH), aligned(1), may_alias));

INLINE uint32_t word_at(const char *from, int odd_too) {
	return ((const half_word *)from)[0] | (odd_too ? (uint32_t)((const half_word *)from)[1] << 16 : 0);
}

// A panel of up to 16 rows of depth elements, in pairs.
static void pairs_of_rows(idx rows, idx depth, const char *from, idx stride, float *panel) {
	for (idx k = 0; k < depth; k += 8, from += 16) {
		float t[64];
		if (rows == 16 && k + 8 <= depth)
			UNROLL for (int i = 0; i < 16; i += 4) {
				const char *f = from + i * stride;
				turned4(*(const any_quad *)f, *(const any_quad *)(f + stride), *(const any_quad *)(f + 2 * stride), *(const any_quad *)(f + 3 * stride), t + i);
			}
		else
			for (idx j = 0; j < 4; j++)
				for (idx i = 0; i < 16; i++)
					((unsigned_alias *)t)[16 * j + i] = i < rows && k + 2 * j < depth ? word_at(from + i * stride + 4 * j, k + 2 * j + 1 < depth) : 0;
		for (idx j = 0; j < 4 && k + 2 * j < depth; j++) put_pairs(panel, k / 2 + j, load(t + 16 * j));
	}
}

// 16 elements from p on, of which n are there, as the lower halves of words.
INLINE v16 widened(const char *p, idx n) {
	half_word t[16] = {0};
	if (n < 16) p = memcpy(t, p, n * sizeof *t);
	v16 r;
	EACH r.v[i] = (vf)__builtin_convertvector(((const half_words *)p)[i], vu);
	return r;
}

// A panel of up to 16 columns of depth rows, in pairs.
static void pairs_of_columns(idx columns, idx depth, const char *from, idx stride, float *panel) {
	for (idx k = 0; k < depth; k += 2, from += 2 * stride) {
		v16 even = widened(from, columns), odd = k + 1 < depth ? widened(from + stride, columns) : all(0);
		EACH even.v[i] = (vf)((vu)even.v[i] | (vu)odd.v[i] << 16);
		put_pairs(panel, k / 2, even);
	}
}

static void read_bfloat16(layout l, slab s, float *panels) {
	const char *from = l.w + (l.transposed ? s.first * l.stride + 2 * s.k : s.k * l.stride + 2 * s.first);
	for (idx j = 0; j < s.n; j += 16, from += 16 * (l.transposed ? l.stride : 2), panels += 16 * ((s.depth + 1) / 2 * PER_PAIR))
		(l.transposed ? pairs_of_rows : pairs_of_columns)(least(16, s.n - j), s.depth, from, l.stride, panels);
}

static void mul_bfloat16(const void *w, idx rows, idx columns, int transposed, span cut, idx M, const float *a, idx as,
		float *c, idx cs, int add, float *scratch) {
	mul_rounded(read_bfloat16, (layout){w, 2 * columns, 1, 2, transposed}, rows, columns, cut, M, a, as, c, cs, add, scratch);
}

static void row_bfloat16(const void *w, idx columns, idx i, float *to) {
	for (const half_word *from = (const half_word *)w + i * columns; columns > 0; columns--) *(unsigned_alias *)to++ = (uint32_t)*from++ << 16;
}
