package grid_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sweep/sweep/grid"
)

// derived returns alpha in the only cell of a grid that derives it, at r = 8 and
// lr = 1/4.
func derived(t *testing.T, formula string) float64 {
	t.Helper()
	spec := decode(t, fmt.Sprintf("name = 'x'\n[fixed]\nr = 8\nlr = 0.25\n[derive]\nalpha = %q", formula))
	for _, p := range spec.Cells() {
		return p.Alpha
	}
	return math.NaN()
}

func TestFormulasAreArithmetic(t *testing.T) {
	for formula, want := range map[string]float64{
		"2*r":                     16,
		"r/3":                     8.0 / 3,
		"1/2":                     0.5,
		"0.02 * sqrt(16/r)":       0.02 * math.Sqrt(2),
		"-(2 - r) * 2":            12,
		"r ^ 2":                   64,
		"2 ** -1":                 0.5,
		"2 ^ 3 ^ 2":               512,
		"pow(lr, 3)":              1.0 / 64,
		"log2(r) + log2(1/lr)":    5,
		"max(1, r, 3) + min(r,2)": 10,
		"floor(2.5) + ceil(2.5)":  5,
		"round(2.5) - abs(-1)":    2,
		"9007199254740991 - 1":    9007199254740990,
		"1e3 * lr":                250,
		"steps + warmup":          200,
	} {
		if got := derived(t, formula); got != want {
			t.Errorf("%s = %v, want %v", formula, got, want)
		}
	}
}

func TestLog2AgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		x := rapid.Float64Range(1e-300, 1e300).Draw(r, "x")
		// alpha must be above 0, but a log2 may be lower.
		got := derived(t, fmt.Sprintf("2000 + log2(%g)", x)) - 2000
		if math.Abs(got-math.Log2(x)) > 1e-12 {
			r.Fatalf("log2(%g) = %v, want %v", x, got, math.Log2(x))
		}
	})
}

