package trainer

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"sweep/sweep"
	"sweep/trainer/data"
	"sweep/trainer/kernel"
	"sweep/trainer/pretrained"
	"sweep/trainer/tensorfile/filetest"
)

// TestGGUFFilesOfEveryFamilyHaveTheLossesOfTransformers holds files that llama.cpp's
// converter made to what transformers computes of the models
// (pretrained/testdata/make_converted.py).
func TestGGUFFilesOfEveryFamilyHaveTheLossesOfTransformers(t *testing.T) {
	checkConverted(t, filepath.Join("pretrained", "testdata"))
}

// SWEEP_CONVERTED names the folder that make_converted.py wrote.
func TestLargerGGUFFilesOfEveryFamilyHaveTheLossesOfTransformers(t *testing.T) {
	folder := os.Getenv("SWEEP_CONVERTED")
	if folder == "" {
		t.Skip("set SWEEP_CONVERTED to the folder that pretrained/testdata/make_converted.py wrote")
	}
	checkConverted(t, folder)
}

func checkConverted(t *testing.T, folder string) {
	t.Helper()
	var goldens map[string]struct {
		Rows   [][]int32
		Losses []float64
	}
	filetest.ReadJSON(t, filepath.Join(folder, "converted.json"), &goldens)
	for name, golden := range goldens {
		t.Run(name, func(t *testing.T) {
			c, err := pretrained.Open(filepath.Join(folder, "converted", name+".gguf"))
			if err != nil {
				t.Fatal(err)
			}
			for i, loss := range losses(t, c, golden.Rows) {
				near(t, "loss", loss, golden.Losses[i], 1e-5, 0)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// losses are those of the frozen model at each row.
func losses(t *testing.T, c *pretrained.Model, rows [][]int32) (losses []float64) {
	t.Helper()
	p := tinyParams("lora")
	p.Targets, p.Batch, p.Steps, p.Holdout, p.LR = c.Config.Of().Projections(), 1, len(rows), 0, 1e-30
	p.Inherit()
	frozen, err := readFrozen(&memory{}, c, dtypes[p.DType])
	if err != nil {
		t.Fatal(err)
	}
	train := &examples{}
	for _, row := range rows {
		n := len(row) - 1
		train.train = append(train.train, data.Example{Tokens: row[:n], Targets: row[1:], Size: len(row)})
	}
	s, err := newSession(&memory{}, kernel.Best(), c.Config, frozen, train, nil, p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.run(context.Background(), sweep.Observer(func(q sweep.Point) error {
		losses = append(losses, q.Loss)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return losses
}
