package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"sweep/sweep"
)

// BenchmarkObserve stores points in batches of 100 and reports points a second.
func BenchmarkObserve(b *testing.B) {
	b.Run("losses", func(b *testing.B) { observe(b, nil) })
	b.Run("measures", func(b *testing.B) {
		observe(b, sweep.Measures{{Name: "eval/accuracy", Value: 0.71875}, {Name: "learning_rate", Value: 1.9375e-4}, {Name: "tokens_per_second", Value: 4123.25}})
	})
}

func observe(b *testing.B, measures sweep.Measures) {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"))
	b.Cleanup(func() { _ = s.Close() })
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

// BenchmarkCurves reads a curve of 100,000 points.
func BenchmarkCurves(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"))
	b.Cleanup(func() { _ = s.Close() })
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

// BenchmarkBeginFinish begins and finishes runs with an adapter of 64 KiB.
func BenchmarkBeginFinish(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "bench.db"))
	b.Cleanup(func() { _ = s.Close() })
	outcome := sweep.Outcome{State: sweep.StateDone, Adapter: make([]byte, 64<<10)}
	runs := 0
	for b.Loop() {
		key := fmt.Sprintf("run%d", runs)
		runs++
		attempt, _, err := s.Begin(b.Context(), sweep.Run{Key: key}, sweep.Claim{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Finish(b.Context(), key, attempt, outcome); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(runs)/b.Elapsed().Seconds(), "runs/s")
}
