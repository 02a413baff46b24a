//go:build anchors

package trainer

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sweep/trainer/kernel"
)

// BenchmarkAnchors trains in turns with PyTorch + PEFT and with JAX, each on one
// thread, and reports the ratios of the medians of tokens per second. The
// environment variable SWEEP_PYTHON names a Python that has them; to give all
// three the same core:
//
//	SWEEP_PYTHON=venv/bin/python taskset -c 0 go test -tags anchors -run '^$' -bench Anchors -benchtime 3x ./trainer
func BenchmarkAnchors(b *testing.B) {
	python := os.Getenv("SWEEP_PYTHON")
	if python == "" {
		b.Fatal("SWEEP_PYTHON is not set: name a Python with torch, peft, transformers and jax")
	}
	for name, steps := range map[string]int{"tiny": 60, "smol": 4} {
		b.Run(name, func(b *testing.B) {
			shape := benchShapes[name]
			k := kernel.Best()
			ours := newBenchSession(b, k, randomFrozen(shape.config), shape)
			var sweepSpeed, peft, jax []float64
			for range b.N {
				sweepSpeed = append(sweepSpeed, ownSpeed(b, ours, shape, steps))
				peft = append(peft, anchorSpeed(b, python, "peft_step.py", name, steps))
				jax = append(jax, anchorSpeed(b, python, "jax_step.py", name, steps))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(sweepSpeed), "tokens/s")
			b.ReportMetric(median(peft), "PEFT-tokens/s")
			b.ReportMetric(median(jax), "JAX-tokens/s")
			b.ReportMetric(median(sweepSpeed)/median(peft), "x-PEFT")
			b.ReportMetric(median(sweepSpeed)/median(jax), "x-JAX")
		})
	}
}

func ownSpeed(b *testing.B, s *session, shape benchShape, steps int) float64 {
	timeSteps(b, 2, []*session{s})
	return float64(steps*shape.batch*shape.seq) / timeSteps(b, steps, []*session{s}).Seconds()
}

func anchorSpeed(b *testing.B, python, script, shape string, steps int) float64 {
	out, err := exec.Command(python, filepath.Join("testdata", "anchors", script), shape, fmt.Sprint(steps)).Output()
	var line struct {
		TokensPerSecond float64 `json:"tokens_per_second"`
	}
	if err == nil {
		err = json.Unmarshal(out, &line)
	}
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return line.TokensPerSecond
}
