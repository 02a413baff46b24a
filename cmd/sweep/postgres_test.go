package main

import (
	"context"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// home has this program keep what lies beside stores on servers in a folder of the test's.
func home(t testing.TB) (folder string) {
	t.Helper()
	folder = t.TempDir()
	t.Setenv("XDG_STATE_HOME", folder)
	return folder
}

// TestKilledSweepsOnAServerEndAsIfTheyHadNotBeen is the torture of sweeps in a file, with a
// server that crashes twice, too.
func TestKilledSweepsOnAServerEndAsIfTheyHadNotBeen(t *testing.T) {
	t.Logf("-kills.seed %d", *seed)
	home(t)
	server := postgrestest.Start(t)
	file, undisturbed := writeGrid(t, tortureGrid)
	sweepCommand(t, 0, "run", file, "--db", undisturbed)
	want := hashesIn(t, undisturbed)
	moments := rand.New(rand.NewPCG(*seed, 1))
	for killed, round := 0, 0; killed < *kills; round++ {
		if err := server.Exec("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"); err != nil {
			t.Fatal(err)
		}
		ended, crashed := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(crashed)
			for range 2 {
				select {
				case <-ended:
					return
				case <-time.After(1500 * time.Millisecond):
				}
				server.Crash()
				time.Sleep(300 * time.Millisecond)
				if err := server.Start(); err != nil {
					t.Error(err)
				}
			}
		}()
		db := server.Address("postgres")
		killed += torture(t, moments, *kills-killed, tortured(db, []string{"run", file})...)
		close(ended)
		<-crashed
		if diff := cmp.Diff(want, hashesIn(t, db)); diff != "" {
			t.Fatalf("round %d, after %d kills, -undisturbed +tortured:\n%s", round, killed, diff)
		}
	}
}

