// softcap.h: the soft cap of scores and logits (arXiv 2408.00118, section 2).

// x becomes cap tanh(x * scale / cap).
static void soft_cap(idx n, float *x, float scale, float cap) {
	COLUMNS store_n(x + i, n - i, mul(tanhv(quo(mul(load_n(x + i, n - i, 0), all(scale)), all(cap))), all(cap)));
}

// d, the gradient of y = cap tanh(x * scale / cap), becomes that of x.
static void soft_cap_grad(idx n, const float *y, float *d, float scale, float cap) {
	COLUMNS {
		v16 t = quo(load_n(y + i, n - i, 0), all(cap));
		v16 slope = mul(sub(all(1), mul(t, t)), all(scale));
		store_n(d + i, n - i, mul(load_n(d + i, n - i, 0), slope));
	}
}
