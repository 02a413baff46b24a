package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sweep/store"
	"sweep/sweep"
	"sweep/trainer/command/metrics"
)

// BenchmarkMetricLines reads a million lines of $SWEEP_METRICS and stores them in SQLite,
// 10,000 points at a time: with a loss and a gradient norm each, and with three measures
// beside them.
func BenchmarkMetricLines(b *testing.B) {
	for _, kind := range []struct{ name, more string }{
		{"losses", ""}, {"measures", `, "learning_rate": 1.9375e-04, "epoch": 0.%06d, "mean_token_accuracy": 0.71875`},
	} {
		b.Run(kind.name, func(b *testing.B) {
			file := writeMetricLines(b, kind.more)
			s, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), sweep.DefaultPatience())
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			runs := 0
			for b.Loop() {
				runs++
				storeMetricLines(b, s, file, fmt.Sprintf("run%d", runs))
			}
			b.ReportMetric(metricLines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

const metricLines = 1_000_000

// writeMetricLines writes the lines, each with what a format of the step adds to it.
func writeMetricLines(b *testing.B, more string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "metrics-1.jsonl")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for step := 1; step <= metricLines; step++ {
		fmt.Fprintf(w, `{"step": %d, "loss": %.16g, "grad_norm": %.16g`, step, 3/float64(step), 1/float64(step))
		if more != "" {
			fmt.Fprintf(w, more, step)
		}
		fmt.Fprintln(w, "}")
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func storeMetricLines(b *testing.B, s sweep.Store, file, key string) {
	b.Helper()
	attempt, _, err := s.Begin(b.Context(), sweep.Run{Key: key}, sweep.Claim{Lease: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	f, err := metrics.Follow(metrics.Options{Dir: filepath.Dir(file), Attempts: []metrics.Attempt{{Number: 1, File: file, Log: file + ".log"}}})
	if err != nil {
		b.Fatal(err)
	}
	change, err := f.Finish()
	if err != nil || len(change.Points) != metricLines {
		b.Fatalf("%d points, %v", len(change.Points), err)
	}
	for points := change.Points; len(points) > 0; points = points[min(len(points), 10_000):] {
		if err := s.Observe(b.Context(), key, attempt, points[:min(len(points), 10_000)], nil); err != nil {
			b.Fatal(err)
		}
	}
}
