// call.c: runs calls of kernels, one after the other or shared out to threads.
//
// A call is shared out by rows, columns or heads, so that each element is computed as
// one thread computes it. The threads go through the calls in order: a thread takes the
// next part of a call until none is left, and waits for those that others took before it
// begins a call that depends on them.
#include "kernels.h"
#include <string.h>

static void run_call(const kernels *k, call *c) {
	const idx *s = c->size;
	const float *r = c->real;
	void **p = c->at;
	switch (c->kernel) {
	case MUL: k->mul[c->variant](p[1], s[3], s[4], s[5], (span){s[1], s[2]}, s[0], p[0], s[6], p[2], s[7], s[8], p[3]); break;
	case GEMM: k->gemm(s[0], s[1], s[2], p[0], s[3], s[4], p[1], s[5], p[2], s[6], s[7]); break;
	case RMSNORM: k->rmsnorm(s[0], s[1], r[0], p[0], p[1], p[2], p[3]); break;
	case RMSNORM_GRAD: k->rmsnorm_grad(s[0], s[1], p[0], p[1], p[2], p[3], p[4]); break;
	case RMSNORM_WEIGHT_GRAD: k->rmsnorm_weight_grad(s[0], s[1], p[0], p[1], p[2], p[3]); break;
	case LAYERNORM: k->layernorm(s[0], s[1], r[0], p[0], p[1], p[2], p[3], p[4]); break;
	case LAYERNORM_GRAD: k->layernorm_grad(s[0], s[1], p[0], p[1], p[2], p[3], p[4], p[5]); break;
	case LAYERNORM_WEIGHT_GRAD: k->layernorm_weight_grad(s[0], s[1], p[0], p[1], p[2], p[3], p[4]); break;
	case GATE: k->gate[c->variant](s[0], s[1], p[0], p[1], s[2], p[2]); break;
	case GATE_GRAD: k->gate_grad[c->variant](s[0], s[1], p[0], p[1], s[2], p[2]); break;
	case ROPE: (c->variant ? k->rope_adjacent : k->rope)(s[0], s[1], s[2], s[3], p[0], s[4], p[1], r[0]); break;
	case ATTENTION: k->attention(s[0], s[1], c->how, p[0], s[2], p[1], p[2], s[3], p[3], s[4], p[4]); break;
	case ATTENTION_GRAD: k->attention_grad(s[0], c->how, p[0], s[1], p[1], p[2], s[2], p[3], s[3], p[4], p[5], p[6], p[7]); break;
	case CROSS_ENTROPY: k->cross_entropy(s[0], s[1], p[0], p[1], p[2]); break;
	case CROSS_ENTROPY_GRAD: k->cross_entropy_grad(s[0], s[1], p[0], p[1], r[0], p[2]); break;
	case SOFT_CAP: k->soft_cap(s[0], p[0], r[0], r[1]); break;
	case SOFT_CAP_GRAD: k->soft_cap_grad(s[0], p[0], p[1], r[0], r[1]); break;
	case ADD: k->add(s[0], p[0], p[1]); break;
	case ADD_BIAS: k->add_bias(s[0], s[1], p[0], p[1]); break;
	case BIAS_GRAD: k->bias_grad(s[0], s[1], p[0], p[1]); break;
	case SCALE: k->scale(s[0], p[0], r[0]); break;
	case SUM_SQUARES: c->result = k->sum_squares(s[0], p[0]); break;
	case ADAM: k->adam(s[0], p[0], p[1], p[2], p[3], c->adam); break;
	case SGD: k->sgd(s[0], p[0], p[1], p[2], c->sgd); break;
	case COPY: memcpy(p[0], p[1], s[0] * sizeof(float)); break;
	case CLEAR: memset(p[0], 0, s[0] * sizeof(float)); break;
	case GATHER:
		for (idx i = 0; i < s[0]; i++) memcpy((float *)p[0] + i * s[1], (float *)p[1] + ((int32_t *)p[2])[i] * s[1], s[1] * sizeof(float));
		break;
	case SCATTER:
		for (idx i = 0; i < s[0]; i++) memcpy((float *)p[0] + ((int32_t *)p[2])[i] * s[1], (float *)p[1] + i * s[1], s[1] * sizeof(float));
		break;
	}
}

void run_calls(const kernels *k, call *calls, idx n) {
	for (idx i = 0; i < n; i++) run_call(k, calls + i);
}

#ifndef _WIN32
#include <errno.h>
#include <sched.h>
#include <unistd.h>

