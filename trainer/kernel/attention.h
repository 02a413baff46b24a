// attention.h: causal attention of one sequence, QUERIES queries at a time, over
// gemm.h. Query head h reads key and value head h * kv_heads / heads.
//
// scratch holds, with P = S rounded up to 16: packed keys [dim][P], scores
// [QUERIES][P], and for the gradient packed values [dim][P] and the scores'
// gradient [QUERIES][P].
INLINE idx padded(idx n) { return (n + 15) / 16 * 16; }

// The probabilities of r queries from position i on, s [r][P]: softmax over
// the positions each may see, zero over the others. The last
// vector of a row is filled with -inf, whose e^x is zero.
static void causal_softmax(idx i, idx r, float *s, idx P, float scale) {
	for (idx j = 0; j < r; j++, s += P) {
		idx seen = i + j + 1;
		for (idx x = seen; x < padded(seen); x++) s[x] = -INFINITY;
		softmax(padded(seen), s, scale);
		memset(s + seen, 0, (padded(i + r) - seen) * sizeof *s);
	}
}

// d [r][P], the gradient of the probabilities s, becomes that of the products
// of queries and keys.
static void causal_softmax_grad(idx i, idx r, const float *s, float *d, idx P, float scale) {
	for (idx j = 0; j < r; j++, s += P, d += P) {
		idx seen = i + j + 1, n = i + r;
		memset(d + seen, 0, (padded(n) - seen) * sizeof *d);
		softmax_grad(padded(seen), s, d, scale);
	}
}

// One query head; kt is the packed transpose of its keys.
static void attention_head(idx S, idx dim, const float *q, idx qs, const float *kt,
		const float *value, idx kvs, float *out, idx os, float *s) {
	idx P = padded(S);
	float scale = 1 / sqrtf((float)dim);
	for (idx i = 0; i < S; i += QUERIES) {
		idx r = least(QUERIES, S - i), n = i + r;
		mul_panels(r, n, dim, q + i * qs, qs, kt, s, P, 0);
		causal_softmax(i, r, s, P, scale);
		gemm(r, dim, n, s, P, 1, value, kvs, out + i * os, os, 0);
	}
}

static void attention(idx S, idx heads, idx kv_heads, idx dim, const float *q, idx qs,
		const float *key, const float *value, idx kvs, float *out, idx os, float *scratch) {
	idx group = heads / kv_heads;
	float *kt = scratch, *s = kt + padded(S) * dim;
	for (idx h = 0; h < heads; h++) {
		if (h % group == 0) pack(dim, S, key + h / group * dim, 1, kvs, kt);
		attention_head(S, dim, q + h * dim, qs, kt, value + h / group * dim, kvs, out + h * dim, os, s);
	}
}

// One query head's share: dq is written, dk and dv are added to. The
// probabilities are computed again rather than kept.
static void attention_head_grad(idx S, idx dim, const float *q, idx qs, const float *key, idx kvs,
		const float *kt, const float *vt, const float *dout, idx os, float *dq, float *dk, float *dv, float *s) {
	idx P = padded(S);
	float scale = 1 / sqrtf((float)dim), *d = s + QUERIES * P;
	for (idx i = 0; i < S; i += QUERIES, q += QUERIES * qs, dq += QUERIES * qs, dout += QUERIES * os) {
		idx r = least(QUERIES, S - i), n = i + r;
		mul_panels(r, n, dim, q, qs, kt, s, P, 0);
		mul_panels(r, n, dim, dout, os, vt, d, P, 0);
		causal_softmax(i, r, s, P, scale);
		causal_softmax_grad(i, r, s, d, P, scale);
		gemm(r, dim, n, d, P, 1, key, kvs, dq, qs, 0);
		gemm(n, dim, r, d, 1, P, q, qs, dk, kvs, 1);
		gemm(n, dim, r, s, 1, P, dout, os, dv, kvs, 1);
	}
}

static void attention_grad(idx S, idx heads, idx kv_heads, idx dim, const float *q, idx qs,
		const float *key, const float *value, idx kvs, const float *dout, idx os,
		float *dq, float *dk, float *dv, float *scratch) {
	idx group = heads / kv_heads;
	float *kt = scratch, *vt = kt + padded(S) * dim, *s = vt + padded(S) * dim;
	clear(S, kv_heads * dim, dk, kvs);
	clear(S, kv_heads * dim, dv, kvs);
	for (idx h = 0; h < heads; h++) {
		idx at = h / group * dim;
		if (h % group == 0) {
			pack(dim, S, key + at, 1, kvs, kt);
			pack(dim, S, value + at, 1, kvs, vt);
		}
		attention_head_grad(S, dim, q + h * dim, qs, key + at, kvs, kt, vt, dout + h * dim, os,
			dq + h * dim, dk + at, dv + at, s);
	}
}
