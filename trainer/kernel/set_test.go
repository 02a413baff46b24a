package kernel_test

import (
	"strings"
	"testing"
	"unsafe"

	"sweep/trainer/kernel"
)

func TestLevelsRunFromPortableToTheBest(t *testing.T) {
	sets := kernel.All()
	if sets[0].Name() != "portable" || sets[len(sets)-1].Name() != kernel.Best().Name() {
		t.Errorf("levels run from %s to %s, want from portable to %s", sets[0].Name(), sets[len(sets)-1].Name(), kernel.Best().Name())
	}
	for _, k := range sets {
		found, err := kernel.ByName(k.Name())
		if err != nil || found.Name() != k.Name() {
			t.Errorf("ByName(%q) is %v, %v", k.Name(), found, err)
		}
	}
}

func TestByNameSaysWhatThisCPURuns(t *testing.T) {
	_, err := kernel.ByName("abacus")
	if err == nil || !strings.Contains(err.Error(), `"abacus"`) || !strings.Contains(err.Error(), "portable") {
		t.Errorf("error is %v; it should name the level asked for and those there are", err)
	}
}

func TestAllocIsZeroedAndAligned(t *testing.T) {
	for n := range 70 {
		x := kernel.Alloc(n)
		if len(x) != n || uintptr(unsafe.Pointer(unsafe.SliceData(x)))%64 != 0 {
			t.Fatalf("Alloc(%d) has %d floats at %p", n, len(x), x)
		}
	}
}

func TestMisusePanicsBeforeAnythingIsTouched(t *testing.T) {
	k := kernel.Best()
	x := make([]float32, 64)
	w, scratch := kernel.Float32Matrix(x, 8, 8), kernel.Alloc(k.Scratch(kernel.Float32, 8, 8, 8))
	for name, misuse := range map[string]func(){
		"kernel: Float32Matrix: data":      func() { kernel.Float32Matrix(x, 9, 8) },
		"kernel: Mul: a":                   func() { k.Mul(x, 8, x[:63], 8, 8, w, false, scratch) },
		"kernel: MulT: c":                  func() { k.MulT(x[:63], 8, x, 8, 8, w, false, scratch) },
		"kernel: MulT: scratch":            func() { k.MulT(x, 8, x, 8, 8, w, false, scratch[1:]) },
		"row 8 of 8":                       func() { k.Row(w, 8, x) },
		"kernel: NewMatrix: data":          func() { kernel.NewMatrix(kernel.BFloat16, make([]byte, 127), 8, 8) },
		"rows of c":                        func() { k.Mul(x, 7, x, 8, 8, w, false, scratch) },
		"negative":                         func() { k.Mul(x, 8, x, -8, 8, w, false, scratch) },
		"kernel: Gemm: b":                  func() { k.Gemm(1, 60, 2, x, 2, 1, x, 60, x, 60, false) },
		"kernel: RMSNorm: inv":             func() { k.RMSNorm(2, 32, 0, x, x, x, x[:1]) },
		"kernel: Gate: h":                  func() { k.Gate(kernel.SiLU, 1, 64, x, x, 64, x[:63]) },
		"kernel: GateGrad: up":             func() { k.GateGrad(kernel.GELUTanh, 2, 4, x, x[:11], 8, x) },
		"kernel: LayerNorm: mean":          func() { k.LayerNorm(2, 32, 0, x, x, x, x[:1], x) },
		"kernel: AddBias: bias":            func() { k.AddBias(1, 8, x, x[:7]) },
		"kernel: SoftCapGrad: y":           func() { k.SoftCapGrad(x[:63], x, 1, 1) },
		"kernel: Rope: table":              func() { k.Rope(kernel.Rotary{Dim: 32, Turned: 32, Table: x[:63]}, 2, 1, x, 32, false) },
		"cannot turn in pairs":             func() { k.Rope(kernel.Rotary{Dim: 3, Turned: 3, Table: x}, 1, 1, x, 3, false) },
		"evenly":                           func() { k.Attention(attending(3, 2, 4), 1, 0, x, 12, x, x, 8, x, 12, x) },
		"kernel: Attention: scratch":       func() { k.Attention(attending(1, 1, 4), 1, 0, x, 4, x, x, 4, x, 4, nil) },
		"kernel: Attention: key":           func() { k.Attention(attending(1, 1, 4), 1, 16, x, 4, x, x, 4, x, 4, x) },
		"target 32 of row 1":               func() { k.CrossEntropy(2, 32, x, []int32{0, 32}, x) },
		"kernel: CrossEntropyGrad: losses": func() { k.CrossEntropyGrad(2, 32, x, []int32{0, 1}, 1, x[:1]) },
		"kernel: Add: x":                   func() { k.Add(x, x[:63]) },
		"kernel: Adam: v":                  func() { k.Adam(x, x, x, nil, kernel.AdamStep{Step: 1}) },
		"kernel: SGD: buf":                 func() { k.SGD(x, x, nil, kernel.SGDStep{Momentum: 0.9, Step: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if message, _ := recover().(string); !strings.Contains(message, name) {
					t.Errorf("panic says %q, want it to name %q", message, name)
				}
			}()
			misuse()
		})
	}
}

