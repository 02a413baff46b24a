// matrix.h: products by a weight matrix W [rows][columns], A W and A W^T, over
// gemm.h.
//
// W lies in memory row by row. A product takes a slab of it at a time: up to
// SLAB columns of B, which is W or W^T, over up to BLOCK steps of k. The slab is
// laid out in the caller's scratch memory as panels of 16 columns,
// [columns/16][depth][16], the last filled up with zeros, and stays in the L2
// cache while all rows of A pass by.
typedef float quad_aligned __attribute__((vector_size(16), aligned(4), may_alias));
#ifdef __clang__
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (quad_mask){i, j, k, l})
#endif

// Four rows of four floats, stride apart, as four columns: to[16*j + i] = from[i*stride + j].
INLINE void turn4(const float *from, idx stride, float *to) {
	quad a = *(const quad_aligned *)from, b = *(const quad_aligned *)(from + stride);
	quad c = *(const quad_aligned *)(from + 2 * stride), d = *(const quad_aligned *)(from + 3 * stride);
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
		for (; i + 4 <= rows; i += 4) turn4(from + i * stride, stride, panel + i);
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

// The slab of n columns of B from column first on, over depth steps of k from step k on.
static void slab_float32(const float *w, idx stride, int transposed, idx first, idx n, idx k, idx depth, float *slab) {
	for (idx j = 0; j < n; j += 16, slab += depth * 16) {
		idx width = least(16, n - j);
		if (transposed) turn(width, depth, w + (first + j) * stride + k, stride, slab);
		else gather(width, depth, w + k * stride + first + j, stride, slab);
	}
}

// A place in the order of slabs, and what part of W it is: columns of B from
// first on, n of them, over depth steps of k.
typedef struct { idx first, n, k, depth; } slab;

INLINE slab slab_at(idx first, idx k, idx N, idx K) {
	return (slab){first, least(SLAB, N - first), k, least(BLOCK, K - k)};
}

// The slab after s; one of no columns after the last.
INLINE slab slab_after(slab s, idx N, idx K) {
	if (s.first + s.n < N) return slab_at(s.first + s.n, s.k, N, K);
	return s.k + s.depth < K ? slab_at(0, s.k + s.depth, N, K) : (slab){0};
}

// What tile number t brings into the cache of the slab to come: two rows of it, or
// two lines of all its rows where these are short. So the slab is on its way from
// memory while another is multiplied by.
INLINE ahead bring(slab s, int transposed, const char *w, idx stride, idx size, idx t) {
	if (s.n == 0) return (ahead){w, 0, 0};
	const char *from = w + (transposed ? s.first * stride + s.k * size : s.k * stride + s.first * size);
	if (transposed) return 2 * t < s.n ? (ahead){from + 2 * t * stride, stride, size} : (ahead){w, 0, 0};
	return 128 * t < s.n * size + 63 ? (ahead){from + 128 * t, 64, stride} : (ahead){w, 0, 0};
}

// C (+)= A W or A W^T. An element is summed as gemm.h says.
static void mul_float32(const void *w, idx rows, idx columns, int transposed, idx M, const float *a, idx as,
		float *c, idx cs, int add, float *scratch) {
	idx K = transposed ? columns : rows, N = transposed ? rows : columns;
	if (K == 0 && !add) clear(M, N, c, cs);
	if (K == 0 || N == 0) return;
	for (slab s = slab_at(0, 0, N, K), next; s.n > 0; s = next) {
		next = slab_after(s, N, K);
		slab_float32(w, columns, transposed, s.first, s.n, s.k, s.depth, scratch);
		idx t = 0;
		for (idx n = 0; n < s.n; n += WIDE)
			for (idx m = 0; m < M; m += ROWS)
				tile_for(s.n - n)(least(M - m, ROWS), least(s.n - n, WIDE), s.depth, a + m * as + s.k, as, 1,
					scratch + n * s.depth, s.depth * 16, 16, c + m * cs + s.first + n, cs, add || s.k > 0,
					bring(next, transposed, w, 4 * columns, 4, t++));
	}
}
