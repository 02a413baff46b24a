// gemm.h: matrix products.
//
// An element of C is one chain of fma over k, ascending from zero and
// restarted every BLOCK steps on every machine alike, each restart added to C.
// Tile shapes, panels and vector widths therefore cannot change a bit.
//
// A(m,k) = a[m*am + k*ak]. B(k,n) = b[n/16*bp + k*bk + n%16], which covers
// panels of 16 columns (bp = 16*K, bk = 16) and plain rows (bp = 16).
INLINE idx least(idx a, idx b) { return a < b ? a : b; }

// What a tile has on its way into the cache meanwhile: at each step of k the lines
// at and gap behind it, step bytes further each time.
typedef struct { const char *at; idx gap, step; } ahead;

// A tile is mr rows by nv vectors of C, kept in registers over the k loop. Each
// is a function of its own, so that the compiler has every register for its
// loop. Rows past m repeat the last one; columns past n are not written.
#if WIDTH == 16
typedef float half __attribute__((vector_size(32), aligned(4), may_alias));
INLINE half half_fma(half a, half b, half c) { FMA_ASM(c, a, b); return c; }
enum { WIDE = 48, ROWS = 8 };
#define TILE_NAME tile48
#define TILE_ROWS ROWS
#define TILE_COLUMNS 48
#include "tile.h"
#define TILE_NAME tile32
#define TILE_ROWS ROWS
#define TILE_COLUMNS 32
#include "tile.h"
#define TILE_NAME tile16
#define TILE_ROWS ROWS
#define TILE_COLUMNS 16
#include "tile.h"
#define TILE_NAME tile8
#define TILE_ROWS ROWS
#define TILE_COLUMNS 8
#define TILE_HALF
#include "tile.h"
#ifdef LEVEL_AVX512_BF16
#define TILE_NAME tile48_pairs
#define TILE_ROWS ROWS
#define TILE_COLUMNS 48
#define TILE_PAIRS
#include "tile.h"
#define TILE_NAME tile32_pairs
#define TILE_ROWS ROWS
#define TILE_COLUMNS 32
#define TILE_PAIRS
#include "tile.h"
#define TILE_NAME tile16_pairs
#define TILE_ROWS ROWS
#define TILE_COLUMNS 16
#define TILE_PAIRS
#include "tile.h"
#endif
#else
#if WIDTH == 8
enum { WIDE = 16, ROWS = 6 };
#else
enum { WIDE = 16, ROWS = 4 };
#endif
#define TILE_NAME tile16
#define TILE_ROWS ROWS
#define TILE_COLUMNS 16
#include "tile.h"
#define TILE_NAME tile8
#define TILE_ROWS ROWS
#define TILE_COLUMNS 8
#include "tile.h"
#endif

typedef void tile(idx m, idx n, idx k, const float *a, idx am, idx ak,
	const float *b, idx bp, idx bk, float *c, idx cm, int add, ahead next);

// The narrowest tile that covers n columns.
INLINE tile *tile_for(idx n) {
#if WIDTH == 16
	if (n > 32) return tile48;
	if (n > 16) return tile32;
#endif
	return n > 8 ? tile16 : tile8;
}

// C (+)= A B, where B can be read to a whole number of 16 columns.
static void product(idx M, idx N, idx K, const float *a, idx am, idx ak,
		const float *b, idx bp, idx bk, float *c, idx cm, int add) {
	for (idx k = 0; k < K; k += BLOCK, a += BLOCK * ak, b += BLOCK * bk, add = 1)
		for (idx n = 0; n < N; n += WIDE) {
			tile *run = tile_for(N - n);
			for (idx m = 0; m < M; m += ROWS)
				run(least(M - m, ROWS), least(N - n, WIDE), least(K - k, BLOCK),
					a + m * am, am, ak, b + n / 16 * bp, bp, bk, c + m * cm + n, cm, add, (ahead){(const char *)c, 0, 0});
		}
}

// Panels of 16 columns of B(k,n) = src[k*ks + n*ns], the last filled with zeros.
static void pack(idx K, idx N, const float *src, idx ks, idx ns, float *panels) {
	for (idx n = 0; n < N; n += 16, panels += K * 16) {
		idx width = least(16, N - n);
		for (idx k = 0; k < K; k++)
			for (idx j = 0; j < 16; j++) panels[k * 16 + j] = j < width ? src[k * ks + (n + j) * ns] : 0;
	}
}

static void clear(idx M, idx N, float *c, idx cm) {
	for (idx m = 0; m < M; m++) memset(c + m * cm, 0, N * sizeof *c);
}

// C (+)= A B with B in panels and A in plain rows.
static void mul_panels(idx M, idx N, idx K, const float *a, idx am, const float *panels, float *c, idx cm, int add) {
	if (K == 0 && !add) clear(M, N, c, cm);
	product(M, N, K, a, am, 1, panels, K * 16, 16, c, cm, add);
}

// C (+)= A B with B in plain rows of N columns. The columns past the last
// whole 16 are packed first, for nothing may be read past the end of a row.
static void gemm(idx M, idx N, idx K, const float *a, idx am, idx ak, const float *b, idx bk, float *c, idx cm, int add) {
	if (K == 0 && !add) clear(M, N, c, cm);
	idx whole = N / 16 * 16;
	product(M, whole, K, a, am, ak, b, 16, bk, c, cm, add);
	if (whole == N) return;
	for (idx k = 0; k < K; k += BLOCK) {
		float rest[BLOCK * 16];
		idx depth = least(K - k, BLOCK);
		pack(depth, N - whole, b + k * bk + whole, bk, 1, rest);
		product(M, N - whole, depth, a + k * ak, am, ak, rest, 0, 16, c + whole, cm, add || k > 0);
	}
}
