// avx2_amd64.c: x86-64 with AVX2 and FMA.
#define LEVEL_AVX2
#define TABLE kernels_avx2
#define TABLE_NAME "avx2"
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "table.h"
#pragma clang attribute pop
#else
#pragma GCC target("avx2,fma")
#include "table.h"
#endif
