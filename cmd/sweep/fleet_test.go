package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// attemptsIn is how many attempts there were at all runs of the latest sweep.
func attemptsIn(t *testing.T, db string) (runs, attempts int) {
	t.Helper()
	all, _ := stored(t, db)
	for _, r := range all {
		attempts += r.Attempt
	}
	return len(all), attempts
}

// workersOn has so many workers train what is queued, at once, and expects each to end with 0.
func workersOn(t *testing.T, db string, n int, flags ...string) (said *watched) {
	t.Helper()
	said = new(watched)
	var codes []chan int
	for range n {
		codes = append(codes, background(t.Context(), said, append([]string{"work", "--db", db, "--workers", "1", "--idle-exit", "1s"}, flags...)...))
	}
	for _, code := range codes {
		if got := <-code; got != 0 {
			t.Errorf("exit code %d\n%s", got, said)
		}
	}
	return said
}

// TestRunsAreTheSameOfWorkersOfAFileAndCopied trains a grid whose runs are partly copies of others
// in a file and by workers, and copies each to the other.
func TestRunsAreTheSameOfWorkersOfAFileAndCopied(t *testing.T) {
	home(t)
	db, other := postgrestest.Store(t), postgrestest.Store(t)
	file, alone := writeGrid(t, scaledGrid)
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	workersOn(t, db, 2)
	nothingQueued(t, db)
	copied := filepath.Join(filepath.Dir(file), "copied.db")
	sweepCommand(t, 0, "db", "copy", db, copied)
	sweepCommand(t, 0, "db", "copy", alone, other)
	want := hashesIn(t, alone)
	for name, at := range map[string]string{"workers": db, "copied to a file": copied, "copied to a server": other} {
		if diff := cmp.Diff(want, hashesIn(t, at)); diff != "" {
			t.Errorf("-file +%s:\n%s", name, diff)
		}
	}
	copies := func(db string) (n int) {
		runs, _ := stored(t, db)
		for _, r := range runs {
			if r.CopyOf != "" {
				n++
			}
		}
		return n
	}
	if got, want := copies(db), copies(alone); got != want || want == 0 {
		t.Errorf("workers made %d copies, one process alone %d", got, want)
	}
}

func TestWhatTwoQueueAtOnceIsTrainedOnce(t *testing.T) {
	home(t)
	db := postgrestest.Store(t)
	file, _ := writeGrid(t, strings.Replace(heldGrid, "150", "5", 1))
	said := new(watched)
	codes := []chan int{
		background(t.Context(), said, "run", file, "--detach", "--db", db),
		background(t.Context(), said, "run", file, "--detach", "--db", db),
	}
	for _, code := range codes {
		if got := <-code; got != 0 {
			t.Errorf("exit code %d\n%s", got, said)
		}
	}
	if !said.said("4 queued") || !said.said("0 queued, 4 queued before") {
		t.Errorf("want that one queues four runs and the other none:\n%s", said)
	}
	workersOn(t, db, 2)
	if runs, attempts := attemptsIn(t, db); runs != 4 || attempts != 4 {
		t.Errorf("%d attempts at %d runs", attempts, runs)
	}
	nothingQueued(t, db)
}

func TestASweepSharesItsRunsWithWorkers(t *testing.T) {
	home(t)
	db := postgrestest.Store(t)
	file, alone := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	said := new(watched)
	code := background(t.Context(), said, "run", file, "--workers", "1", "--db", db)
	workersOn(t, db, 2)
	if got := <-code; got != 0 || !said.said("trained by another process") {
		t.Errorf("exit code %d; want that others trained, too:\n%s", got, said)
	}
	workersOn(t, db, 1) // of a unit that was put off, as its run was in training
	onceAsAlone(t, "shared", alone, db)
}

func TestAWorkerWhoseTimeIsOverGivesItsRunsBack(t *testing.T) {
	home(t)
	db := postgrestest.Store(t)
	file, _ := writeGrid(t, strings.Replace(heldGrid, "150", "100000", 1))
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	sweepCommand(t, 0, "work", "--db", db, "--workers", "2", "--for", "8s")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := new(watched)
	code := background(ctx, said, "work", "--db", db, "--workers", "4")
	eventuallyOf(t, db, "all have trained a step", func(runs []sweep.Result) bool {
		return !slices.ContainsFunc(runs, func(r sweep.Result) bool { return r.State != sweep.StateRunning || !r.Progress.Begun() })
	})
	eventually(t, "two have said that they go on, and two that they began", func() bool {
		log := said.String()
		return strings.Count(log, "goes on from step") == 2 && strings.Count(log, ": began") == 2
	})
	cancel()
	if got := <-code; got != exitInterrupted || !said.said("ended: 4 given back") {
		t.Errorf("exit code %d\n%s", got, said)
	}
	runs, _ := stored(t, db)
	for _, r := range runs {
		if r.State != sweep.StatePending || r.Progress.Checkpoint == 0 {
			t.Errorf("%s is %s, with a checkpoint at step %d", r.Name, r.State, r.Progress.Checkpoint)
		}
	}
}

