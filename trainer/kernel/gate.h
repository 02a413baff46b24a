// gate.h: the gated unit of Llama's feed-forward layer (SwiGLU, arXiv
// 2002.05202): h = silu(gate) * up with silu(x) = x / (1 + e^-x).
static void swiglu(idx n, const float *gate, const float *up, float *h) {
	COLUMNS {
		v16 x = load_n(gate + i, n - i, 0), e = expv(sub(all(0), x));
		store_n(h + i, n - i, mul(quo(x, add(all(1), e)), load_n(up + i, n - i, 0)));
	}
}

// gate and up become the gradients of themselves.
static void swiglu_grad(idx n, float *gate, float *up, const float *dh) {
	COLUMNS {
		v16 x = load_n(gate + i, n - i, 0), u = load_n(up + i, n - i, 0), d = load_n(dh + i, n - i, 0);
		v16 sigmoid = quo(all(1), add(all(1), expv(sub(all(0), x))));
		v16 silu = mul(x, sigmoid);
		store_n(up + i, n - i, mul(d, silu));
		store_n(gate + i, n - i, mul(mul(d, u), fma3(silu, sub(all(1), sigmoid), sigmoid)));
	}
}