// Passes the time until another thread is done, the shorter the better.
static void pass(idx spins) {
	if (spins > 4096) {
		sched_yield();
		return;
	}
#if defined __x86_64__
	__builtin_ia32_pause();
#elif defined __aarch64__
	__asm__ volatile("isb");
#endif
}

// Has some helpers look for a list.
void rouse(team *t, idx helpers) {
	static const char bytes[64];
	while (helpers > 0) {
		ssize_t n = write((int)t->wake, bytes, helpers < 64 ? helpers : 64);
		if (n < 0 && errno != EINTR) return;
		if (n > 0) helpers -= n;
	}
}

// How a call is cut: along one of its sizes, at multiples of grain, argument i going
// step[i] floats further with each. A call without a size is not cut.
typedef struct {
	idx *along, grain;
	idx step[8];
	int scratch; // which argument is scratch memory, which each thread has of its own; -1: none
	int few;     // no more parts than threads
} cutting;

enum { EVEN = 64 };  // elements, of what goes element by element
enum { PANEL = 16 }; // columns of a product that has few of them
enum { TILES = 48 }; // columns of one that has many, a multiple of every tile's

static cutting cutting_of(call *c) {
	idx *s = c->size, n = s[1], dim = c->how.dim, group = c->how.kv_heads ? c->how.heads / c->how.kv_heads : 0;
	switch (c->kernel) {
	case MUL: { // each part of the rows lays out all of W, each part of the columns rounds all of A
		idx threads = c->threads, slab = c->variant == FLOAT32 ? SLAB : ROUNDED_SLAB;
		if (s[2] >= 4 * threads * slab) return (cutting){&s[2], slab, {0}, 3, 0};
		if (c->variant == FLOAT32 && s[2] % (PANEL * threads) == 0) return (cutting){&s[2], PANEL, {0}, 3, c->wide > PANEL};
		return (cutting){&s[0], 8, {s[6], 0, s[7]}, 3, 1};
	}
	case GEMM:
		if (n >= 8 * TILES) return (cutting){&s[1], TILES, {0, 1, 1}, -1, 0};
		if (n > s[0]) return (cutting){&s[1], PANEL, {0, 1, 1}, -1, 1};
		return (cutting){&s[0], 8, {s[3], 0, s[6]}, -1, 0};
	case RMSNORM: return (cutting){s, 1, {n, 0, n, 1}, -1, 0};
	case RMSNORM_GRAD: return (cutting){s, 1, {n, 0, 1, n, n}, -1, 0};
	case LAYERNORM: return (cutting){s, 1, {n, 0, n, 1, 1}, -1, 0};
	case LAYERNORM_GRAD: return (cutting){s, 1, {n, 0, 1, 1, n, n}, -1, 0};
	case GATE:
	case GATE_GRAD:
		if (s[0] == 1) return (cutting){&s[1], EVEN, {1, 1, 1}, -1, 0};
		return (cutting){s, 1, {s[2], s[2], n}, -1, 0};
	case ROPE: return (cutting){s, 1, {s[4], s[3]}, -1, 0};
	case ATTENTION: return (cutting){&c->how.kv_heads, 1, {group * dim, dim, dim, group * dim}, 4, 0};
	case ATTENTION_GRAD: return (cutting){&c->how.kv_heads, 1, {group * dim, dim, dim, group * dim, group * dim, dim, dim}, 7, 0};
	case CROSS_ENTROPY:
	case CROSS_ENTROPY_GRAD: return (cutting){s, 1, {n, 1, 1}, -1, 0};
	case ADD_BIAS: return (cutting){s, 1, {n, 0}, -1, 0};
	case SOFT_CAP:
	case SOFT_CAP_GRAD:
	case ADD:
	case SCALE:
	case ADAM:
	case SGD:
	case COPY:
	case CLEAR: return (cutting){s, EVEN, {1, 1, 1, 1}, -1, 0};
	case GATHER: return (cutting){s, 1, {n, 0, 1}, -1, 0};
	case SCATTER: return (cutting){s, 1, {0, n, 1}, -1, 0};
	default: return (cutting){.scratch = -1};
	}
}

// The least work that is worth a part: some 3 us of one thread.
static const double WORTH = 1 << 18;

