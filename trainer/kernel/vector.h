// vector.h: v16, a vector of 16 floats on every machine: one AVX-512 register,
// two of AVX2, four of NEON, or plain C.
//
// Every operation on a lane is one IEEE 754 rounding and every reduction folds
// the lanes in one order, so every machine computes the same bits. Fused
// multiply-add is one line of inline assembly, which no compiler setting can
// split or reorder; contraction of a*b + c elsewhere is switched off.
#include <float.h>
#include <math.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "the kernels need float arithmetic that rounds to float at every step"
#endif

// gcc leaves contraction off under -std=c11; clang wants to be told.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#define UNROLL _Pragma("clang loop unroll(full)")
#define ALONE __attribute__((noinline))
#else
#define UNROLL _Pragma("GCC unroll 16")
#define ALONE __attribute__((noinline, noclone))
#endif
#define INLINE static inline __attribute__((always_inline))

#if defined LEVEL_AVX512
#define WIDTH 16
#elif defined LEVEL_AVX2
#define WIDTH 8
#else
#define WIDTH 4
#endif
#define PARTS (16 / WIDTH)
#define EACH UNROLL for (int i = 0; i < PARTS; i++)

typedef float vf __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef uint32_t vu __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef struct { vf v[PARTS]; } v16;

#if defined LEVEL_AVX512 || defined LEVEL_AVX2
#define FMA_ASM(c, a, b) __asm__("vfmadd231ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b))
#define SQRT_ASM(y, x) __asm__("vsqrtps %1, %0" : "=v"(y) : "v"(x))
#elif defined LEVEL_NEON
#define FMA_ASM(c, a, b) __asm__("fmla %0.4s, %1.4s, %2.4s" : "+w"(c) : "w"(a), "w"(b))
#define SQRT_ASM(y, x) __asm__("fsqrt %0.4s, %1.4s" : "=w"(y) : "w"(x))
#endif

// c + a*b, rounded once.
INLINE vf vf_fma(vf a, vf b, vf c) {
#ifdef FMA_ASM
	FMA_ASM(c, a, b);
#else
	for (int i = 0; i < WIDTH; i++) c[i] = fmaf(a[i], b[i], c[i]);
#endif
	return c;
}

typedef uint32_t unsigned_alias __attribute__((may_alias));

