// loss.h: cross-entropy of rows of logits, in nats.

// ln x of a finite x >= 1 by the series of atanh, in double; NaN otherwise.
static double log_sum(double x) {
	if (!(x >= 1 && x <= DBL_MAX)) return NAN;
	int exponent = 0;
	for (; x >= 2; x /= 2) exponent++;
	double z = (x - 1) / (x + 1), square = z * z, s = 0;
	for (int k = 39; k > 0; k -= 2) s = s * square + 1.0 / k;
	return exponent * 0.69314718055994530942 + 2 * z * s;
}

static void cross_entropy(idx rows, idx n, const float *x, const int32_t *targets, float *losses) {
	for (idx m = 0; m < rows; m++, x += n) {
		losses[m] = 0;
		if (targets[m] < 0) continue;
		float high = row_top(n, x);
		v16 s = all(0);
		COLUMNS s = add(s, expv(sub(load_n(x + i, n - i, -INFINITY), all(high))));
		losses[m] = (float)(log_sum(sum(s)) + high - x[targets[m]]);
	}
}

// The same losses; the logits become (softmax - onehot) * scale.
static void cross_entropy_grad(idx rows, idx n, float *x, const int32_t *targets, float scale, float *losses) {
	for (idx m = 0; m < rows; m++, x += n) {
		losses[m] = 0;
		if (targets[m] < 0) {
			memset(x, 0, n * sizeof *x);
			continue;
		}
		float high = row_top(n, x), hit = x[targets[m]];
		v16 s = all(0);
		COLUMNS {
			v16 e = expv(sub(load_n(x + i, n - i, -INFINITY), all(high)));
			s = add(s, e);
			store_n(x + i, n - i, e);
		}
		float z = sum(s);
		v16 r = all(scale / z);
		COLUMNS store_n(x + i, n - i, mul(load_n(x + i, n - i, 0), r));
		x[targets[m]] -= scale;
		losses[m] = (float)(log_sum(z) + high - hit);
	}
}
