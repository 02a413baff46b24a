// softmax.h: softmax over a row, as attention uses it.

// The largest of n floats, NaNs aside.
INLINE float row_top(idx n, const float *x) {
	v16 t = all(-INFINITY);
	COLUMNS t = larger(load_n(x + i, n - i, -INFINITY), t);
	return top(t);
}

// x becomes softmax(x * scale); scale is positive.
static void softmax(idx n, float *x, float scale) {
	v16 high = all(row_top(n, x)), s = all(0);
	COLUMNS {
		v16 e = expv(mul(sub(load_n(x + i, n - i, -INFINITY), high), all(scale)));
		s = add(s, e);
		store_n(x + i, n - i, e);
	}
	v16 r = all(1 / sum(s));
	COLUMNS store_n(x + i, n - i, mul(load_n(x + i, n - i, 0), r));
}

// d, the gradient of p = softmax(x * scale), becomes that of x:
// p * (d - sum(p*d)) * scale.
static void softmax_grad(idx n, const float *p, float *d, float scale) {
	v16 s = all(0);
	COLUMNS s = fma3(load_n(p + i, n - i, 0), load_n(d + i, n - i, 0), s);
	v16 mean = all(sum(s));
	COLUMNS store_n(d + i, n - i, mul(mul(sub(load_n(d + i, n - i, 0), mean), all(scale)), load_n(p + i, n - i, 0)));
}
