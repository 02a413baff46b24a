package sqlite_test

import (
	"path/filepath"
	"testing"

	"sweep/store/storetest"
	"sweep/sweep"
)

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) sweep.Recorder {
		s := open(b, filepath.Join(b.TempDir(), "bench.db"))
		b.Cleanup(func() { _ = s.Close() }) // the figures are there
		return s
	})
}
