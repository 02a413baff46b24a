package trainer

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer/kernel"
)

func readGolden(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestTrainsAsPEFTDoes holds whole runs to curves made with PyTorch, PEFT and
// transformers by testdata/peft/make.py: the same checkpoint, starting adapter
// and batches.
func TestTrainsAsPEFTDoes(t *testing.T) {
	for _, name := range []string{"gqa-untied", "tied-llama3", "qv-bf16", "full", "padded", "contradictory", "patterns", "regex", "packed"} {
		t.Run(name, func(t *testing.T) {
			var golden struct {
				Params    sweep.Params
				Losses    []float64
				GradNorms []float64 `json:"grad_norms"`
				LRs       []float64
				Final     map[string]struct{ Norm float64 }
			}
			dir := filepath.Join("peft", name)
			readGolden(t, filepath.Join(dir, "golden.json"), &golden)
			p := golden.Params
			p.Inherit()
			for _, path := range []*string{&p.Model, &p.Data, &p.Adapter} {
				if *path != "" {
					*path = filepath.Join("testdata", dir, *path)
				}
			}
			tr := New(Options{})
			if p.Adapter != "" {
				own, err := tr.Adapter(p.Adapter)
				if err != nil {
					t.Fatal(err)
				}
				own.Set(&p)
			}
			s, err := tr.session(p)
			if err != nil {
				t.Fatal(err)
			}
			outcome, err := s.run(context.Background(), sweep.Observer(func(sweep.Point) error { return nil }))
			if err != nil || outcome.Steps != len(golden.Losses) {
				t.Fatalf("%d steps, %v; want %d steps", outcome.Steps, err, len(golden.Losses))
			}
			for i, point := range s.points {
				near(t, "loss", point.Loss, golden.Losses[i], 1e-4, 0)
				near(t, "gradient norm", point.GradNorm, golden.GradNorms[i], 1e-3, 0)
				near(t, "learning rate", p.LR*scheduleFactor(p, i), golden.LRs[i], 1e-9, 1e-18)
			}
			if p.Method == "full" {
				for _, q := range s.model.parameters() {
					near(t, "norm of "+q.name, norm2(q.value), golden.Final[q.name].Norm, 1e-4, 0)
				}
			}
			if p.Method == "lora" && 2*len(s.model.loras) != len(golden.Final) {
				t.Errorf("%d modules are adapted, want %d factors", len(s.model.loras), len(golden.Final))
			}
			for module, l := range s.model.loras {
				key := "base_model.model." + module
				near(t, "norm of A", norm2(l.a.value), golden.Final[key+".lora_A.weight"].Norm, 1e-3, 0)
				near(t, "norm of B", norm2(l.bt.value), golden.Final[key+".lora_B.weight"].Norm, 1e-3, 0)
			}
		})
	}
}

func norm2(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}

// TestOptimizersStepAsPyTorchs holds the Solver to torch.optim on one vector
// (testdata/optim/make.py).
func TestOptimizersStepAsPyTorchs(t *testing.T) {
	var golden struct {
		Start     []float32
		Gradients [][]float32
		Cases     []struct {
			sweep.Params
			Name       string
			First      int
			Parameters [][]float64
		}
	}
	readGolden(t, filepath.Join("optim", "golden.json"), &golden)
	for _, c := range golden.Cases {
		t.Run(c.Name, func(t *testing.T) {
			c.Schedule = "constant"
			w := &parameter{value: append([]float32(nil), golden.Start[c.First:]...)}
			w.shape = []int{len(w.value)}
			o := newOptimizer(&memory{}, kernel.Best(), c.Params, []*parameter{w})
			for step, want := range c.Parameters {
				w.grad = append([]float32(nil), golden.Gradients[step][c.First:]...)
				o.update([][]float32{w.value}, [][]float32{w.grad})
				for i := range want {
					near(t, "parameter", float64(w.value[i]), want[i], 2e-6, 1e-7)
				}
			}
		})
	}
}
