package postgres_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sweep/store/postgres"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

// open opens the store of a name, closed at the end of the test.
func open(t testing.TB, name string, p sweep.Patience) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(name, p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// withHint is what err says, and what it says to do.
func withHint(err error) string {
	if e, is := errors.AsType[*sweep.StoreError](err); is {
		return err.Error() + " (" + string(e.Hint) + ")"
	}
	return fmt.Sprint(err)
}

// begin begins a run of that key, and returns the attempt.
func begin(t testing.TB, s *postgres.Store, key string) int {
	t.Helper()
	attempt, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Name: "r8-" + key}, sweep.Claim{Owner: "host/1", Lease: time.Hour})
	ok(t, err)
	return attempt
}

// curve is that of a run, as steps.
func curve(t testing.TB, s *postgres.Store, key string) []int {
	t.Helper()
	curves, err := s.Curves(t.Context(), []string{key})
	ok(t, err)
	var steps []int
	for _, p := range curves[key] {
		steps = append(steps, p.Step)
	}
	return steps
}

// notices are what a store told of its server.
type notices struct {
	mu   sync.Mutex
	said []string
}

func (n *notices) patience() sweep.Patience {
	return sweep.Patience{For: time.Minute, Tell: func(why string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.said = append(n.said, why)
	}}
}

func (n *notices) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.said)
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// way is the way to a server, on which the answer to a commit, or the commit itself, may be
// lost.
type way struct {
	to     string // the server's socket
	mu     sync.Mutex
	losing string // what is to be lost next: "answer", "commit" or ""
	lost   int
}

// newWay returns the folder of a socket by which the server of an address is reached.
func newWay(t *testing.T, s *postgrestest.Server) (*way, string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "sweep-way-")
	ok(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) }) // in the system's temporary folder
	l, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	ok(t, err)
	t.Cleanup(func() { _ = l.Close() }) // nobody listens any more
	w := &way{to: filepath.Join(filepath.Dir(s.Data()), ".s.PGSQL.5432")}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
	return w, folder
}

// lose has the next commit, or the answer to it, lost with its connection.
func (w *way) lose(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.losing = what
}

func (w *way) losses() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// next is what is lost of a message of the client's.
func (w *way) next(message []byte) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.losing == "" || !bytes.Contains(message, []byte("commit\x00")) {
		return ""
	}
	what := w.losing
	w.losing = ""
	w.lost++
	return what
}

func (w *way) carry(client net.Conn) {
	defer func() { _ = client.Close() }() // it may be closed
	server, err := net.Dial("unix", w.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }() // likewise
	answers := make(chan struct{}, 1)
	var mute sync.Mutex
	go func() {
		b := make([]byte, 64<<10)
		for {
			n, err := server.Read(b)
			if err != nil {
				_ = client.Close() // which ends the other direction
				return
			}
			select {
			case answers <- struct{}{}:
			default:
			}
			mute.Lock()
			_, err = client.Write(b[:n])
			mute.Unlock()
			if err != nil {
				return
			}
		}
	}()
	b := make([]byte, 64<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		switch w.next(b[:n]) {
		case "commit":
			return
		case "answer":
			mute.Lock()
			defer mute.Unlock()
			select {
			case <-answers:
			default:
			}
			if _, err := server.Write(b[:n]); err == nil {
				<-answers
			}
			return
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}

func TestWhatIsLostOnTheWayToACommitIsStoredOnce(t *testing.T) {
	server := postgrestest.Start(t)
	for _, what := range []string{"answer", "commit"} {
		t.Run(what, func(t *testing.T) {
			way, folder := newWay(t, server)
			ok(t, server.Exec("CREATE SCHEMA lost_"+what))
			s := open(t, "postgres://postgres@/postgres?search_path=lost_"+what+"&host="+folder, sweep.DefaultPatience())
			lose := func(act func() error) {
				t.Helper()
				before := way.losses()
				way.lose(what)
				ok(t, act())
				if way.losses() != before+1 {
					t.Fatal("nothing was lost")
				}
			}
			lose(func() error {
				return s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "a", Keys: []string{"aa"}, Names: []string{"r8"}, Saved: time.Now()})
			})
			attempt := 0
			lose(func() (err error) {
				attempt, _, err = s.Begin(t.Context(), sweep.Run{Key: "aa"}, sweep.Claim{Owner: "host/1", Lease: time.Hour})
				return err
			})
			if attempt != 1 {
				t.Errorf("begun as attempt %d, want 1", attempt)
			}
			lose(func() error {
				return s.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: 1, Loss: 3}, {Step: 2, Loss: 2}}, []byte("state"))
			})
			lose(func() error { return s.Rewrite(t.Context(), "aa", attempt, 2, []sweep.Point{{Step: 2, Loss: 1}}) })
			lose(func() error {
				return s.EditNote(t.Context(), sweep.Subject{Key: "aa"}, func(n sweep.Note) sweep.Note {
					n.Tags = append(n.Tags, "once")
					return n
				})
			})
			lose(func() error {
				return s.Finish(t.Context(), "aa", attempt, sweep.Outcome{State: sweep.StateDone, Steps: 2})
			})
			r, err := s.Result(t.Context(), "aa")
			ok(t, err)
			if got := curve(t, s, "aa"); !slices.Equal(got, []int{1, 2}) || r.Attempt != 1 || r.State != sweep.StateDone || len(r.Note.Tags) != 1 {
				t.Errorf("stored: steps %v, attempt %d, %s, tags %v", got, r.Attempt, r.State, r.Note.Tags)
			}
			way.lose(what)
			if err := s.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: 3}}, nil); err == nil {
				t.Error("an attempt that is over wrote")
			}
			ok(t, s.Check(t.Context()))
		})
	}
}