#ifdef LEVEL_AVX512_BF16
// c plus the products of two pairs of bfloat16, the odd one (the upper half) added
// first, each rounded once.
INLINE vf vf_dot(vf a, vf b, vf c) {
	__asm__("vdpbf16ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
	return c;
}
#endif

INLINE vf vf_sqrt(vf x) {
#ifdef SQRT_ASM
	vf y;
	SQRT_ASM(y, x);
	return y;
#else
	for (int i = 0; i < WIDTH; i++) x[i] = sqrtf(x[i]);
	return x;
#endif
}

INLINE vf vf_pick(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }

INLINE v16 load(const float *p) { v16 r; EACH r.v[i] = ((const vf *)p)[i]; return r; }
INLINE void store(float *p, v16 a) { EACH ((vf *)p)[i] = a.v[i]; }
INLINE v16 all(float x) { v16 r; EACH r.v[i] = x - (vf){0}; return r; }
INLINE v16 add(v16 a, v16 b) { EACH a.v[i] += b.v[i]; return a; }
INLINE v16 sub(v16 a, v16 b) { EACH a.v[i] -= b.v[i]; return a; }
INLINE v16 mul(v16 a, v16 b) { EACH a.v[i] *= b.v[i]; return a; }
INLINE v16 quo(v16 a, v16 b) { EACH a.v[i] /= b.v[i]; return a; }
INLINE v16 fma3(v16 a, v16 b, v16 c) { EACH c.v[i] = vf_fma(a.v[i], b.v[i], c.v[i]); return c; }
INLINE v16 root(v16 a) { EACH a.v[i] = vf_sqrt(a.v[i]); return a; }
// a where a > b, else b: so a NaN in a is passed over and one in b is kept.
INLINE v16 larger(v16 a, v16 b) { EACH a.v[i] = vf_pick((vi)(a.v[i] > b.v[i]), a.v[i], b.v[i]); return a; }
// a, or zero where b is zero.
INLINE v16 zero_where_zero(v16 a, v16 b) { EACH a.v[i] = (vf)((vi)a.v[i] & ~(vi)(b.v[i] == (vf){0})); return a; }

// Up to 16 floats at p: lanes from n on read as fill.
INLINE v16 load_n(const float *p, idx n, float fill) {
	if (n >= 16) return load(p);
	float t[16];
	for (int i = 0; i < 16; i++) t[i] = i < n ? p[i] : fill;
	return load(t);
}

// Up to 16 floats at p: lanes from n on are not written.
INLINE void store_n(float *p, idx n, v16 a) {
	if (n >= 16) {
		store(p, a);
		return;
	}
	float t[16];
	store(t, a);
	for (int i = 0; i < n; i++) p[i] = t[i];
}

typedef float quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t quad_mask __attribute__((vector_size(16)));

INLINE quad quad_larger(quad a, quad b) {
	quad_mask m = (quad_mask)(a > b);
	return (quad)((m & (quad_mask)a) | (~m & (quad_mask)b));
}

// The sum of the lanes, folded 8 apart, then 4, 2, 1.
INLINE float sum(v16 a) {
	float t[16];
	store(t, a);
	const quad *q = (const quad *)t;
	quad r = (q[0] + q[2]) + (q[1] + q[3]);
	return (r[0] + r[2]) + (r[1] + r[3]);
}

// The largest lane, folded as sum folds.
INLINE float top(v16 a) {
	float t[16];
	store(t, a);
	const quad *q = (const quad *)t;
	quad r = quad_larger(quad_larger(q[0], q[2]), quad_larger(q[1], q[3]));
	float even = r[0] > r[2] ? r[0] : r[2], odd = r[1] > r[3] ? r[1] : r[3];
	return even > odd ? even : odd;
}

// e^x to within 1 ulp: 2^k times a polynomial of degree 6 on |r| <= ln2/2,
// k the integer nearest x/ln2. Zero below -87 (so never subnormal), infinite
// above 88.72283, NaN for NaN.
INLINE v16 expv(v16 x) {
	const v16 magic = all(0x1.8p23f); // adding it leaves the nearest integer in the low bits
	v16 n = fma3(x, all(0x1.715476p0f), magic), k = sub(n, magic);
	v16 r = fma3(k, all(-0x1.62e4p-1f), x);
	r = fma3(k, all(-0x1.7f7d1cp-20f), r);
	v16 p = all(0x1.6850e4p-10f);
	p = fma3(p, r, all(0x1.123bccp-7f));
	p = fma3(p, r, all(0x1.555b98p-5f));
	p = fma3(p, r, all(0x1.55548ep-3f));
	p = fma3(p, r, all(0x1.fffff8p-2f));
	p = fma3(p, r, all(1));
	p = fma3(p, r, all(1));
	const v16 low = all(-87), high = all(0x1.62e42ep6f), infinity = all(INFINITY);
	EACH {
		vf e = (vf)((vu)p.v[i] + ((vu)n.v[i] << 23));
		e = (vf)((vi)e & ~(vi)(x.v[i] < low.v[i]));
		p.v[i] = vf_pick((vi)(x.v[i] <= high.v[i]), e, x.v[i] + infinity.v[i]);
	}
	return p;
}

INLINE v16 magnitude(v16 a) { EACH a.v[i] = (vf)((vi)a.v[i] & 0x7fffffff); return a; }
// a with the sign of b.
INLINE v16 signed_as(v16 a, v16 b) { EACH a.v[i] = (vf)(((vi)a.v[i] & 0x7fffffff) | ((vi)b.v[i] & ~0x7fffffff)); return a; }
// a where x < limit, else b.
INLINE v16 pick_below(v16 x, v16 limit, v16 a, v16 b) {
	EACH a.v[i] = vf_pick((vi)(x.v[i] < limit.v[i]), a.v[i], b.v[i]);
	return a;
}

// tanh x to within 2 ulp: x times a polynomial of degree 5 in x^2 below 0.625,
// 1 - 2/(e^2x + 1) from there on.
INLINE v16 tanhv(v16 x) {
	v16 s = mul(x, x), size = magnitude(x), p = all(-0x1.75e1cap-8f);
	p = fma3(p, s, all(0x1.52269ap-6f));
	p = fma3(p, s, all(-0x1.b83c5ap-5f));
	p = fma3(p, s, all(0x1.110726p-3f));
	p = fma3(p, s, all(-0x1.555532p-2f));
	v16 far = sub(all(1), quo(all(2), add(expv(add(size, size)), all(1))));
	return pick_below(size, all(0.625f), fma3(mul(p, s), x, x), signed_as(far, x));
}

// Every row kernel walks its n columns in vectors of 16, the last one partial.
#define COLUMNS for (idx i = 0; i < n; i += 16)

// How many floating-point operations a register-only loop did, for measuring the
// speed no kernel can exceed: of fma, and of what multiplies bfloat16.
enum { CHAINS = 12 };
#define PEAK(name, operation, operations) \
ALONE static idx name(idx rounds) { \
	vf s[CHAINS], a = (vf){0} + 1, b = (vf){0}; \
	UNROLL for (int j = 0; j < CHAINS; j++) s[j] = (vf){0} + (float)j; \
	for (idx r = 0; r < rounds; r++) \
		UNROLL for (int j = 0; j < CHAINS; j++) s[j] = operation(a, b, s[j]); \
	float t[WIDTH]; \
	for (int j = 1; j < CHAINS; j++) s[0] += s[j]; \
	*(vf *)t = s[0]; \
	return t[0] == CHAINS * (CHAINS - 1) / 2 ? rounds * CHAINS * WIDTH * operations : 0; \
}
PEAK(peak_fma, vf_fma, 2)
#ifdef LEVEL_AVX512_BF16
PEAK(peak_pairs, vf_dot, 4)
#else
#define peak_pairs peak_fma
#endif
