package trainer

import (
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
)

// narrow lists the dtypes other than float32.
func narrow() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(dtypes)), func(name string) bool { return name == "float32" })
}

func TestAGridMayNameEveryDType(t *testing.T) {
	q, err := sweep.LookupParameter("dtype")
	if err != nil {
		t.Fatal(err)
	}
	if have := slices.Sorted(maps.Keys(dtypes)); !slices.Equal(slices.Sorted(slices.Values(q.Choices)), have) {
		t.Errorf("grids may name %q, models are read as %q", q.Choices, have)
	}
}

func TestEveryInstructionSetGivesTheSameCurveInEveryDType(t *testing.T) {
	hashes := map[string]string{}
	for name := range dtypes {
		p := tinyParams("lora")
		p.DType, p.Steps = name, 8
		_, want := trainTiny(t, kernel.Best(), p)
		for _, k := range kernel.All() {
			if _, got := trainTiny(t, k, p); got.CurveHash != want.CurveHash {
				t.Errorf("%s on %s: curve hash differs from %s", name, k.Name(), kernel.Best().Name())
			}
		}
		if other, twice := hashes[want.CurveHash]; twice {
			t.Errorf("%s and %s have the same curve", name, other)
		}
		hashes[want.CurveHash] = name
	}
}

// TestADTypeIsNearFloat32OnTheWeightsThatItMakes compares a loss and its gradients with
// those in float32 of a model that has the dtype's weights: what is left is the rounding
// of what is multiplied by them.
func TestADTypeIsNearFloat32OnTheWeightsThatItMakes(t *testing.T) {
	for name, c := range shapes {
		for _, dtype := range narrow() {
			t.Run(name+" in "+dtype, func(t *testing.T) {
				checkpoint := writeModel(t, c)
				p := tinyParams("lora")
				p.Targets, p.DType = c.Of().Projections(), dtype
				s := newTestSession(t, checkpoint, kernel.Best(), p)
				p.DType = "float32"
				exact := newTestSession(t, madeBy(t, checkpoint, dtypes[dtype], t.TempDir()), kernel.Best(), p)
				batch := data.Concat(raggedBatch(c))
				for _, one := range []*session{s, exact} {
					one.pass.load(batch, true)
					if err := one.differentiate(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				near(t, "loss", s.model.head.sum(), exact.model.head.sum(), 1e-2, 0)
				for module, l := range s.model.loras {
					for factor, pair := range map[string][2][]float32{
						"dA": {l.a.grad, exact.model.loras[module].a.grad}, "dB": {l.bt.grad, exact.model.loras[module].bt.grad},
					} {
						if cosine := cosine(pair[0], pair[1]); cosine < 0.99 {
							t.Errorf("%s of %s: the cosine to that in float32 is %v", factor, module, cosine)
						}
					}
				}
			})
		}
	}
}

// madeBy is a model in a folder with the weights that a dtype makes of another's.
func madeBy(t *testing.T, c *pretrained.Model, d dtype, dir string) *pretrained.Model {
	t.Helper()
	f, err := readFrozen(&memory{}, c, d)
	if err != nil {
		t.Fatal(err)
	}
	tensors := maps.Clone(f.vectors)
	for name, w := range f.matrices {
		values := make([]float32, w.Rows()*w.Columns())
		for i := range w.Rows() {
			kernel.Best().Row(w, i, values[i*w.Columns():])
		}
		tensors[name] = values
	}
	if err := pretrained.Write(dir, c.Config, tensors, "F32", nil); err != nil {
		t.Fatal(err)
	}
	made, err := pretrained.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = made.Close() })
	return made
}

// cosine is that of the angle between two vectors.
func cosine(x, y []float32) float64 {
	xy, xx, yy := 0.0, 0.0, 0.0
	for i := range x {
		a, b := float64(x[i]), float64(y[i])
		xy, xx, yy = xy+a*b, xx+a*a, yy+b*b
	}
	return xy / math.Sqrt(xx*yy)
}

func TestBlocksOfAGGUFFileStayAsTheyAre(t *testing.T) {
	c, err := pretrained.Open(filepath.Join("pretrained", "testdata", "checkpoints", "q4_1.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	f, err := readFrozen(&memory{}, c, dtypes["int4"])
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for name, w := range f.matrices {
		want, err := c.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if w.Format().String() != c.Format(name) {
			continue
		}
		kept++
		row := make([]float32, w.Columns())
		for i := range w.Rows() {
			if kernel.Best().Row(w, i, row); !slices.Equal(row, want[i*w.Columns():(i+1)*w.Columns()]) {
				t.Errorf("row %d of %s in %s differs from that in the file", i, name, w.Format())
			}
		}
	}
	if kept == 0 {
		t.Error("no matrix is in the file's blocks")
	}
}

func TestWeightsThatTrainAreInFloat32(t *testing.T) {
	tr := New(Options{})
	p := sweep.Defaults()
	p.Method, p.DType = "full", "int4"
	p.Inherit()
	if _, err := tr.Inspect(p); err == nil || !strings.Contains(err.Error(), `dtype = "int4"`) {
		t.Errorf("the error is %v; want one of the dtype", err)
	}
}
