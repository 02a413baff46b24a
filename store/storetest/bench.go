package storetest

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"sweep/sweep"
)

// Benchmark measures a backend on new stores: points stored and read a second, runs begun
// and runs trained a second, by one caller and by eight at once for each core.
func Benchmark(b *testing.B, open func(b *testing.B) sweep.Recorder) {
	b.Run("points", func(b *testing.B) { storePoints(b, open(b), nil) })
	b.Run("points with measures", func(b *testing.B) {
		storePoints(b, open(b), sweep.Measures{{Name: "eval/accuracy", Value: 0.71875}, {Name: "learning_rate", Value: 1.9375e-4}, {Name: "tokens_per_second", Value: 4123.25}})
	})
	b.Run("points read", func(b *testing.B) { readPoints(b, open(b)) })
	b.Run("claims", func(b *testing.B) { claim(b, open(b), 1, false) })
	b.Run("claims by many", func(b *testing.B) { claim(b, open(b), 8, false) })
	b.Run("runs with an adapter", func(b *testing.B) { claim(b, open(b), 1, true) })
	b.Run("runs with an adapter by many", func(b *testing.B) { claim(b, open(b), 8, true) })
}

// storePoints stores points in batches of 100.
func storePoints(b *testing.B, s sweep.Recorder, measures sweep.Measures) {
	attempt, _, err := s.Begin(b.Context(), sweep.Run{Key: "aa"}, sweep.Claim{})
	if err != nil {
		b.Fatal(err)
	}
	points := make([]sweep.Point, 100)
	step := 0
	for b.Loop() {
		for i := range points {
			step++
			points[i] = sweep.Point{Step: step, Loss: 3 / float64(step), GradNorm: 1 / float64(step), Measures: measures}
		}
		if err := s.Observe(b.Context(), "aa", attempt, points, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(step)/b.Elapsed().Seconds(), "points/s")
}

// readPoints reads a curve of 100,000 points.
func readPoints(b *testing.B, s sweep.Recorder) {
	attempt, _, err := s.Begin(b.Context(), sweep.Run{Key: "aa"}, sweep.Claim{})
	if err != nil {
		b.Fatal(err)
	}
	points := make([]sweep.Point, 100_000)
	for i := range points {
		points[i] = sweep.Point{Step: i, Loss: 3 / float64(i+1), GradNorm: 1 / float64(i+1)}
	}
	if err := s.Observe(b.Context(), "aa", attempt, points, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Curves(b.Context(), []string{"aa"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(points))/b.Elapsed().Seconds(), "points/s")
}

// claim begins runs, by so many callers, and finishes them with an adapter of 64 KiB if
// they are to be trained.
func claim(b *testing.B, s sweep.Recorder, callers int, train bool) {
	outcome := sweep.Outcome{State: sweep.StateDone, Adapter: make([]byte, 64<<10)}
	var runs atomic.Int64
	b.SetParallelism(callers) // for each core
	one := func() {
		key := fmt.Sprintf("run%d", runs.Add(1))
		attempt, _, err := s.Begin(b.Context(), sweep.Run{Key: key}, sweep.Claim{Lease: time.Hour})
		if err == nil && train {
			err = s.Finish(b.Context(), key, attempt, outcome)
		}
		if err != nil {
			b.Error(err)
		}
	}
	if callers == 1 {
		for b.Loop() {
			one()
		}
	} else {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				one()
			}
		})
	}
	b.ReportMetric(float64(runs.Load())/b.Elapsed().Seconds(), "runs/s")
}
