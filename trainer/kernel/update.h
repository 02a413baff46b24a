// update.h: element-wise sums, norms and the optimisers' steps.
static void add_rows(idx n, float *y, const float *x) {
	COLUMNS store_n(y + i, n - i, add(load_n(y + i, n - i, 0), load_n(x + i, n - i, 0)));
}

static void add_bias(idx rows, idx n, float *y, const float *b) {
	for (idx m = 0; m < rows; m++, y += n) add_rows(n, y, b);
}

// db = sum over rows of dy, rows ascending.
static void bias_grad(idx rows, idx n, const float *dy, float *db) {
	COLUMNS {
		v16 s = all(0);
		for (idx m = 0; m < rows; m++) s = add(s, load_n(dy + m * n + i, n - i, 0));
		store_n(db + i, n - i, s);
	}
}

static void scale_all(idx n, float *x, float s) {
	COLUMNS store_n(x + i, n - i, mul(load_n(x + i, n - i, 0), all(s)));
}

// Sixteen sums in double, folded as sum folds. A float's square is exact in
// double, so each step rounds once.
static double sum_squares(idx n, const float *x) {
	double s[16] = {0};
	idx i = 0;
	for (; i + 16 <= n; i += 16)
		for (int j = 0; j < 16; j++) s[j] += (double)x[i + j] * x[i + j];
	for (int j = 0; i + j < n; j++) s[j] += (double)x[i + j] * x[i + j];
	for (int h = 8; h; h /= 2)
		for (int j = 0; j < h; j++) s[j] += s[j + h];
	return s[0];
}

static void adam(idx n, float *w, const float *g, float *m, float *v, adam_step s) {
	COLUMNS {
		v16 weight = load_n(w + i, n - i, 0), grad = load_n(g + i, n - i, 0);
		if (s.decay != 0) grad = fma3(all(s.decay), weight, grad);
		if (s.shrink != 1) weight = mul(weight, all(s.shrink));
		v16 first = fma3(all(s.beta1), load_n(m + i, n - i, 0), mul(all(s.rest1), grad));
		v16 second = fma3(all(s.beta2), load_n(v + i, n - i, 0), mul(mul(all(s.rest2), grad), grad));
		v16 below = add(quo(root(second), all(s.correction)), all(s.eps));
		v16 ratio = zero_where_zero(quo(first, below), below);
		store_n(m + i, n - i, first);
		store_n(v + i, n - i, second);
		store_n(w + i, n - i, fma3(all(-s.step), ratio, weight));
	}
}

static void sgd(idx n, float *w, const float *g, float *buf, sgd_step s) {
	COLUMNS {
		v16 weight = load_n(w + i, n - i, 0), grad = load_n(g + i, n - i, 0);
		if (s.decay != 0) grad = fma3(all(s.decay), weight, grad);
		if (s.momentum != 0) {
			v16 v = s.first ? grad : fma3(all(s.momentum), load_n(buf + i, n - i, 0), grad);
			store_n(buf + i, n - i, v);
			grad = s.nesterov ? fma3(all(s.momentum), v, grad) : v;
		}
		store_n(w + i, n - i, fma3(all(-s.lr), grad, weight));
	}
}
