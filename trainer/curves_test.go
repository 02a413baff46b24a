package trainer

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/architecture"
	"sweep/trainer/kernel"
	"sweep/trainer/random"
)

var update = flag.Bool("update", false, "write what tests compare with: testdata/curves.json, and with the tag peft families/golden.json")

// TestCurvesAreThoseOfEveryMachine trains in every format of the frozen weights, and every
// family, and compares the curves with hashes that were written once: every processor, number
// of cores and compiler gives these. CONTRIBUTING.md tries them on an emulated processor.
func TestCurvesAreThoseOfEveryMachine(t *testing.T) {
	want, got := map[string]string{}, map[string]string{}
	readGolden(t, "curves.json", &want)
	compare := func(name string, c curve) {
		t.Run(name, func(t *testing.T) {
			for _, dropout := range []float64{0, 0.1} {
				name := name
				if c.params.Dropout = dropout; dropout > 0 {
					name += ", dropout"
				}
				got[name] = c.hash(t, 1, false)
				if got[name] != want[name] {
					t.Errorf("%s: curve hash %s, want %s", name, got[name], want[name])
				}
				for cores := range 2 {
					if again := c.hash(t, 2+cores, cores == 0); again != got[name] {
						t.Errorf("%s: curve hash %s on %d cores, %s on one", name, again, 2+cores, got[name])
					}
				}
			}
		})
	}
	wide := shapes[groupedQueries]
	wide.Width, wide.Hidden, wide.HeadDim = 272, 160, 16 // more than a block of 256 elements, and worth a second core
	for _, f := range kernel.Formats() {
		compare(f.String(), newCurve(t, wide, f))
	}
	for name, c := range shapes {
		compare(name, newCurve(t, c, kernel.Float32))
	}
	if len(got) != len(want) && !*update {
		t.Errorf("%d curves, want %d", len(got), len(want))
	}
	if *update {
		text, err := json.MarshalIndent(got, "", "\t")
		if err == nil {
			err = os.WriteFile(filepath.Join("testdata", "curves.json"), append(text, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// curve is a run of a small model.
type curve struct {
	config  architecture.Config
	weights *frozen
	params  sweep.Params
}

// newCurve is a run of a model whose projections are in a format.
func newCurve(t *testing.T, c architecture.Config, f kernel.Format) curve {
	t.Helper()
	checkpoint := writeModel(t, c)
	p := tinyParams("lora")
	p.Targets, p.Steps, p.Schedule, p.Warmup, p.DType = c.Of().Projections(), 3, "cosine", 1, "int4"
	for name, d := range dtypes {
		if d.blocks == f {
			p.DType = name
		}
	}
	p.Inherit()
	w, err := readFrozen(&memory{}, checkpoint, dtypes[p.DType])
	if err != nil {
		t.Fatal(err)
	}
	if dtypes[p.DType].blocks != f {
		for name, m := range w.matrices {
			w.matrices[name] = anyBlocks(f, name, m.Rows(), m.Columns())
		}
	}
	return curve{c, w, p}
}

// anyBlocks is a matrix of random blocks whose elements are of a sensible size.
func anyBlocks(f kernel.Format, name string, rows, columns int) *kernel.Matrix {
	all := make([]byte, f.Bytes(rows, columns))
	size, s, values := f.Bytes(1, 1), random.New(1, name, 0), make([]float32, 32)
	if f.Bytes(1, 256) == size {
		values = make([]float32, 256)
	}
	for data := all; len(data) > 0; data = data[size:] {
		for largest := float32(0); !(largest > 0.01 && largest < 0.5); {
			for i := range size {
				data[i] = byte(s.Below(256))
			}
			kernel.Best().Row(kernel.NewMatrix(f, data[:size], 1, len(values)), 0, values)
			largest = max(slices.Max(values), -slices.Min(values))
		}
	}
	return kernel.NewMatrix(f, all, rows, columns)
}

// hash trains and returns the hash of the curve.
func (c curve) hash(t *testing.T, cores int, recompute bool) string {
	t.Helper()
	rows := &examples{train: raggedBatch(c.config), eval: raggedBatch(c.config)}
	s, err := newSession(&memory{recompute: recompute}, kernel.Best(), c.config, c.weights, rows, nil, c.params)
	if err != nil {
		t.Fatal(err)
	}
	leave, err := kernel.NewCrew(cores).Join(s.pass.k)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	outcome, err := s.run(t.Context(), sweep.Observer(func(sweep.Point) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	return outcome.CurveHash
}
