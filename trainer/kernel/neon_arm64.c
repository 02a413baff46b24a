// neon_arm64.c: 64-bit Arm, where NEON is always there.
#define LEVEL_NEON
#define TABLE kernels_neon
#define TABLE_NAME "neon"
#include "table.h"
