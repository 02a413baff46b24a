package postgres_test

import (
	"fmt"
	"testing"

	"sweep/store/postgres/postgrestest"
	"sweep/store/storetest"
	"sweep/sweep"
)

// BenchmarkStore is on a Unix socket, with the server's own care for the disk.
func BenchmarkStore(b *testing.B) {
	server := postgrestest.Start(b, postgrestest.Setting{Name: "fsync", Value: "on"}, postgrestest.Setting{Name: "full_page_writes", Value: "on"}, postgrestest.Setting{Name: "shared_buffers", Value: "128MB"})
	stores := 0
	storetest.Benchmark(b, func(b *testing.B) sweep.Recorder {
		stores++
		schema := fmt.Sprintf("bench%d", stores)
		ok(b, server.Exec("CREATE SCHEMA "+schema))
		return open(b, server.Address("postgres", "search_path="+schema), sweep.DefaultPatience())
	})
}
