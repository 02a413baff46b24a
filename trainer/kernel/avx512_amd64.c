// avx512_amd64.c: x86-64 with AVX-512 F, BW, VL and DQ.
#define LEVEL_AVX512
#define TABLE kernels_avx512
#define TABLE_NAME "avx512"
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)
#include "table.h"
#pragma clang attribute pop
#else
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,prefer-vector-width=512")
#include "table.h"
#endif
