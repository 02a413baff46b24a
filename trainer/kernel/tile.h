// tile.h: one tile of a matrix product, a template over TILE_NAME, TILE_ROWS
// and TILE_COLUMNS. With TILE_HALF its vectors are half as wide, which on
// AVX-512 spares 8 columns the work of 16. With TILE_PAIRS the elements of A and B
// are pairs of bfloat16.
#ifdef TILE_HALF
#define VEC half
#define VEC_FMA half_fma
#define LANES 8
#elif defined TILE_PAIRS
#define VEC vf
#define VEC_FMA vf_dot
#define LANES WIDTH
#else
#define VEC vf
#define VEC_FMA vf_fma
#define LANES WIDTH
#endif
#define VECS (TILE_COLUMNS / LANES)
#define PER_PANEL (16 / LANES)

ALONE static void TILE_NAME(idx m, idx n, idx k, const float *a, idx am, idx ak,
		const float *b, idx bp, idx bk, float *c, idx cm, int add, ahead next) {
	VEC s[TILE_ROWS][VECS];
	const float *row[TILE_ROWS];
	UNROLL for (int i = 0; i < TILE_ROWS; i++) {
		row[i] = a + least(i, m - 1) * am;
		UNROLL for (int j = 0; j < VECS; j++) s[i][j] = (VEC){0};
		UNROLL for (int j = 0; j < TILE_COLUMNS; j += 16) __builtin_prefetch(c + least(i, m - 1) * cm + j, 1);
	}
	for (idx x = 0; k > 0; k--, x += ak, b += bk) {
		__builtin_prefetch(next.at);
		__builtin_prefetch(next.at + next.gap);
		next.at += next.step;
		VEC t[VECS];
		UNROLL for (int j = 0; j < VECS; j++) t[j] = ((const VEC *)(b + j / PER_PANEL * bp))[j % PER_PANEL];
		UNROLL for (int i = 0; i < TILE_ROWS; i++) {
#ifdef TILE_PAIRS
			VEC y = (VEC)(((const unsigned_alias *)row[i])[x] - (vu){0});
#else
			VEC y = row[i][x] - (VEC){0};
#endif
			UNROLL for (int j = 0; j < VECS; j++) s[i][j] = VEC_FMA(y, t[j], s[i][j]);
		}
	}
	UNROLL for (int i = 0; i < TILE_ROWS; i++, c += cm) {
		if (i >= m) break;
		float edge[TILE_COLUMNS], *d = n < TILE_COLUMNS ? memcpy(edge, c, n * sizeof *c) : c;
		UNROLL for (int j = 0; j < VECS; j++) {
			VEC r = s[i][j];
			if (add) r += ((VEC *)d)[j];
			((VEC *)d)[j] = r;
		}
		if (d == edge) memcpy(c, edge, n * sizeof *c);
	}
}

#undef VEC
#undef VEC_FMA
#undef LANES
#undef VECS
#undef PER_PANEL
#undef TILE_NAME
#undef TILE_ROWS
#undef TILE_COLUMNS
#undef TILE_HALF
#undef TILE_PAIRS
