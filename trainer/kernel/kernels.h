// kernels.h: the table of kernels that every instruction-set level fills in.
// Matrices are row-major float32; sizes and strides count elements.
#ifndef SWEEP_KERNELS_H
#define SWEEP_KERNELS_H
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t idx;

enum { QUERIES = 16 }; // how many queries attention takes at a time

// How many steps of k a sum of products takes before it is added to what was
// there, and the columns of a matrix that are laid out at a time, as floats or as
// pairs of rounded numbers; of these how many rows of A are rounded at a time.
enum { BLOCK = 1024, SLAB = 48, ROUNDED_SLAB = 96, ROUNDED_ROWS = 512 };

// How a matrix of weights stores its elements. Every level fills in a
// mul, a row and a peak for each.
enum { FLOAT32, BFLOAT16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K, NF4, FORMATS };

// The numbers of NF4, in float32.
#define NORMAL_FLOATS { \
	-1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, \
	-0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, \
	0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f}

// The functions of a gated unit's gate. Every level fills in a gate and its gradient for
// each.
enum { SILU, GELU_TANH, ACTIVATIONS };

// How queries attend to keys.
typedef struct {
	idx heads, kv_heads, dim;
	float scale; // of their products
	float cap;   // beyond which these do not go; 0: none
	idx window;  // positions that each sees, its own included; 0: all before
} attending;

// One step of Adam or AdamW, with everything that is the same for all
// elements worked out beforehand.
typedef struct {
	float beta1, rest1;  // beta1, 1 - beta1
	float beta2, rest2;  // beta2, 1 - beta2
	float correction;    // sqrt(1 - beta2^t)
	float step;          // lr / (1 - beta1^t)
	float eps;
	float decay;         // added to the gradient: decay * w
	float shrink;        // multiplied into the weight: 1 - lr * decay
} adam_step;

typedef struct {
	float lr, momentum, decay;
	int first;    // the momentum buffer starts as the gradient
	int nesterov; // step along the gradient plus momentum times the buffer
} sgd_step;

// Some of the columns of a product, of which the first is that of a slab.
typedef struct { idx from, to; } span;

typedef struct {
	const char *name;
	void (*mul[FORMATS])(const void *w, idx rows, idx columns, int transposed, span cut, idx M, const float *a, idx as,
		float *c, idx cs, int add, float *scratch);
	void (*row[FORMATS])(const void *w, idx columns, idx i, float *to);
	void (*encode[FORMATS])(idx columns, const float *x, uint8_t *to); // of a row; NULL for formats that are read only
	void (*gemm)(idx M, idx N, idx K, const float *a, idx am, idx ak, const float *b, idx bk, float *c, idx cm, int add);
	void (*rmsnorm)(idx rows, idx n, float eps, const float *x, const float *w, float *y, float *inv);
	void (*rmsnorm_grad)(idx rows, idx n, const float *x, const float *w, const float *inv, const float *dy, float *dx);
	void (*rmsnorm_weight_grad)(idx rows, idx n, const float *x, const float *inv, const float *dy, float *dw);
	void (*layernorm)(idx rows, idx n, float eps, const float *x, const float *w, float *y, float *mean, float *inv);
	void (*layernorm_grad)(idx rows, idx n, const float *x, const float *w, const float *mean, const float *inv, const float *dy, float *dx);
	void (*layernorm_weight_grad)(idx rows, idx n, const float *x, const float *mean, const float *inv, const float *dy, float *dw);
	void (*gate[ACTIVATIONS])(idx rows, idx n, const float *gate, const float *up, idx stride, float *h);
	void (*gate_grad[ACTIVATIONS])(idx rows, idx n, float *gate, float *up, idx stride, const float *dh);
	void (*rope)(idx tokens, idx heads, idx dim, idx turned, float *x, idx xs, const float *table, float direction);
	void (*rope_adjacent)(idx tokens, idx heads, idx dim, idx turned, float *x, idx xs, const float *table, float direction);
	void (*attention)(idx S, idx past, attending a, const float *q, idx qs,
		const float *key, const float *value, idx kvs, float *out, idx os, float *scratch);
	void (*attention_grad)(idx S, attending a, const float *q, idx qs,
		const float *key, const float *value, idx kvs, const float *dout, idx os,
		float *dq, float *dk, float *dv, float *scratch);
	void (*cross_entropy)(idx rows, idx vocab, const float *logits, const int32_t *targets, float *losses);
	void (*cross_entropy_grad)(idx rows, idx vocab, float *logits, const int32_t *targets, float scale, float *losses);
	void (*soft_cap)(idx n, float *x, float scale, float cap);
	void (*soft_cap_grad)(idx n, const float *y, float *d, float scale, float cap);
	void (*add)(idx n, float *y, const float *x);
	void (*add_bias)(idx rows, idx n, float *y, const float *b);
	void (*bias_grad)(idx rows, idx n, const float *dy, float *db);
	void (*scale)(idx n, float *x, float s);
	double (*sum_squares)(idx n, const float *x);
	void (*adam)(idx n, float *w, const float *g, float *m, float *v, adam_step s);
	void (*sgd)(idx n, float *w, const float *g, float *buf, sgd_step s);
	idx (*peak[2])(idx rounds); // of products by FLOAT32, and by the other formats
	int per_pair; // floats of scratch that a pair of rounded numbers takes
	int wide;     // columns of the widest tile
} kernels;

// The kernels of a table, and some that move elements.
enum {
	MUL, GEMM, RMSNORM, RMSNORM_GRAD, RMSNORM_WEIGHT_GRAD, LAYERNORM, LAYERNORM_GRAD, LAYERNORM_WEIGHT_GRAD,
	GATE, GATE_GRAD, ROPE, ATTENTION, ATTENTION_GRAD, CROSS_ENTROPY, CROSS_ENTROPY_GRAD, SOFT_CAP, SOFT_CAP_GRAD,
	ADD, ADD_BIAS, BIAS_GRAD, SCALE, SUM_SQUARES, ADAM, SGD, COPY, CLEAR, GATHER, SCATTER
};

// A call of a kernel: its arguments by their types, those of a type in the order of the
// kernel's parameters.
typedef struct {
	int kernel, variant; // variant: its format or activation; whether elements that turn together are adjacent
	int beside;          // the next call does not depend on this one, nor does one of them write what the other reads
	idx size[9];         // whether to add is the last of them
	float real[2];
	void *at[8];
	attending how;
	adam_step adam;
	sgd_step sgd;
	double work;   // floating-point operations, roughly
	idx scratch;   // floats of scratch memory that it needs
	double result;

	idx threads, wide;      // that share the call, and the columns of its widest tile
	idx parts, taken, done; // of the call
} call;

void run_calls(const kernels *k, call *calls, idx n);

// A thread that runs a list of calls, and its helpers.
typedef struct {
	const kernels *table;
	uintptr_t calls;         // call *, of the list
	int64_t count, scratch;  // calls of the list, floats of scratch memory that a thread needs
	int64_t open;            // number of the list, 0 while there is none
	int64_t inside;          // helpers that are at it
	int64_t wanted;          // helpers
	int64_t wake, woken;     // a pipe: a helper takes a byte of it before it looks for a list again
} team;

#ifndef _WIN32
enum { UNWANTED, CRAMPED };
void rouse(team *t, idx helpers);
void run_together(team *t);
int help(team *t, int64_t seat, float *scratch, int64_t floats);
#endif

// The levels; those that a CPU may lack are there on its architecture alone.
extern const kernels kernels_portable, kernels_avx2, kernels_avx512, kernels_avx512_bf16, kernels_neon;

#endif