// TestAServerThatIsGoneIsWaitedForAndSaysSoOnce keeps writers and readers at work while the
// server is stopped, or crashes, and is started again.
func TestAServerThatIsGoneIsWaitedForAndSaysSoOnce(t *testing.T) {
	server := postgrestest.Start(t)
	for name, end := range map[string]func(){"stopped": server.Stop, "crashed": server.Crash} {
		t.Run(name, func(t *testing.T) {
			ok(t, server.Exec("CREATE SCHEMA s_"+name))
			var told notices
			s := open(t, server.Address("postgres", "search_path=s_"+name), told.patience())
			const writers, points = 4, 200
			var all sync.WaitGroup
			var done sync.Mutex
			steps := 0
			for i := range writers {
				all.Go(func() {
					key := string(rune('a' + i))
					attempt := begin(t, s, key)
					for step := 1; step <= points; step++ {
						if err := s.Observe(t.Context(), key, attempt, []sweep.Point{{Step: step, Loss: 1}}, []byte("state")); err != nil {
							t.Error(err)
							return
						}
						done.Lock()
						steps++
						done.Unlock()
						time.Sleep(2 * time.Millisecond)
					}
					if err := s.Finish(t.Context(), key, attempt, sweep.Outcome{State: sweep.StateDone}); err != nil {
						t.Error(err)
					}
				})
			}
			eventually(t, "points come", func() bool {
				done.Lock()
				defer done.Unlock()
				return steps > writers*points/4
			})
			end()
			eventually(t, "it says so", func() bool { return len(told.all()) > 0 })
			ok(t, s.StillThere(t.Context()))
			time.Sleep(300 * time.Millisecond)
			ok(t, server.Start())
			all.Wait()
			for i := range writers {
				if got := curve(t, s, string(rune('a'+i))); len(got) != points || got[points-1] != points {
					t.Errorf("a curve has %d points, want %d", len(got), points)
				}
			}
			if said := told.all(); len(said) != 2 || said[1] != "" || said[0] != "does not answer" && said[0] != "is starting, or shutting down" {
				t.Errorf("said %q, want that it is gone and that it is there again", said)
			}
			ok(t, s.Check(t.Context()))
		})
	}
}