func TestSizesOfZeroDoNothing(t *testing.T) {
	eachLevel(t, func(t *testing.T, k *kernel.Set) {
		w := kernel.Float32Matrix(nil, 0, 3)
		c := []float32{1, 2, 3}
		k.Mul(c, 3, nil, 0, 1, w, true, nil)
		if c[0] != 1 || c[2] != 3 {
			t.Errorf("adding an empty product made %v of 1 2 3", c)
		}
		k.Mul(c, 3, nil, 0, 1, w, false, nil)
		if c[0] != 0 || c[2] != 0 {
			t.Errorf("an empty product is %v, want zeros", c)
		}
		k.Gemm(0, 0, 0, nil, 0, 0, nil, 0, nil, 0, false)
		k.RMSNorm(0, 3, 0, nil, c, nil, nil)
		k.LayerNorm(0, 3, 0, nil, c, nil, nil, nil)
		k.Gate(kernel.SiLU, 0, 0, nil, nil, 0, nil)
		k.Rope(kernel.Rotary{Dim: 4, Turned: 4}, 0, 1, nil, 4, false)
		k.Attention(attending(1, 1, 4), 0, 0, nil, 4, nil, nil, 4, nil, 4, nil)
		k.SoftCap(nil, 1, 1)
		k.CrossEntropy(0, 3, nil, nil, nil)
		k.Adam(nil, nil, nil, nil, kernel.AdamStep{Step: 1})
		if s := k.SumSquares(nil); s != 0 {
			t.Errorf("the sum of no squares is %v", s)
		}
	})
}

func TestNothingIsAllocated(t *testing.T) {
	if underRace {
		t.Skip("the race detector has pools allocate")
	}
	k := kernel.Best()
	const n = 64
	x, y, z, inv := kernel.Alloc(n*n), kernel.Alloc(n*n), kernel.Alloc(n*n), kernel.Alloc(n)
	targets, w, slab := make([]int32, n), kernel.Float32Matrix(x, n, n), kernel.Alloc(k.Scratch(kernel.Float32, n, n, n))
	a := attending(2, 1, 32)
	scratch, rotary := kernel.Alloc(a.Scratch(n)), kernel.Rotary{Dim: 32, Turned: 32, Table: kernel.RopeTable(n, make([]float64, 16), 1)}
	calls := testing.AllocsPerRun(10, func() {
		k.Mul(z, n, x, n, n, w, false, slab)
		k.MulT(z, n, x, n, n, w, true, slab)
		k.Gemm(n, n, n, x, n, 1, y, n, z, n, true)
		k.RMSNorm(n, n, 1e-5, x, y, z, inv)
		k.RMSNormGrad(n, n, x, y, inv, z, x)
		k.RMSNormWeightGrad(n, n, x, inv, z, y)
		k.LayerNorm(n, n, 1e-5, x, y, z, inv, inv)
		k.Gate(kernel.SiLU, 1, n, x, y, n, z)
		k.GateGrad(kernel.GELUTanh, 1, n, x, y, n, z)
		k.AddBias(n, n, x, y)
		k.SoftCap(z, 1, 30)
		k.Rope(rotary, n, 2, x, n, false)
		k.Attention(a, n, 0, x, n, y, y, n, z, n, scratch)
		k.CrossEntropyGrad(n, n, z, targets, 1, inv)
		k.Adam(x, y, z, z, kernel.AdamStep{LR: 1, Step: 1})
		k.SGD(x, y, z, kernel.SGDStep{LR: 1, Momentum: 0.9, Step: 2})
		k.Scale(x, float32(k.SumSquares(y)))
	})
	if calls != 0 {
		t.Errorf("a round of calls allocated %v times, want none", calls)
	}
}
