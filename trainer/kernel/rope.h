// rope.h: rotary position embedding (arXiv 2104.09864) in Hugging Face's
// layout: element i of a head's first half turns with element i of its second.
// direction is 1 to turn, -1 to turn back.
static void rope(idx tokens, idx heads, idx dim, float *x, idx xs, const float *table, float direction) {
	idx n = dim / 2;
	v16 sign = all(direction);
	for (idx t = 0; t < tokens; t++) {
		const float *cosine = table + t * dim, *sine = cosine + n;
		for (idx h = 0; h < heads; h++) {
			float *a = x + t * xs + h * dim, *b = a + n;
			COLUMNS {
				v16 p = load_n(a + i, n - i, 0), q = load_n(b + i, n - i, 0);
				v16 c = load_n(cosine + i, n - i, 0), s = mul(load_n(sine + i, n - i, 0), sign);
				store_n(a + i, n - i, fma3(p, c, mul(sub(all(0), q), s)));
				store_n(b + i, n - i, fma3(q, c, mul(p, s)));
			}
		}
	}
}