// TestConnectionsThatAreCutLoseNothing has the server end all connections again and again, at
// whatever statement they are, while runs are trained.
func TestConnectionsThatAreCutLoseNothing(t *testing.T) {
	address := postgrestest.Store(t)
	s := open(t, postgrestest.With(address, "application_name=cut"), sweep.DefaultPatience())
	const writers, points, every = 4, 50, 7
	var stored atomic.Int64
	over := make(chan struct{})
	var all, cutting sync.WaitGroup
	cutting.Go(func() {
		for next := int64(every); ; next += every {
			for stored.Load() < next {
				select {
				case <-over:
					return
				case <-time.After(time.Millisecond):
				}
			}
			if err := postgrestest.Exec(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut'"); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range writers {
		all.Go(func() {
			key := string(rune('a' + i))
			attempt, _, err := s.Begin(t.Context(), sweep.Run{Key: key}, sweep.Claim{Owner: "host/1", Lease: time.Hour})
			for step := 1; step <= points && err == nil; step++ {
				err = s.Observe(t.Context(), key, attempt, []sweep.Point{{Step: step, Loss: 1}}, []byte("state"))
				stored.Add(1)
			}
			if err == nil {
				err = s.Finish(t.Context(), key, attempt, sweep.Outcome{State: sweep.StateDone})
			}
			if err != nil || attempt != 1 {
				t.Errorf("attempt %d: %v", attempt, err)
			}
		})
	}
	all.Wait()
	close(over)
	cutting.Wait()
	for i := range writers {
		if got := curve(t, s, string(rune('a'+i))); len(got) != points {
			t.Errorf("a curve has %d points, want %d", len(got), points)
		}
	}
	ok(t, s.Check(t.Context()))
}

func TestAServerThatStaysAwayIsGivenUp(t *testing.T) {
	server := postgrestest.Start(t)
	stop := make(chan struct{})
	s := open(t, server.Address("postgres"), sweep.Patience{For: time.Hour, Stop: stop})
	brief := open(t, server.Address("postgres"), sweep.Patience{For: 50 * time.Millisecond})
	attempt := begin(t, s, "aa")
	server.Stop()
	for _, c := range []struct {
		store *postgres.Store
		want  string
	}{{brief, "the server was not there for 50ms"}, {s, ""}} {
		if c.store == s {
			time.AfterFunc(100*time.Millisecond, func() { close(stop) })
		}
		began := time.Now()
		err := c.store.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: 1}}, nil)
		e, is := errors.AsType[*sweep.StoreError](err)
		if took := time.Since(began); !is || !strings.Contains(err.Error(), c.want) || took > 5*time.Second {
			t.Fatalf("after %v: %v", took, err)
		}
		if !strings.Contains(string(e.Hint), "start the server") {
			t.Errorf("the hint is %q", e.Hint)
		}
	}
	began := time.Now()
	if err := s.Observe(t.Context(), "aa", attempt, nil, nil); err == nil || time.Since(began) > time.Second {
		t.Errorf("after it was given up: %v after %v", err, time.Since(began))
	}
	ok(t, server.Start())
	again := open(t, server.Address("postgres"), sweep.DefaultPatience())
	ok(t, again.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: 1}}, nil))
}

