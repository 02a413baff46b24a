package kernel

// #include "kernels.h"
import "C"

import "golang.org/x/sys/cpu"

// wider returns the levels beyond the portable one that this CPU runs and this
// system keeps the registers of. C compilers tell that, too, but not all of them:
// zig's __builtin_cpu_supports knows no CPU.
func wider() []*Set {
	var sets []*Set
	x86 := &cpu.X86
	avx2 := x86.HasAVX2 && x86.HasFMA
	if avx2 {
		sets = append(sets, &Set{table: &C.kernels_avx2})
	}
	if avx2 && x86.HasAVX512F && x86.HasAVX512BW && x86.HasAVX512VL && x86.HasAVX512DQ {
		sets = append(sets, &Set{table: &C.kernels_avx512})
		if x86.HasAVX512BF16 {
			sets = append(sets, &Set{table: &C.kernels_avx512_bf16})
		}
	}
	return sets
}
