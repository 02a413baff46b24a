package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/store/postgres/postgrestest"
)

// TestAFullDiskOfTheServerEndsWorkersAndLosesNothing has all tables on a file system of 24 MB,
// which takes the right to mount one, and fills it up.
func TestAFullDiskOfTheServerEndsWorkersAndLosesNothing(t *testing.T) {
	home(t)
	server := postgrestest.Start(t)
	small := filepath.Join(filepath.Dir(server.Data()), "small")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(small, 0o755))
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=24m"); err != nil {
		t.Skip("skipped: no file system can be mounted: ", err)
	}
	defer func() {
		server.Crash()
		must(syscall.Unmount(small, syscall.MNT_DETACH))
	}()
	space := filepath.Join(small, "space")
	must(os.Mkdir(space, 0o700))
	must(server.Own(space))
	must(server.Exec("CREATE TABLESPACE small LOCATION '"+space+"'", "ALTER DATABASE postgres SET default_tablespace = small"))
	db := server.Address("postgres")
	file, alone := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	must(server.Exec("CREATE TABLE filler (x text)"))
	for _, size := range []string{"100000", "1000", "10"} {
		for server.Exec("INSERT INTO filler SELECT string_agg(md5(random()::text), '') FROM generate_series(1, "+size+")") == nil {
		}
	}
	out := new(watched)
	code := run(t.Context(), []string{"work", "--db", db, "--idle-exit", "1s", "--checkpoint-every", "0s"}, nil, out, out)
	if code != exitIncomplete || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), "free some space on the server's disk") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	must(syscall.Mount("tmpfs", small, "tmpfs", syscall.MS_REMOUNT, "size=128m"))
	sweepCommand(t, 0, "work", "--db", db, "--idle-exit", "3s", "--lease", "2s")
	if diff := cmp.Diff(hashesIn(t, alone), hashesIn(t, db)); diff != "" {
		t.Errorf("-alone +full:\n%s", diff)
	}
	nothingQueued(t, db)
}