func TestAServerWithoutAFreeConnectionIsWaitedFor(t *testing.T) {
	server := postgrestest.Start(t, postgrestest.Setting{Name: "max_connections", Value: "6"}, postgrestest.Setting{Name: "superuser_reserved_connections", Value: "0"})
	ok(t, server.Exec("CREATE ROLE worker LOGIN", "GRANT ALL ON SCHEMA public TO worker"))
	address := strings.Replace(server.Address("postgres"), "postgres@", "worker@", 1)
	// Each store wants eight connections, and there are six in all.
	var told notices
	stores := []*postgres.Store{open(t, address, told.patience()), open(t, address, told.patience())}
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			s, key := stores[i%2], "k"+string(rune('a'+i))
			attempt, _, err := s.Begin(t.Context(), sweep.Run{Key: key}, sweep.Claim{Lease: time.Hour})
			if err == nil {
				err = s.Observe(t.Context(), key, attempt, []sweep.Point{{Step: 1, Loss: 2}}, bytes.Repeat([]byte("state"), 1<<18))
			}
			if err == nil {
				err = s.Finish(t.Context(), key, attempt, sweep.Outcome{State: sweep.StateDone})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	ok(t, stores[0].Check(t.Context()))
}

func TestAServerThatRefusesSaysWhatToDo(t *testing.T) {
	server := postgrestest.Start(t)
	ok(t, server.Exec("CREATE ROLE me LOGIN PASSWORD 'right'", "CREATE ROLE nothing LOGIN", "CREATE DATABASE reading", "CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0",
		"CREATE DATABASE foreign_one", "CREATE DATABASE newer"))
	hba := filepath.Join(server.Data(), "pg_hba.conf")
	rules, err := os.ReadFile(hba)
	ok(t, err)
	ok(t, os.WriteFile(hba, append([]byte("local all me scram-sha-256\n"), rules...), 0o600))
	ok(t, server.Exec("SELECT pg_reload_conf()"))
	as := func(user, database string, settings ...string) string {
		return strings.Replace(server.Address(database, settings...), "postgres@", user+"@", 1)
	}
	for _, statement := range []struct{ database, text string }{
		{"foreign_one", "CREATE TABLE run (mine int)"}, {"newer", "CREATE TABLE sweep_store (id uuid, version int); INSERT INTO sweep_store VALUES (gen_random_uuid(), 99)"},
	} {
		ok(t, server.ExecIn(statement.database, statement.text))
	}
	for _, c := range []struct{ name, address, cause, hint string }{
		{"a wrong password", as("me:wrong", "postgres"), "password authentication failed", "PGPASSWORD"},
		{"no password", as("me", "postgres"), "password", "PGPASSWORD"},
		{"no such role", as("nobody_of_that_name", "postgres"), "does not exist", "pg_hba.conf"},
		{"no such database", as("postgres", "none"), "does not exist", "createdb"},
		{"no right to create", as("nothing", "postgres"), "permission denied", "grant"},
		{"no such schema", as("postgres", "postgres", "search_path=none"), "no schema", "create the schema"},
		{"tables of another program", as("postgres", "foreign_one"), "another program", "search_path"},
		{"a newer store", as("postgres", "newer"), "newer version", "that version"},
		{"not UTF-8", as("postgres", "ascii"), "UTF-8", "createdb --encoding UTF8"},
		{"no server", "postgres://me:wrong@nosuch.invalid/x", "nosuch.invalid", "start the server"},
	} {
		began := time.Now()
		s, err := postgres.Open(c.address, sweep.DefaultPatience())
		got := withHint(err)
		if s != nil || !strings.Contains(got, c.cause) || !strings.Contains(got, c.hint) || strings.Contains(got, "wrong") {
			t.Errorf("%s: got %s, want %q and the hint %q, without the password", c.name, got, c.cause, c.hint)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s: it took %v", c.name, took)
		}
	}
	t.Setenv("PGPASSWORD", "right")
	ok(t, server.Exec("GRANT ALL ON SCHEMA public TO me"))
	open(t, as("me", "postgres"), sweep.DefaultPatience())
}

func TestAServerThatOnlyReadsIsReadAndNotWritten(t *testing.T) {
	server := postgrestest.Start(t)
	s := open(t, server.Address("postgres"), sweep.DefaultPatience())
	attempt := begin(t, s, "aa")
	ok(t, s.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: 1, Loss: 2}}, nil))
	ok(t, server.Exec("ALTER DATABASE postgres SET default_transaction_read_only = on"))
	if _, err := postgres.Open(server.Address("postgres"), sweep.DefaultPatience()); err == nil || !strings.Contains(withHint(err), "only reads") {
		t.Errorf("opened for writing: %v", withHint(err))
	}
	reads, err := postgres.OpenReadOnly(server.Address("postgres"), sweep.DefaultPatience())
	ok(t, err)
	defer func() { ok(t, reads.Close()) }()
	if got := curve(t, reads, "aa"); !slices.Equal(got, []int{1}) {
		t.Errorf("it reads steps %v", got)
	}
}