func TestADerivedParameterMayDependOnAnotherInAnyOrder(t *testing.T) {
	p := plan(t, `
[derive]
eps_b    = "lr_a * 1e-6"
lr_b     = "16*lr"
lr       = "alpha / 1024"
alpha    = "2*r"
seed     = "r + 1"
[grid]
r = [1, 4]
`)
	var got []string
	for _, run := range p.Runs {
		q := run.Params
		got = append(got, fmt.Sprint(run.Name, q.Alpha, q.LR, q.LRA, q.LRB, q.EpsB, q.EpsA, q.Seed))
	}
	if diff := cmp.Diff([]string{
		fmt.Sprint("r1", 2., 2./1024, 2./1024, 2./64, 2./1024*1e-6, 1e-8, 2),
		fmt.Sprint("r4", 8., 8./1024, 8./1024, 8./64, 8./1024*1e-6, 1e-8, 5),
	}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheErrorForABadFormulaNamesThePlaceAndTheCell(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown name": {
			"[derive]\nalpha = '2*rr'",
			`grid.toml:3: derive.alpha = "2*rr" names the unknown "rr"; allowed: numbers, numeric parameters, + - * / ^ and sqrt, abs, log2, floor, ceil, round, min, max, pow; did you mean "r"?`,
		},
		"another program's name": {
			"[derive]\nalpha = '2*rank'",
			`grid.toml:3: derive.alpha = "2*rank" names the unknown "rank"; allowed: `,
		},
		"unknown function": {
			"[derive]\nalpha = 'exp(r)'",
			`grid.toml:3: derive.alpha = "exp(r)" names the unknown "exp"`,
		},
		"no number to read": {
			"[derive]\nalpha = 'scaling + 1'",
			`grid.toml:3: derive.alpha = "scaling + 1" reads scaling, which is no number`,
		},
		"no number to derive": {
			"[derive]\nscaling = '2*r'",
			`grid.toml:3: derive.scaling cannot be derived, being no number; set it in [fixed] or [grid]`,
		},
		"a plain value": {
			"[derive]\nalpha = 16",
			`grid.toml:3: derive.alpha = 16 is no formula; a plain value belongs in [fixed]; allowed: arithmetic in quotes, such as "2*r"`,
		},
		"nothing": {
			"[derive]\nalpha = ''",
			`grid.toml:3: derive.alpha = "" is no formula: unexpected token EOF`,
		},
		"half a formula": {
			"[derive]\nalpha = '2*'",
			`grid.toml:3: derive.alpha = "2*" is no formula: unexpected token EOF`,
		},
		"a condition": {
			"[derive]\nalpha = 'r > 2 ? 1 : 2'",
			`grid.toml:3: derive.alpha = "r > 2 ? 1 : 2" has the operator >; allowed: numbers, numeric parameters, + - * / ^ and sqrt, abs`,
		},
		"text": {
			"[derive]\nalpha = '[r]'",
			`grid.toml:3: derive.alpha = "[r]" holds what is no arithmetic; allowed: numbers, numeric parameters`,
		},
		"too few arguments": {
			"[derive]\nalpha = 'sqrt()'",
			`derive.alpha = "sqrt()" is no formula: not enough arguments`,
		},
		"a huge power": {
			"[derive]\nalpha = '1 ^ 1e9'",
			`derive.alpha = "1 ^ 1e9" in cell x has the power 1e9, beyond 1024`,
		},
		"a broken power": {
			"[grid]\nr = [2, 3]\n[derive]\nalpha = 'r ^ 0.5'",
			`grid.toml:5: derive.alpha = "r ^ 0.5" in cell r2 has the power 0.5; write a whole one, or sqrt; allowed: a number above 0`,
		},
		"no finite number": {
			"[grid]\nlr = [1, 2]\nr = [4, 8]\nseed = [5, 6]\n[derive]\nalpha = '16/(r - 8)^2'",
			`grid.toml:7: derive.alpha = "16/(r - 8)^2" in cell lr1-r8-s5 comes to +Inf, which is not finite; allowed: a number above 0`,
		},
		"root of a negative number": {
			"[derive]\nalpha = 'sqrt(-r)'",
			`derive.alpha = "sqrt(-r)" in cell x comes to NaN, which is not finite; allowed: a number above 0`,
		},
		"out of bounds": {
			"[grid]\nr = [4, 8]\n[derive]\nalpha = 'r - 4'",
			`grid.toml:5: derive.alpha = "r - 4" in cell r4 comes to 0, which is out of bounds; allowed: a number above 0`,
		},
		"fraction for an integer": {
			"[grid]\nalpha = [4, 5]\n[derive]\nr = 'alpha/2'",
			`grid.toml:5: derive.r = "alpha/2" in cell a5 comes to 2.5, which is not whole; allowed: an integer from 1 to 65536`,
		},
		"at the end of a chain": {
			"[grid]\nalpha = [2, 4]\nseed = [0, 1]\n[derive]\nsteps = '100/batch'\nbatch = 'r - 3'\nr = 'alpha + 2'",
			`grid.toml:6: derive.steps = "100/batch" in cell a4-s0 comes to 33.333333333333336, which is not whole`,
		},
		"a circle": {
			"[derive]\nr = 'alpha/2'\nalpha = '2*r'",
			`grid.toml:3: derive.r depends on itself: r -> alpha -> r`,
		},
		"a circle of one": {
			"[derive]\nalpha = 'alpha + 1'",
			`grid.toml:3: derive.alpha depends on itself: alpha -> alpha`,
		},
		"a circle through what is inherited": {
			"[derive]\nlr = '2 * lr_a'",
			`grid.toml:3: derive.lr depends on itself: lr -> lr_a -> lr`,
		},
		"derived and fixed": {
			"[fixed]\nalpha = 1\n[derive]\nalpha = '2*r'",
			`grid.toml:5: derive.alpha stands in [fixed] as well; keep one of the two`,
		},
		"unknown parameter": {
			"[derive]\nalhpa = '2*r'",
			`grid.toml:3: derive.alhpa is no parameter; did you mean "alpha"?`,
		},
		"a combination": {
			"[fixed]\nsteps = 10\n[grid]\nr = [4, 8]\n[derive]\nwarmup = '2*r'",
			`grid.toml:7: derive.warmup exceeds steps: 16 > 10`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := grid.DecodeSpec(strings.NewReader("name = 'x'\n"+c.text), "grid.toml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