// TestMoreWorkersThanTheServerHasConnectionsTrainEveryRunOnce has six workers, each of which takes
// several connections, where there are six.
func TestMoreWorkersThanTheServerHasConnectionsTrainEveryRunOnce(t *testing.T) {
	home(t)
	server := postgrestest.Start(t, postgrestest.Setting{Name: "max_connections", Value: "6"}, postgrestest.Setting{Name: "superuser_reserved_connections", Value: "0"})
	db := server.Address("postgres")
	file, alone := writeGrid(t, strings.NewReplacer("[0, 1, 2, 3]", "{ range = [1, 12], step = 1 }", "150", "30").Replace(heldGrid))
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	workersOn(t, db, 6)
	if log, err := os.ReadFile(filepath.Join(filepath.Dir(server.Data()), "log")); err != nil || !strings.Contains(string(log), "too many clients") {
		t.Errorf("none had to wait for a connection: %v", err)
	}
	onceAsAlone(t, "crowded", alone, db)
}

// TestWhereAServerLetsNobodyInWorkersSayWhy has a server on TCP without TLS, which asks for a
// password.
func TestWhereAServerLetsNobodyInWorkersSayWhy(t *testing.T) {
	home(t)
	for _, name := range []string{"PGSSLMODE", "PGSERVICE", "PGPASSFILE", "PGPASSWORD"} {
		t.Setenv(name, "")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server := postgrestest.Start(t, postgrestest.Setting{Name: "listen_addresses", Value: "127.0.0.1"}, postgrestest.Setting{Name: "port", Value: port})
	if err := server.Exec("CREATE ROLE me LOGIN PASSWORD 'right'"); err != nil {
		t.Fatal(err)
	}
	rules := "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(server.Data(), "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := server.Exec("SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	file, _ := writeGrid(t, heldGrid)
	for _, c := range []struct{ settings, want, hint string }{
		{"?sslmode=disable", "password authentication failed", "PGPASSWORD"},
		{"", "refused TLS", "sslmode=disable"},
	} {
		for _, args := range [][]string{{"run", file, "--detach"}, {"work"}, {"workers"}, {"pause", "held"}, {"cancel", "--all"}} {
			out := new(watched)
			code := run(t.Context(), append(args, "--db", "postgres://me:geheim@127.0.0.1:"+port+"/postgres"+c.settings), nil, out, out)
			if text := strings.Join(strings.Fields(out.String()), " "); code == 0 || !strings.Contains(text, c.want) || !strings.Contains(text, c.hint) || strings.Contains(text, "geheim") {
				t.Errorf("sweep %v, %q: exit code %d\n%s", args, c.settings, code, out)
			}
		}
	}
}

func TestAServerThatIsGoneForAWhileHoldsNoWorkerUp(t *testing.T) {
	kept := home(t)
	server := postgrestest.Start(t)
	db := server.Address("postgres")
	file, alone := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	said := new(watched)
	var codes []chan int
	for range 2 {
		codes = append(codes, background(t.Context(), said, "work", "--db", db, "--workers", "1", "--idle-exit", "2s", "--lease", "3s", "-v"))
	}
	eventually(t, "all train", func() bool { return strings.Count(said.String(), ": began") == 2 })
	server.Stop()
	time.Sleep(*gone)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if got := <-code; got != 0 {
			t.Errorf("exit code %d\n%s", got, said)
		}
	}
	onceAsAlone(t, "waited", alone, db)
	for _, w := range []struct {
		text string
		most int
	}{{"waiting for it, for up to", 2}, {"is there again", 2}, {"Error fetching jobs", 2}} {
		if n := strings.Count(said.String(), w.text); n > w.most {
			t.Errorf("%d times %q:\n%s", n, w.text, said)
		}
	}
	logs, _ := filepath.Glob(filepath.Join(kept, "sweep", "*.log")) // the pattern is right
	for _, log := range logs {
		if text, err := os.ReadFile(log); err != nil || len(text) > 20_000 {
			t.Errorf("%s has %d bytes, %v", log, len(text), err)
		}
	}
}

// TestAStandbyServerTakesThePlaceOfOneThatIsGone crashes a server under workers and promotes the
// standby that has all that it acknowledged.
func TestAStandbyServerTakesThePlaceOfOneThatIsGone(t *testing.T) {
	home(t)
	server := postgrestest.Start(t)
	standby := server.Standby(t)
	if err := server.Exec("ALTER SYSTEM SET synchronous_standby_names = '*'", "ALTER SYSTEM SET synchronous_commit = 'remote_apply'", "SELECT pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	db := server.Either(standby, "postgres")
	file, alone := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	said := new(watched)
	var codes []chan int
	for range 2 {
		codes = append(codes, background(t.Context(), said, "work", "--db", db, "--workers", "1", "--idle-exit", "3s", "--lease", "3s", "--checkpoint-every", "0s"))
	}
	inTraining(t, db)
	server.Crash()
	time.Sleep(2 * time.Second)
	if err := standby.Promote(); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		if got := <-code; got != 0 {
			t.Fatalf("exit code %d\n%s", got, said)
		}
	}
	onceAsAlone(t, "by a standby", alone, db)
}

// onceAsAlone holds a fleet to the curves of a store that one process filled, to one attempt
// at each run, and to a queue that is empty.
func onceAsAlone(t *testing.T, how, alone, db string) {
	t.Helper()
	if diff := cmp.Diff(hashesIn(t, alone), hashesIn(t, db)); diff != "" {
		t.Errorf("-alone +%s:\n%s", how, diff)
	}
	if runs, attempts := attemptsIn(t, db); attempts != runs {
		t.Errorf("%d attempts at %d runs", attempts, runs)
	}
	nothingQueued(t, db)
}
