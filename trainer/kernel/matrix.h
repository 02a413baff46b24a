// matrix.h: products by a weight matrix W [rows][columns], A W and A W^T, over
// gemm.h.
//
// W lies in memory row by row. A product takes a slab of it at a time: up to
// SLAB columns of B, which is W or W^T, over up to BLOCK steps of k. The slab is
// laid out in the caller's scratch memory as panels of 16 columns,
// [columns/16][depth][16], the last filled up with zeros, and stays in the L2
// cache while all rows of A pass by.
#ifdef __clang__
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (quad_mask){i, j, k, l})
#endif

// Four rows of four as columns: to[16*j + i] is element j of row i.
INLINE void turned4(quad a, quad b, quad c, quad d, float *to) {
	quad ab = SHUFFLE(a, b, 0, 4, 1, 5), cd = SHUFFLE(c, d, 0, 4, 1, 5);
	*(quad *)to = SHUFFLE(ab, cd, 0, 1, 4, 5);
	*(quad *)(to + 16) = SHUFFLE(ab, cd, 2, 3, 6, 7);
	ab = SHUFFLE(a, b, 2, 6, 3, 7), cd = SHUFFLE(c, d, 2, 6, 3, 7);
	*(quad *)(to + 32) = SHUFFLE(ab, cd, 0, 1, 4, 5);
	*(quad *)(to + 48) = SHUFFLE(ab, cd, 2, 3, 6, 7);
}

// A panel of up to 16 rows of depth floats: panel[16*k + i] = from[i*stride + k].
static void turn(idx rows, idx depth, const float *from, idx stride, float *panel) {
	if (rows < 16) memset(panel, 0, depth * 16 * sizeof *panel);
	idx k = 0;
	for (; k + 4 <= depth; k += 4, from += 4, panel += 64) {
		idx i = 0;
		for (; i + 4 <= rows; i += 4) {
			const float *f = from + i * stride;
			turned4(*(const quad *)f, *(const quad *)(f + stride), *(const quad *)(f + 2 * stride), *(const quad *)(f + 3 * stride), panel + i);
		}
		for (; i < rows; i++)
			for (idx j = 0; j < 4; j++) panel[16 * j + i] = from[i * stride + j];
	}
	for (; k < depth; k++, from++, panel += 16)
		for (idx i = 0; i < rows; i++) panel[i] = from[i * stride];
}

// A panel of up to 16 columns of depth rows: panel[16*k + j] = from[k*stride + j].
static void gather(idx columns, idx depth, const float *from, idx stride, float *panel) {
	for (; depth > 0; depth--, from += stride, panel += 16) store(panel, load_n(from, columns, 0));
}

// A place in the order of slabs, and what part of W it is: columns of B from
// first on, n of them, over depth steps of k.
typedef struct { idx first, n, k, depth; } slab;

INLINE slab slab_at(idx first, idx k, idx N, idx K, idx most) {
	return (slab){first, least(most, N - first), k, least(BLOCK, K - k)};
}

// The slab after s; one of no columns after the last.
INLINE slab slab_after(slab s, span cut, idx K, idx most) {
	if (s.first + s.n < cut.to) return slab_at(s.first + s.n, s.k, cut.to, K, most);
	return s.k + s.depth < K ? slab_at(cut.from, s.k + s.depth, cut.to, K, most) : (slab){0};
}

// How W lies in memory: rows stride bytes apart, of blocks of so many elements and
// bytes.
typedef struct { const char *w; idx stride, elements, bytes; int transposed; } layout;

// What tile number t of those that multiply by a slab brings into the cache of
// the next one, in so many steps of k: two rows of it, or two lines of all its rows
// where these are short. So it is on its way from memory meanwhile.
INLINE ahead bring(layout l, slab s, idx steps, idx t) {
	const ahead nothing = {l.w, 0, 0};
	if (l.transposed) {
		if (2 * t >= s.n) return nothing;
		idx whole = s.depth * l.bytes / l.elements;
		return (ahead){l.w + (s.first + 2 * t) * l.stride + s.k / l.elements * l.bytes, l.stride, whole / steps};
	}
	idx together = s.depth > steps ? 2 : 1, line = t / together * 128; // rows a step
	if (line >= s.n * l.bytes / l.elements + 63) return nothing;
	return (ahead){l.w + (s.k + t % together) * l.stride + s.first / l.elements * l.bytes + line, 64, together * l.stride};
}

// C [M][n] (+)= A times the panels of a slab, in so many steps of k.
typedef tile *chooser(idx n);
INLINE void by_slab(chooser choose, idx M, idx n, idx steps, const float *a, idx as, const float *panels,
		float *c, idx cs, int add, layout l, slab next) {
	idx t = 0;
	for (idx j = 0; j < n; j += WIDE)
		for (idx m = 0; m < M; m += ROWS)
			choose(n - j)(least(M - m, ROWS), least(n - j, WIDE), steps, a + m * as, as, 1,
				panels + j * steps, steps * 16, 16, c + m * cs + j, cs, add, bring(l, next, steps, t++));
}

// Some columns of C (+)= A W or A W^T of float32. An element is summed as gemm.h says.
static void mul_float32(const void *w, idx rows, idx columns, int transposed, span cut, idx M, const float *a, idx as,
		float *c, idx cs, int add, float *scratch) {
	idx K = transposed ? columns : rows, N = cut.to - cut.from;
	if (K == 0 && !add) clear(M, N, c + cut.from, cs);
	if (K == 0 || N == 0) return;
	layout l = {w, 4 * columns, 1, 4, transposed};
	for (slab s = slab_at(cut.from, 0, cut.to, K, SLAB), next; s.n > 0; s = next) {
		next = slab_after(s, cut, K, SLAB);
		for (idx j = 0; j < s.n; j += 16) {
			const float *from = (const float *)w + (transposed ? (s.first + j) * columns + s.k : s.k * columns + s.first + j);
			(transposed ? turn : gather)(least(16, s.n - j), s.depth, from, columns, scratch + j * s.depth);
		}
		by_slab(tile_for, M, s.n, s.depth, a + s.k, as, scratch, c + s.first, cs, add || s.k > 0, l, next);
	}
}

static void row_float32(const void *w, idx columns, idx i, float *to) {
	memcpy(to, (const float *)w + i * columns, columns * sizeof *to);
}
