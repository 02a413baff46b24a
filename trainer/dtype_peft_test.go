//go:build peft

package trainer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/pretrained"
)

// TestEveryDTypeTrainsAsLivePEFTInFloat32 trains here in each dtype, and with PEFT in
// float32 on the weights that the dtype makes of the model's. What is left between the two
// is the rounding of what is multiplied by the weights: where PEFT rounds that, too, and goes
// from the same adapter, most steps agree as those in float32 do. SWEEP_PYTHON is that of
// TestTheMatrixOfFamiliesTrainsAsLivePEFT.
func TestEveryDTypeTrainsAsLivePEFTInFloat32(t *testing.T) {
	root := t.TempDir()
	type trained struct {
		name, dir string
		m         matrixCase
		p         sweep.Params
	}
	var cases []trained
	for _, shape := range []string{groupedQueries, groupedQueries + ", larger"} {
		for _, dtype := range narrow() {
			p := tinyParams("lora")
			p.Steps, p.Accumulate, p.Batch, p.Seq, p.Holdout, p.Shuffle, p.R, p.Alpha, p.LR = 30, 1, 4, 96, 0, false, 3, 5, 2e-3
			p.Inherit()
			m := matrixCase{shape + " in " + dtype, shapes[groupedQueries], "tokens", "F32", "", p}
			if shape != groupedQueries {
				m.config = larger(m.config)
			}
			dir := m.dir(root, len(cases))
			p = m.folder(t, dir)
			text, err := json.Marshal(map[string]any{"params": p, "shards": ""})
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, "case.json"), text, 0o600)
			}
			own := filepath.Join(dir, "own")
			if err == nil {
				err = os.Rename(p.Model, own)
			}
			if err != nil {
				t.Fatal(err)
			}
			c, err := pretrained.Open(own)
			if err != nil {
				t.Fatal(err)
			}
			madeBy(t, c, dtypes[dtype], p.Model)
			p.Model, p.DType = own, dtype
			cases = append(cases, trained{m.name, dir, m, p})
		}
	}
	trainPython(t, root)
	trainPython(t, root, "rounded")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var want, rounded matrixResult
			for name, into := range map[string]*matrixResult{"result.json": &want, "rounded.json": &rounded} {
				text, err := os.ReadFile(filepath.Join(c.dir, name))
				if err == nil {
					err = json.Unmarshal(text, into)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			_, got := c.m.train(t, c.p)
			sum, steps := 0.0, float64(len(want.Losses))
			for i, loss := range want.Losses {
				near(t, fmt.Sprintf("loss %d", i), got.Losses[i], loss, 3e-3, 0)
				sum += math.Abs(got.Losses[i]/loss - 1)
			}
			near(t, "loss before training", got.Losses[0], want.Losses[0], 1e-3, 0)
			if t.Logf("losses of %.0f steps differ by %.2g of them in the mean", steps, sum/steps); sum/steps > 1e-3 || steps == 0 {
				t.Error("want at most 1e-3")
			}
			c.m.agreeAtEachStep(t, c.dir, c.p, rounded)
		})
	}
}

// agreeAtEachStep holds the loss and the gradient of each step to those of PEFT, which
// rounds as the run does, from PEFT's adapter at that step. A number that differs in its last
// bit may be rounded the other way, which few steps show, but from which two curves part.
func (m matrixCase) agreeAtEachStep(t *testing.T, dir string, p sweep.Params, want matrixResult) {
	t.Helper()
	s, err := New(Options{}).session(p)
	if err != nil {
		t.Fatal(err)
	}
	var losses, norms []float64
	for i, loss := range want.Losses {
		a, err := adapter.Read(filepath.Join(dir, fmt.Sprintf("step-%d", i)), m.config)
		if err == nil {
			err = s.model.load(a)
		}
		if err == nil {
			err = s.step(t.Context(), i+1)
		}
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, math.Abs(s.trained.Loss/loss-1))
		norms = append(norms, math.Abs(s.trained.GradNorm/want.GradNorms[i]-1))
	}
	for what, c := range map[string]struct {
		differ           []float64
		median, greatest float64
	}{"losses": {losses, 2e-5, 3e-4}, "gradient norms": {norms, 1.2e-4, 1e-3}} {
		t.Logf("where PEFT rounds, too, %s of half the steps differ by at most %.2g, of all by %.2g", what, median(c.differ), slices.Max(c.differ))
		if !(median(c.differ) < c.median && slices.Max(c.differ) < c.greatest) {
			t.Errorf("want %v and %v", c.median, c.greatest)
		}
	}
}
