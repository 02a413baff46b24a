package metrics_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"sweep/trainer/command/metrics"
)

// BenchmarkFlood looks for metrics in 100 MB of other output: in lines, in the progress
// bars of an evaluation and without any line feed.
func BenchmarkFlood(b *testing.B) {
	for name, piece := range map[string]string{
		"lines": "2026-01-01 00:00:00 INFO the weights of layer 17 are moved to the device cuda:0\n",
		"bars":  "\r 55%|#####5    | 11/20000 [00:04<00:02,  3.23it/s]",
		"bytes": "x",
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			log := filepath.Join(dir, "log-1.txt")
			if err := os.WriteFile(log, bytes.Repeat([]byte(piece), 100_000_000/len(piece)), 0o600); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(100_000_000)
			for b.Loop() {
				f, err := metrics.Follow(metrics.Options{Dir: dir, Steps: 100, Attempts: []metrics.Attempt{{Number: 1, Log: log, File: filepath.Join(dir, "none")}}})
				if err == nil {
					_, err = f.Finish()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
