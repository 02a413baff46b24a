package kernel_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// A tile is fast as long as its sums stay in registers. Compilers have been
// seen to keep some on the stack after harmless edits, at half the speed and
// the same results, so the assembly is read.
func TestTilesKeepTheirSumsInRegisters(t *testing.T) {
	for _, source := range []string{"avx2_amd64.c", "avx512_amd64.c", "avx512_bf16_amd64.c"} {
		t.Run(source, func(t *testing.T) {
			loops := fmaLoops(assembly(t, source))
			if len(loops) < 2 {
				t.Fatalf("found %d loops of fma in tile functions, want one in each", len(loops))
			}
			for name, body := range loops {
				if spill := regexp.MustCompile(`\tvmov\w+\s+%[xyz]mm\d+, .*\(%r[sb]p.*`).FindString(body); spill != "" {
					t.Errorf("%s stores a vector to the stack at every step:%s", name, spill)
				}
			}
		})
	}
}

// assembly compiles source as cgo does and returns the assembly.
func assembly(t *testing.T, source string) string {
	t.Helper()
	compiler, err := exec.Command("go", "env", "CC").Output()
	if err != nil {
		t.Fatal("asking go for the C compiler: ", err)
	}
	command := append(strings.Fields(string(compiler)), "-std=c11", "-O3", "-S", "-o", "-", source)
	text, err := exec.Command(command[0], command[1:]...).Output()
	if err != nil {
		t.Fatalf("compiling %s with %s: %v", source, command[0], err)
	}
	return string(text)
}

// fmaLoops returns the bodies of the innermost loops with a fused
// multiply-add in functions whose name starts with tile, by function.
func fmaLoops(text string) map[string]string {
	label := regexp.MustCompile(`^(\.?\w+):`)
	jump := regexp.MustCompile(`^\tj\w+\s+(\.L\w+)`)
	loops, function, starts := map[string]string{}, "", map[string]int{}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if m := label.FindStringSubmatch(line); m != nil {
			starts[m[1]] = i
			if !strings.HasPrefix(line, ".") {
				function = m[1]
			}
		}
		m := jump.FindStringSubmatch(line)
		if m == nil || !strings.HasPrefix(function, "tile") {
			continue
		}
		if start, back := starts[m[1]]; back {
			body := strings.Join(lines[start:i], "\n")
			if old, seen := loops[function]; (strings.Contains(body, "vfmadd231ps") || strings.Contains(body, "vdpbf16ps")) && (!seen || len(body) < len(old)) {
				loops[function] = body
			}
		}
	}
	return loops
}
