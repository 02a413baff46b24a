// levels.c: which instruction-set levels this CPU runs.
#include "kernels.h"

extern const kernels kernels_portable, kernels_avx2, kernels_avx512, kernels_neon;

const kernels *kernels_level(int i) {
	if (i == 0) return &kernels_portable;
#if defined __x86_64__
	__builtin_cpu_init();
	int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
	int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
	if (i == 1 && avx2) return &kernels_avx2;
	if (i == 2 && avx512) return &kernels_avx512;
#elif defined __aarch64__
	if (i == 1) return &kernels_neon;
#endif
	return NULL;
}