// How many parts a call is cut into. Threads that are not equally fast, as others run on
// their cores too, take different numbers of them; of those that are none has more to do
// than it must.
static idx parts_of(const kernels *k, call *c, idx threads) {
	c->threads = threads, c->wide = k->wide;
	cutting cut = cutting_of(c);
	if (!cut.along || threads == 1) return 1;
	idx units = (*cut.along + cut.grain - 1) / cut.grain, most = cut.few ? threads : 4 * threads;
	if (c->work / WORTH < most) most = (idx)(c->work / WORTH);
	if (units < most) most = units;
	idx best = most > 1 ? most : 1, least = 0; // units of the thread that has most of them
	for (idx parts = best; parts >= threads && 2 * parts > most; parts--) {
		idx has = (parts + threads - 1) / threads * ((units + parts - 1) / parts);
		if (!least || has < least) best = parts, least = has;
	}
	return best;
}

// scratch is that of a helper; the other thread's is where the call has it.
static void run_part(const kernels *k, call *c, idx part, float *scratch) {
	call mine = *c;
	cutting cut = cutting_of(&mine);
	if (c->parts > 1) {
		idx whole = *cut.along, units = (whole + cut.grain - 1) / cut.grain;
		idx from = units * part / c->parts * cut.grain, to = units * (part + 1) / c->parts * cut.grain;
		if (to > whole) to = whole;
		for (int i = 0; i < 8; i++)
			if (mine.at[i]) mine.at[i] = (float *)mine.at[i] + cut.step[i] * from;
		if (cut.along == &mine.how.kv_heads) mine.how.heads = mine.how.heads / whole * (to - from);
		*cut.along = to - from;
		if (mine.kernel == MUL && cut.along == &mine.size[2]) mine.size[1] = from, mine.size[2] = to;
	}
	if (cut.scratch >= 0 && scratch) mine.at[cut.scratch] = scratch;
	run_call(k, &mine);
}

// Waits for the parts of calls that other threads took.
static void wait_for(call *from, call *to) {
	for (; from < to; from++)
		for (idx spins = 0; __atomic_load_n(&from->done, __ATOMIC_ACQUIRE) < from->parts; spins++)
			pass(spins);
}

// Takes parts of the calls until all are done.
static void work(team *t, float *scratch) {
	call *calls = (call *)t->calls, *end = calls + t->count, *waited = calls;
	for (call *c = calls; c < end; c++) {
		if (c > calls && !c[-1].beside) {
			wait_for(waited, c);
			waited = c;
		}
		while (__atomic_load_n(&c->taken, __ATOMIC_RELAXED) < c->parts) {
			idx part = __atomic_fetch_add(&c->taken, 1, __ATOMIC_RELAXED);
			if (part >= c->parts) break;
			run_part(t->table, c, part, scratch);
			__atomic_fetch_add(&c->done, 1, __ATOMIC_RELEASE);
		}
	}
	wait_for(waited, end);
}

// Runs the list of a team. None of the helpers looks at it when it returns.
void run_together(team *t) {
	static int64_t lists;
	call *calls = (call *)t->calls;
	idx helpers = __atomic_load_n(&t->wanted, __ATOMIC_SEQ_CST);
	for (idx i = 0; i < t->count; i++) calls[i].parts = parts_of(t->table, calls + i, 1 + helpers);
	__atomic_store_n(&t->open, __atomic_add_fetch(&lists, 1, __ATOMIC_RELAXED), __ATOMIC_SEQ_CST);
	rouse(t, helpers);
	work(t, NULL);
	__atomic_store_n(&t->open, 0, __ATOMIC_SEQ_CST);
	for (idx spins = 0; __atomic_load_n(&t->inside, __ATOMIC_SEQ_CST); spins++) pass(spins);
}

// Helps with lists until the helper of this seat is not wanted any longer, or lacks
// scratch memory for the list that is open.
int help(team *t, int64_t seat, float *scratch, int64_t floats) {
	for (;;) {
		if (__atomic_load_n(&t->wanted, __ATOMIC_SEQ_CST) <= seat) {
			rouse(t, 1); // in place of this one, which may have taken the byte of another
			return UNWANTED;
		}
		__atomic_add_fetch(&t->inside, 1, __ATOMIC_SEQ_CST);
		int64_t list = __atomic_load_n(&t->open, __ATOMIC_SEQ_CST);
		int cramped = list && t->scratch > floats;
		if (list && !cramped) work(t, scratch);
		__atomic_sub_fetch(&t->inside, 1, __ATOMIC_SEQ_CST);
		if (cramped) return CRAMPED;
		char byte;
		while (read((int)t->woken, &byte, 1) < 0 && errno == EINTR) {}
	}
}
#endif
