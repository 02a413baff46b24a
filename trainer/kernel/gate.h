// gate.h: the gated unit of a feed-forward layer (arXiv 2002.05202): h =
// f(gate) * up. Rows of gate and up lie stride apart, those of h are whole.

// SwiGLU: f(x) = x / (1 + e^-x).
static void swiglu(idx rows, idx n, const float *gate, const float *up, idx stride, float *h) {
	for (idx m = 0; m < rows; m++, gate += stride, up += stride, h += n)
		COLUMNS {
			v16 x = load_n(gate + i, n - i, 0), e = expv(sub(all(0), x));
			store_n(h + i, n - i, mul(quo(x, add(all(1), e)), load_n(up + i, n - i, 0)));
		}
}

// gate and up become the gradients of themselves.
static void swiglu_grad(idx rows, idx n, float *gate, float *up, idx stride, const float *dh) {
	for (idx m = 0; m < rows; m++, gate += stride, up += stride, dh += n)
		COLUMNS {
			v16 x = load_n(gate + i, n - i, 0), u = load_n(up + i, n - i, 0), d = load_n(dh + i, n - i, 0);
			v16 sigmoid = quo(all(1), add(all(1), expv(sub(all(0), x))));
			v16 silu = mul(x, sigmoid);
			store_n(up + i, n - i, mul(d, silu));
			store_n(gate + i, n - i, mul(mul(d, u), fma3(silu, sub(all(1), sigmoid), sigmoid)));
		}
}

// GELU by its tanh approximation, x/2 (1 + tanh t) with t = sqrt(2/pi) (x +
// 0.044715 x^3), which is x / (1 + e^-2t). gelu_slope is 2t/x.
static const float GELU_LINEAR = 0x1.988454p+0f; // 2 sqrt(2/pi)
static const float GELU_CUBIC = 0x1.2444f2p-4f;  // 0.044715 times that
INLINE v16 gelu_slope(v16 square) { return fma3(all(GELU_CUBIC), square, all(GELU_LINEAR)); }

static void geglu(idx rows, idx n, const float *gate, const float *up, idx stride, float *h) {
	for (idx m = 0; m < rows; m++, gate += stride, up += stride, h += n)
		COLUMNS {
			v16 x = load_n(gate + i, n - i, 0), e = expv(mul(sub(all(0), x), gelu_slope(mul(x, x))));
			store_n(h + i, n - i, mul(quo(x, add(all(1), e)), load_n(up + i, n - i, 0)));
		}
}

static void geglu_grad(idx rows, idx n, float *gate, float *up, idx stride, const float *dh) {
	for (idx m = 0; m < rows; m++, gate += stride, up += stride, dh += n)
		COLUMNS {
			v16 x = load_n(gate + i, n - i, 0), u = load_n(up + i, n - i, 0), d = load_n(dh + i, n - i, 0);
			v16 square = mul(x, x), sigmoid = quo(all(1), add(all(1), expv(mul(sub(all(0), x), gelu_slope(square)))));
			v16 gelu = mul(x, sigmoid), inner = fma3(all(3 * GELU_CUBIC), square, all(GELU_LINEAR));
			store_n(up + i, n - i, mul(d, gelu));
			store_n(gate + i, n - i, mul(mul(d, u), fma3(mul(gelu, sub(all(1), sigmoid)), inner, sigmoid)));
		}
}
