package postgres_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// TestAFullDiskOfTheServerIsToldAndLosesNothing has the store's tables on a file system of
// 8 MB, which takes the right to mount one.
func TestAFullDiskOfTheServerIsToldAndLosesNothing(t *testing.T) {
	server := postgrestest.Start(t)
	small := filepath.Join(filepath.Dir(server.Data()), "small")
	ok(t, os.Mkdir(small, 0o755))
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("skipped: no file system can be mounted: ", err)
	}
	defer func() {
		server.Crash()
		ok(t, syscall.Unmount(small, syscall.MNT_DETACH))
	}()
	ok(t, os.Mkdir(filepath.Join(small, "space"), 0o700))
	ok(t, server.Own(filepath.Join(small, "space")))
	ok(t, server.Exec("CREATE TABLESPACE small LOCATION '"+filepath.Join(small, "space")+"'", "ALTER DATABASE postgres SET default_tablespace = small"))
	s := open(t, server.Address("postgres"), sweep.DefaultPatience())
	attempt := begin(t, s, "aa")
	state := make([]byte, 1<<20)
	written, err := 0, error(nil)
	for ; err == nil && written < 20; written++ {
		err = s.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: written}}, state)
	}
	e, is := errors.AsType[*sweep.StoreError](err)
	if !is || !strings.Contains(string(e.Hint), "free some space on the server's disk") {
		t.Fatalf("after %d checkpoints: %v", written, err)
	}
	want := make([]int, written-1)
	for i := range want {
		want[i] = i
	}
	if got := curve(t, s, "aa"); !slices.Equal(got, want) {
		t.Errorf("after %d checkpoints it has steps %v", written-1, got)
	}
	ok(t, s.Check(t.Context()))
	ok(t, syscall.Mount("tmpfs", small, "tmpfs", syscall.MS_REMOUNT, "size=64m"))
	ok(t, s.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: written - 1}}, state))
	ok(t, s.Check(t.Context()))
}
