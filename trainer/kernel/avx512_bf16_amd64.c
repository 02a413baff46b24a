// avx512_bf16_amd64.c: x86-64 with AVX-512 F, BW, VL, DQ and BF16.
#define LEVEL_AVX512
#define LEVEL_AVX512_BF16
#define TABLE kernels_avx512_bf16
#define TABLE_NAME "avx512_bf16"
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16"))), apply_to = function)
#include "table.h"
#pragma clang attribute pop
#else
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,prefer-vector-width=512")
#include "table.h"
#endif
