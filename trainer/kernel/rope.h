// rope.h: rotary position embedding (arXiv 2104.09864) of the first turned
// elements of each head. direction is 1 to turn, -1 to turn back.

// n pairs, the two elements of each in a and b, turn by the angles of a row of the
// table: n cosines, then n sines.
INLINE void turn_pairs(idx n, float *a, float *b, const float *cosine, v16 sign) {
	const float *sine = cosine + n;
	COLUMNS {
		v16 p = load_n(a + i, n - i, 0), q = load_n(b + i, n - i, 0);
		v16 c = load_n(cosine + i, n - i, 0), s = mul(load_n(sine + i, n - i, 0), sign);
		store_n(a + i, n - i, fma3(p, c, mul(sub(all(0), q), s)));
		store_n(b + i, n - i, fma3(q, c, mul(p, s)));
	}
}

// Hugging Face's usual layout: element i turns with element i + turned/2.
static void rope(idx tokens, idx heads, idx dim, idx turned, float *x, idx xs, const float *table, float direction) {
	for (idx t = 0; t < tokens; t++)
		for (idx h = 0; h < heads; h++) {
			float *a = x + t * xs + h * dim;
			turn_pairs(turned / 2, a, a + turned / 2, table + t * turned, all(direction));
		}
}

// Element 2i turns with element 2i + 1.
static void rope_adjacent(idx tokens, idx heads, idx dim, idx turned, float *x, idx xs, const float *table, float direction) {
	idx n = turned / 2;
	for (idx t = 0; t < tokens; t++) {
		const float *cosine = table + t * turned, *sine = cosine + n;
		for (idx h = 0; h < heads; h++) {
			float *a = x + t * xs + h * dim;
			for (idx i = 0; i < n; i += 16) {
				idx m = least(16, n - i);
				float p[16], q[16], angle[32];
				for (idx j = 0; j < m; j++) {
					p[j] = a[2 * (i + j)], q[j] = a[2 * (i + j) + 1];
					angle[j] = cosine[i + j], angle[m + j] = sine[i + j];
				}
				turn_pairs(m, p, q, angle, all(direction));
				for (idx j = 0; j < m; j++) a[2 * (i + j)] = p[j], a[2 * (i + j) + 1] = q[j];
			}
		}
	}
}
