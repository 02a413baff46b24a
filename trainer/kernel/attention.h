// attention.h: causal attention of one sequence, QUERIES queries at a time, over
// gemm.h. Query head h reads key and value head h * kv_heads / heads. Position i
// sees the keys up to its own, with a window so many of them, its own included.
//
// scratch holds, with P = keys rounded up to 16: packed keys [dim][P], scores
// [QUERIES][P], and for the gradient packed values [dim][P], the scores' gradient
// [QUERIES][P] and, with a cap, the capped scores [QUERIES][P].
INLINE idx padded(idx n) { return (n + 15) / 16 * 16; }

// The first key that position i sees.
INLINE idx first_seen(idx i, attending a) { return a.window > 0 && i >= a.window ? i - a.window + 1 : 0; }

// The key from which on queries from position i on are multiplied: the first of a
// panel. Scores and what is made of them count keys from there.
INLINE idx first_read(idx i, attending a) { return first_seen(i, a) / 16 * 16; }

// By how much scores are scaled on their way through softmax: a cap has done it.
INLINE float softmax_scale(attending a) { return a.cap != 0 ? 1 : a.scale; }

// The probabilities of r queries from position i on, s [r][P]: softmax over
// the positions each may see, zero over the others. The last
// vector of a row is filled with -inf, whose e^x is zero.
static void causal_softmax(idx i, idx r, float *s, idx P, attending a) {
	for (idx j = 0, low = first_read(i, a); j < r; j++, s += P) {
		idx seen = i + j + 1 - low, hidden = first_seen(i + j, a) - low;
		for (idx x = seen; x < padded(seen); x++) s[x] = -INFINITY;
		for (idx x = 0; x < hidden; x++) s[x] = -INFINITY;
		softmax(padded(seen), s, softmax_scale(a));
		memset(s + seen, 0, (padded(i + r - low) - seen) * sizeof *s);
	}
}

// d [r][P], the gradient of the probabilities s, becomes that of the products
// of queries and keys, or of what a cap made of them.
static void causal_softmax_grad(idx i, idx r, const float *s, float *d, idx P, attending a) {
	for (idx j = 0, low = first_read(i, a); j < r; j++, s += P, d += P) {
		idx seen = i + j + 1 - low, hidden = first_seen(i + j, a) - low, n = i + r - low;
		memset(d + seen, 0, (padded(n) - seen) * sizeof *d);
		memset(d, 0, hidden * sizeof *d);
		softmax_grad(padded(seen), s, d, softmax_scale(a));
	}
}

// The transpose of n keys or values of a head, packed.
static void turn_all(idx n, idx dim, const float *from, idx stride, float *panels) {
	for (idx i = 0; i < n; i += 16, panels += 16 * dim) turn(least(16, n - i), dim, from + i * stride, stride, panels);
}

// One query head: S queries, of which the first stands at position past; kt is the
// packed transpose of its keys.
static void attention_head(idx S, idx past, attending a, const float *q, idx qs, const float *kt,
		const float *value, idx kvs, float *out, idx os, float *s) {
	idx P = padded(past + S);
	for (idx i = 0; i < S; i += QUERIES) {
		idx r = least(QUERIES, S - i), low = first_read(past + i, a), n = past + i + r - low;
		mul_panels(r, n, a.dim, q + i * qs, qs, kt + low * a.dim, s, P, 0);
		if (a.cap != 0)
			for (idx j = 0; j < r; j++) soft_cap(n, s + j * P, a.scale, a.cap);
		causal_softmax(past + i, r, s, P, a);
		gemm(r, a.dim, n, s, P, 1, value + low * kvs, kvs, out + i * os, os, 0);
	}
}

static void attention(idx S, idx past, attending a, const float *q, idx qs,
		const float *key, const float *value, idx kvs, float *out, idx os, float *scratch) {
	idx group = a.heads / a.kv_heads;
	float *kt = scratch, *s = kt + padded(past + S) * a.dim;
	for (idx h = 0; h < a.heads; h++) {
		idx at = h / group * a.dim;
		if (h % group == 0) turn_all(past + S, a.dim, key + at, kvs, kt);
		attention_head(S, past, a, q + h * a.dim, qs, kt, value + at, kvs, out + h * a.dim, os, s);
	}
}

// One query head's share: dq is written, dk and dv are added to. The
// probabilities are computed again rather than kept.
static void attention_head_grad(idx S, attending a, const float *q, idx qs, const float *key, idx kvs,
		const float *kt, const float *vt, const float *dout, idx os, float *dq, float *dk, float *dv, float *s) {
	idx P = padded(S);
	float *d = s + QUERIES * P, *capped = d + QUERIES * P;
	for (idx i = 0; i < S; i += QUERIES, q += QUERIES * qs, dq += QUERIES * qs, dout += QUERIES * os) {
		idx r = least(QUERIES, S - i), low = first_read(i, a), n = i + r - low;
		mul_panels(r, n, a.dim, q, qs, kt + low * a.dim, s, P, 0);
		mul_panels(r, n, a.dim, dout, os, vt + low * a.dim, d, P, 0);
		if (a.cap != 0)
			for (idx j = 0; j < r; j++) {
				soft_cap(n, s + j * P, a.scale, a.cap);
				memcpy(capped + j * P, s + j * P, n * sizeof *s);
			}
		causal_softmax(i, r, s, P, a);
		causal_softmax_grad(i, r, s, d, P, a);
		if (a.cap != 0)
			for (idx j = 0; j < r; j++) soft_cap_grad(n, capped + j * P, d + j * P, a.scale, a.cap);
		gemm(r, a.dim, n, d, P, 1, key + low * kvs, kvs, dq, qs, 0);
		gemm(n, a.dim, r, d, 1, P, q, qs, dk + low * kvs, kvs, 1);
		gemm(n, a.dim, r, s, 1, P, dout, os, dv + low * kvs, kvs, 1);
	}
}

static void attention_grad(idx S, attending a, const float *q, idx qs,
		const float *key, const float *value, idx kvs, const float *dout, idx os,
		float *dq, float *dk, float *dv, float *scratch) {
	idx group = a.heads / a.kv_heads, dim = a.dim;
	float *kt = scratch, *vt = kt + padded(S) * dim, *s = vt + padded(S) * dim;
	clear(S, a.kv_heads * dim, dk, kvs);
	clear(S, a.kv_heads * dim, dv, kvs);
	for (idx h = 0; h < a.heads; h++) {
		idx at = h / group * dim;
		if (h % group == 0) {
			turn_all(S, dim, key + at, kvs, kt);
			turn_all(S, dim, value + at, kvs, vt);
		}
		attention_head_grad(S, a, q + h * dim, qs, key + at, kvs, kt, vt, dout + h * dim, os,
			dq + h * dim, dk + at, dv + at, s);
	}
}
