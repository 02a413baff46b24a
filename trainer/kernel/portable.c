// portable.c: plain C for any machine; the level the others are held to.
#define TABLE kernels_portable
#define TABLE_NAME "portable"
#include "table.h"