// newStore makes a store on a server.
func newStore(t *testing.T, server *postgrestest.Server) (db string) {
	t.Helper()
	db = server.Address("postgres")
	st, err := store.Open(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestASweepWaitsForAServerThatIsGone(t *testing.T) {
	home(t)
	server := postgrestest.Start(t)
	file, undisturbed := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", undisturbed)
	db, out := newStore(t, server), new(watched)
	code := background(t.Context(), out, "run", file, "--db", db, "--workers", "2", "--lease", "1s")
	inTraining(t, db)
	server.Stop()
	eventually(t, "it says that it waits", func() bool { return out.said("waiting for it, for up to") })
	time.Sleep(2 * time.Second) // beyond the lease
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if got := <-code; got != 0 {
		t.Fatalf("exit code %d\n%s", got, out)
	}
	if !out.said("is there again; going on") || strings.Count(out.String(), "waiting for it") != 1 {
		t.Errorf("it does not say once that it waits, and that it goes on:\n%s", out)
	}
	if diff := cmp.Diff(hashesIn(t, undisturbed), hashesIn(t, db)); diff != "" {
		t.Errorf("-undisturbed +restarted:\n%s", diff)
	}
}

func TestASweepGivesUpAServerThatIsGoneAtCtrlC(t *testing.T) {
	home(t)
	server := postgrestest.Start(t)
	file, _ := writeGrid(t, heldGrid)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	db, out := newStore(t, server), new(watched)
	code := background(ctx, out, "run", file, "--db", db)
	inTraining(t, db)
	server.Stop()
	eventually(t, "it says that it waits", func() bool { return out.said("waiting for it, for up to") })
	began := time.Now()
	cancel()
	if got := <-code; got != exitInterrupted && got != exitIncomplete || time.Since(began) > 15*time.Second {
		t.Errorf("exit code %d after %v\n%s", got, time.Since(began), out)
	}
}

// TestEveryCommandKnowsAServerAndTellsNoPassword runs the commands on a store on a server, with
// a password in its address, and looks for it in all that they print and leave behind.
func TestEveryCommandKnowsAServerAndTellsNoPassword(t *testing.T) {
	password := "geheim"
	kept := home(t)
	folder := t.TempDir()
	t.Chdir(folder)
	if err := os.WriteFile("menus.toml", []byte(menusGrid), 0o600); err != nil {
		t.Fatal(err)
	}
	db := postgrestest.Store(t)
	if u, err := url.Parse(db); err == nil && u.User != nil {
		if own, has := u.User.Password(); has {
			password = own
		} else {
			db += "&password=" + password
		}
	}
	for _, c := range []struct {
		code int
		line string
	}{
		{0, "run menus.toml -v"},
		{0, "run menus.toml"},
		{0, "plan menus.toml"},
		{0, "retry menus.toml"},
		{0, "ls"},
		{0, "ls menus"},
		{0, "show r4-a16-lr1e-3-s0"},
		{0, "best"},
		{0, "diff r4-a16-lr1e-3-s0 r8-a16-lr1e-3-s0"},
		{0, "plot --by alpha --out a.svg"},
		{0, "report"},
		{0, "report --out r.html"},
		{0, "next menus.toml --hours 1"},
		{0, "note r4-a16-lr1e-3-s0 odd"},
		{0, "export --out curves.csv"},
		{0, "export --adapter r4-a16-lr1e-3-s0 --out adapter"},
		{0, "sample r4-a16-lr1e-3-s0 hello"},
		{0, "verify --runs 1"},
		{0, "db check"},
		{0, "db backup backup.db"},
		{0, "rm r4-a16-lr1e-3-s0 --yes"},
		{2, "ls nosuch"},
		{2, "show nosuch"},
		{2, "db backup backup.db"},
	} {
		var out watched
		if got := run(t.Context(), append(strings.Fields(c.line), "--db", db), strings.NewReader("yes\n"), &out, &out); got != c.code {
			t.Errorf("sweep %s: exit code %d, want %d\n%s", c.line, got, c.code, out.String())
		}
		if strings.Contains(out.String(), password) {
			t.Errorf("sweep %s tells the password:\n%s", c.line, out.String())
		}
	}
	var out watched
	for _, args := range [][]string{
		{"doctor", "--db", db},
		{"db", "copy", db, "copy.db"},
		{"db", "copy", "copy.db", db},
		{"ls", "--db", strings.Replace(db, "?", "x?", 1)},
		{"ls", "--db", "postgres://me:" + password + "/x@host/db"},
		{"ls", "--db", "postgres://me:" + password + "@nosuch.invalid/db"},
		{"ls", "--db", "postgres://me@nosuch.invalid/db?password=" + password + "&sslmode=odd"},
	} {
		run(t.Context(), args, nil, &out, &out)
	}
	if strings.Contains(out.String(), password) {
		t.Errorf("the password is told:\n%s", out.String())
	}
	for _, at := range []string{kept, folder} {
		err := filepath.WalkDir(at, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if strings.Contains(string(text), password) || strings.Contains(path, password) {
				t.Errorf("%s has the password", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if logs, err := filepath.Glob(filepath.Join(kept, "sweep", "*.log")); err != nil || len(logs) != 1 {
		t.Errorf("the logs are %v, %v", logs, err)
	}
}

func TestWhatLiesBesideAStoreOnAServerIsNamedByItsPlace(t *testing.T) {
	folder := home(t)
	for name, want := range map[storeName]string{
		"sweep.db":    "sweep.db.log",
		"a/b.db":      "a/b.db.log",
		"postgres://": filepath.Join(folder, "sweep", "postgres.log"),
		"service=lab": filepath.Join(folder, "sweep", "postgres-lab.log"),
		"postgres://me:secret@db.example:5433/lora":                                 filepath.Join(folder, "sweep", "postgres-db.example-5433-lora.log"),
		"postgres://you@db.example/lora?sslmode=disable&search_path=team_a&host=/x": filepath.Join(folder, "sweep", "postgres-db.example-lora-x-team-a.log"),
	} {
		if got := name.beside(".log"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestTheRolesOfTheHelpMayDoWhatItSays grants what 'sweep help server' shows, and has each role
// train, look and drop.
func TestTheRolesOfTheHelpMayDoWhatItSays(t *testing.T) {
	home(t)
	server := postgrestest.Start(t)
	db := newStore(t, server)
	file, _ := writeGrid(t, strings.Replace(heldGrid, "150", "3", 1))
	as := func(role string) string { return strings.Replace(db, "postgres@", role+"@", 1) }
	if err := server.Exec("CREATE ROLE worker LOGIN", "CREATE ROLE reader LOGIN"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"work"}, {"run", file, "--detach"}, {"ls"}, {"workers"}} {
		var out watched
		if code := run(t.Context(), append(args, "--db", as("worker")), nil, &out, &out); code == 0 || !out.said("permission denied") || !out.said("sweep help server") {
			t.Errorf("sweep %v without a grant: exit code %d\n%s", args, code, out.String())
		}
	}
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	var statements []string
	for _, line := range regexp.MustCompile(`(?m)^    ((?:GRANT|REVOKE) .*);$`).FindAllStringSubmatch(aboutServers, -1) {
		statements = append(statements, line[1])
	}
	if len(statements) != 4 {
		t.Fatalf("the help shows %d grants", len(statements))
	}
	if err := server.Exec(statements...); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"work", "--idle-exit", "1s", "--lease", "3s"},
		{"run", file, "--set", "steps=4"},
		{"run", file, "--detach", "--set", "steps=5"},
		{"pause", "held"},
		{"resume", "held"},
		{"cancel", "held"},
	} {
		sweepCommand(t, 0, append(args, "--db", as("worker"))...)
	}
	for _, args := range [][]string{{"ls", "held"}, {"workers", "--all"}, {"db", "check"}} {
		sweepCommand(t, 0, append(args, "--db", as("reader"))...)
	}
	for _, role := range []string{"worker", "reader"} {
		for _, statement := range []string{"DROP TABLE run CASCADE", "DROP TABLE river_job", "UPDATE sweep_store SET version = 9"} {
			if err := postgrestest.Exec(as(role), statement); err == nil {
				t.Errorf("%s may %s", role, statement)
			}
		}
	}
	if err := postgrestest.Exec(as("reader"), "DELETE FROM point"); err == nil {
		t.Error("the reader may delete")
	}
}
