package fleet_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"testing"

	"sweep/store/postgres"
	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// pooled is the address of a server behind PgBouncer, which hands each transaction to any of
// its connections. Where there is no PgBouncer the test is skipped.
func pooled(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("skipped: no PgBouncer")
	}
	server := postgrestest.Start(t)
	behind, err := url.Parse(server.Address("postgres"))
	ok(t, err)
	folder := filepath.Dir(server.Data())
	settings := filepath.Join(folder, "pgbouncer.ini")
	ok(t, os.WriteFile(filepath.Join(folder, "users"), []byte(`"postgres" ""`), 0o644))
	ok(t, os.WriteFile(settings, fmt.Appendf(nil, `[databases]
postgres = host=%s port=5432
[pgbouncer]
listen_port = 6432
unix_socket_dir = %[1]s
auth_type = trust
auth_file = %[1]s/users
pool_mode = transaction
`, behind.Query().Get("host")), 0o644))
	c := exec.Command(program, "-q", settings)
	if os.Geteuid() == 0 { // as which it refuses to run
		if _, err := user.Lookup("postgres"); err != nil {
			t.Skip("skipped: no account for PgBouncer")
		}
		c.Args = append(c.Args, "-u", "postgres")
	}
	c.Stderr = t.Output()
	ok(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait() // which says how it ended
	})
	address := "postgres://postgres@/postgres?port=6432&host=" + url.QueryEscape(folder)
	eventually(t, "PgBouncer", func() bool { return postgrestest.Exec(address+"&default_query_exec_mode=exec", "SELECT 1") == nil })
	return address
}

func TestWorkersReachTheServerThroughAPooler(t *testing.T) {
	t.Parallel()
	address := pooled(t)
	s := openSite(t, address+"&default_query_exec_mode=cache_describe")
	all := units("a", 20, 3)
	s.queue(t, "a", fleet.Needs{}, all...)
	tr := newTrainer(0)
	ok(t, s.Work(t.Context(), s.worker("1", 4, tr)))
	if n := s.states(t, all); n[sweep.StateDone] != 20 || tr.most() != 1 {
		t.Errorf("%v, %d times at the most; want each of 20 once", n, tr.most())
	}
}

func TestAPoolerThatKnowsNoPreparedStatementsIsSaid(t *testing.T) {
	t.Parallel()
	address := pooled(t)
	var err error
	for range 50 { // which connection a transaction has is PgBouncer's choice
		var s *postgres.Store
		if s, err = postgres.Open(address, sweep.DefaultPatience()); err != nil {
			break
		}
		ok(t, s.Close())
	}
	e, is := errors.AsType[*sweep.StoreError](err)
	if !is || e.Hint == "" {
		t.Errorf("%v, want what to add to the address", err)
	}
}