func TestAStoreThatIsTakenAwayIsNoticed(t *testing.T) {
	server := postgrestest.Start(t)
	for _, c := range []struct{ name, statements, want string }{
		{"dropped", "DROP SCHEMA public CASCADE; CREATE SCHEMA public", "its tables are gone"},
		{"replaced", "UPDATE sweep_store SET id = gen_random_uuid()", "another store is in its place"},
	} {
		for _, first := range []string{"looking", "writing"} {
			ok(t, server.Exec("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))
			s := open(t, server.Address("postgres"), sweep.DefaultPatience())
			attempt := begin(t, s, "aa")
			ok(t, s.StillThere(t.Context()))
			ok(t, server.Exec(strings.Split(c.statements, "; ")...))
			look := func() error { return s.StillThere(t.Context()) }
			write := func() error { return s.Observe(t.Context(), "aa", attempt, []sweep.Point{{Step: 1}}, nil) }
			order := []func() error{look, write}
			if first == "writing" {
				order = []func() error{write, look}
			}
			for _, act := range order {
				if err := act(); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s, first by %s: got %v, want %q", c.name, first, err, c.want)
				}
			}
		}
	}
}

func TestCheckFindsDamage(t *testing.T) {
	const done, failed = "run r8-aa, key aa", "run r8-bb, key bb"
	for _, c := range []struct{ name, statement, want string }{
		{"a point that changed", `UPDATE point SET loss = 3`, "the curve of " + done},
		{"a point that is gone", `DELETE FROM point`, "the curve of " + done},
		{"an adapter of zeros", `UPDATE adapter SET bytes = '\x000000'`, "the adapter of " + done},
		{"an adapter that is gone", `DELETE FROM adapter`, "the record of " + done},
		{"row losses that changed", `UPDATE row_losses SET bytes = '\x00'`, "the row losses of " + done},
		{"an evaluation that changed", `UPDATE outcome SET eval_loss = 0.1 WHERE eval_loss IS NOT NULL`, "the record of " + done},
		{"a NaN from nowhere", `UPDATE outcome SET loss = 'NaN'`, "the record of " + done},
		{"a negative zero from nowhere", `UPDATE outcome SET loss = '-0'`, "the record of " + done},
		{"a parameter that changed", `UPDATE run SET params = replace(params::text, '"lr":0.5', '"lr":0.25')::json`, "the record of " + done},
		{"a state that changed", `UPDATE run SET state = 'diverged' WHERE state = 'done'`, "the record of " + done},
		{"a failure's cause that changed", `UPDATE outcome SET error = 'none' WHERE error <> ''`, "the record of " + failed},
		{"an outcome that is gone", `DELETE FROM outcome WHERE error <> ''`, "the record of " + failed},
		{"a checkpoint that changed", `UPDATE checkpoint SET bytes = 'State'`, "the checkpoint of " + failed},
		{"a cell that is gone", `DELETE FROM cell WHERE ordinal = 1`, `sweep "x"`},
		{"a grid that changed", `UPDATE sweep SET toml = 'steps = 2'`, `sweep "x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := postgrestest.Store(t)
			s := open(t, address, sweep.DefaultPatience())
			points := []sweep.Point{{Step: 1, Loss: 2}}
			ok(t, s.SaveSweep(t.Context(), sweep.SavedSweep{Name: "x", TOML: "steps = 1", Keys: []string{"aa", "bb"}, Names: []string{"a", "b"}}))
			for key, o := range map[string]sweep.Outcome{
				"aa": {State: sweep.StateDone, EvalLoss: 1, Evaluated: true, CurveHash: sweep.HashCurve(points), Adapter: []byte("A B"), RowLosses: []sweep.RowLoss{{Nats: 7, Tokens: 7}}},
				"bb": {State: sweep.StateFailed, Error: "no memory"},
			} {
				_, _, err := s.Begin(t.Context(), sweep.Run{Key: key, Name: "r8-" + key, Params: sweep.Params{LR: 0.5}}, sweep.Claim{Lease: time.Hour})
				ok(t, err)
				ok(t, s.Observe(t.Context(), key, 1, points, []byte("state")))
				ok(t, s.Finish(t.Context(), key, 1, o))
			}
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("before the damage: %v", err)
			}
			ok(t, postgrestest.Exec(address, c.statement))
			if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestManyProcessesMakeOneStore(t *testing.T) {
	address := postgrestest.Store(t)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			s, err := postgres.Open(address, sweep.DefaultPatience())
			if err != nil {
				t.Error(err)
				return
			}
			if _, _, err := s.Begin(t.Context(), sweep.Run{Key: string(rune('a' + i))}, sweep.Claim{}); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	states, err := open(t, address, sweep.DefaultPatience()).States(t.Context(), []string{"a", "b", "c", "d", "e", "f"})
	if err != nil || len(states) != 6 {
		t.Errorf("it has %v, %v", states, err)
	}
}

// TestTransactionsOfAProcessThatWasStoppedAreEnded asks the server how long they may do nothing.
func TestTransactionsOfAProcessThatWasStoppedAreEnded(t *testing.T) {
	for settings, c := range map[string]struct{ outside, writing string }{
		"application_name=alone":                 {"20s", "20s"},
		"default_query_exec_mode=cache_describe": {"0", "20s"}, // behind a pooler
	} {
		s := open(t, postgrestest.With(postgrestest.Store(t), settings), sweep.DefaultPatience())
		var outside, writing string
		const show = `SHOW idle_in_transaction_session_timeout`
		ok(t, s.Pool().QueryRow(t.Context(), show).Scan(&outside))
		ok(t, s.Change(t.Context(), "look", func(tx pgx.Tx) error { return tx.QueryRow(t.Context(), show).Scan(&writing) }))
		if outside != c.outside || writing != c.writing {
			t.Errorf("%q: after %s, and %s where it writes; want %v", settings, outside, writing, c)
		}
	}
}
