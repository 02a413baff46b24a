// norm.h: normalisation of rows.

// Root mean square (Zhang and Sennrich, arXiv 1910.07467): y = x * inv * w with
// inv = 1/sqrt(mean(x^2) + eps).
static void rmsnorm(idx rows, idx n, float eps, const float *x, const float *w, float *y, float *inv) {
	for (idx m = 0; m < rows; m++, x += n, y += n) {
		v16 s = all(0);
		COLUMNS {
			v16 a = load_n(x + i, n - i, 0);
			s = fma3(a, a, s);
		}
		inv[m] = 1 / sqrtf(sum(s) / (float)n + eps);
		v16 r = all(inv[m]);
		COLUMNS store_n(y + i, n - i, mul(mul(load_n(x + i, n - i, 0), r), load_n(w + i, n - i, 0)));
	}
}

// dx += inv * (dy*w) - x * inv^3 * mean(x*dy*w)
static void rmsnorm_grad(idx rows, idx n, const float *x, const float *w, const float *inv, const float *dy, float *dx) {
	for (idx m = 0; m < rows; m++, x += n, dy += n, dx += n) {
		v16 s = all(0);
		COLUMNS s = fma3(mul(load_n(dy + i, n - i, 0), load_n(w + i, n - i, 0)), load_n(x + i, n - i, 0), s);
		float r = inv[m], along = -(r * r * r * (sum(s) / (float)n));
		COLUMNS {
			v16 g = mul(load_n(dy + i, n - i, 0), load_n(w + i, n - i, 0));
			v16 d = fma3(all(along), load_n(x + i, n - i, 0), mul(all(r), g));
			store_n(dx + i, n - i, add(load_n(dx + i, n - i, 0), d));
		}
	}
}

// dw = sum over rows of dy * x * inv, rows ascending.
static void rmsnorm_weight_grad(idx rows, idx n, const float *x, const float *inv, const float *dy, float *dw) {
	COLUMNS {
		v16 s = all(0);
		for (idx m = 0; m < rows; m++)
			s = fma3(load_n(dy + m * n + i, n - i, 0), mul(load_n(x + m * n + i, n - i, 0), all(inv[m])), s);
		store_n(dw + i, n - i, s);
	}
}

// Layer normalisation without a bias (Ba et al., arXiv 1607.06450): y = (x -
// mean) * inv * w with inv = 1/sqrt(variance + eps).
static void layernorm(idx rows, idx n, float eps, const float *x, const float *w, float *y, float *mean, float *inv) {
	for (idx m = 0; m < rows; m++, x += n, y += n) {
		v16 s = all(0), square = all(0);
		COLUMNS s = add(s, load_n(x + i, n - i, 0));
		mean[m] = sum(s) / (float)n;
		v16 centre = all(mean[m]);
		COLUMNS {
			v16 a = sub(load_n(x + i, n - i, mean[m]), centre);
			square = fma3(a, a, square);
		}
		inv[m] = 1 / sqrtf(sum(square) / (float)n + eps);
		v16 r = all(inv[m]);
		COLUMNS store_n(y + i, n - i, mul(mul(sub(load_n(x + i, n - i, 0), centre), r), load_n(w + i, n - i, 0)));
	}
}

// dx += inv * (g - mean(g) - (x - mean) * inv^2 * mean(g * (x - mean))), g = dy*w
static void layernorm_grad(idx rows, idx n, const float *x, const float *w, const float *mean, const float *inv, const float *dy, float *dx) {
	for (idx m = 0; m < rows; m++, x += n, dy += n, dx += n) {
		v16 s = all(0), along = all(0), centre = all(mean[m]);
		COLUMNS {
			v16 g = mul(load_n(dy + i, n - i, 0), load_n(w + i, n - i, 0));
			s = add(s, g);
			along = fma3(g, sub(load_n(x + i, n - i, mean[m]), centre), along);
		}
		float r = inv[m], a = -(r * r * (sum(along) / (float)n));
		v16 level = all(sum(s) / (float)n);
		COLUMNS {
			v16 g = mul(load_n(dy + i, n - i, 0), load_n(w + i, n - i, 0));
			v16 d = fma3(all(a), sub(load_n(x + i, n - i, 0), centre), sub(g, level));
			store_n(dx + i, n - i, fma3(all(r), d, load_n(dx + i, n - i, 0)));
		}
	}
}

// dw = sum over rows of dy * (x - mean) * inv, rows ascending.
static void layernorm_weight_grad(idx rows, idx n, const float *x, const float *mean, const float *inv, const float *dy, float *dw) {
	COLUMNS {
		v16 s = all(0);
		for (idx m = 0; m < rows; m++)
			s = fma3(load_n(dy + m * n + i, n - i, 0), mul(sub(load_n(x + m * n + i, n - i, 0), all(mean[m])), all(inv[m])), s);
		store_n(dw + i, n - i, s);
	}
}
