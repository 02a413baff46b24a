// Package postgrestest starts PostgreSQL servers for the tests of those that use one, in
// temporary folders and on Unix sockets, from the programs that the system has. With
// SWEEP_POSTGRES set to the address of a server, tests that need no server of their own
// use that one.
package postgrestest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// variable names the server that tests use, if it is set.
const variable = "SWEEP_POSTGRES"

// Server is a server of a test's own.
type Server struct {
	folder string // that holds its data, its log and its socket
	port   string
	args   []string
	server *exec.Cmd
}

// Setting is a setting of a server, as postgresql.conf has it.
type Setting struct{ Name, Value string }

// ErrNone is no server that could be started.
var ErrNone = errors.New("no PostgreSQL")

// Start starts a server, which ends with the test. Where there is no PostgreSQL the test is
// skipped.
func Start(t testing.TB, settings ...Setting) *Server {
	t.Helper()
	s, err := start(settings...)
	if errors.Is(err, ErrNone) {
		t.Skip("skipped: " + err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.remove)
	return s
}

func start(settings ...Setting) (*Server, error) {
	programs, err := find()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "sweep-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{folder: folder, port: "5432"}
	for _, setting := range settings {
		if setting.Name == "port" {
			s.port = setting.Value
		}
	}
	if err := s.create(programs, settings); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// create makes the server's files and starts it.
func (s *Server) create(programs string, settings []Setting) error {
	if err := s.Own(s.folder); err != nil {
		return err
	}
	original, err := pattern.make(programs)
	if err != nil {
		return err
	}
	if err := as(s.folder, "cp", "-a", original, s.Data()); err != nil {
		return err
	}
	s.args = []string{filepath.Join(programs, "postgres"), "-D", s.Data(), "-k", s.folder, "-h", ""}
	quick := []Setting{{"fsync", "off"}, {"full_page_writes", "off"}, {"autovacuum_naptime", "10min"}, {"shared_buffers", "32MB"}}
	for _, setting := range append(quick, settings...) {
		s.args = append(s.args, "-c", setting.Name+"="+setting.Value)
	}
	return s.Start()
}

// pattern is the files of a new server, which are made once for all servers of a program.
var pattern original

type original struct {
	sync.Mutex
	server *Server // that is never started
}

func (o *original) make(programs string) (data string, err error) {
	o.Lock()
	defer o.Unlock()
	if o.server != nil {
		return o.server.Data(), nil
	}
	folder, err := os.MkdirTemp("", "sweep-postgres-")
	if err != nil {
		return "", err
	}
	s := &Server{folder: folder}
	if err = s.Own(folder); err == nil {
		err = as(folder, filepath.Join(programs, "initdb"), "-D", s.Data(), "-U", "postgres", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C")
	}
	if err != nil {
		s.remove()
		return "", err
	}
	o.server = s
	return s.Data(), nil
}

// as runs a program as the account of servers.
func as(folder, program string, args ...string) error {
	c := exec.Command(program, args...)
	c.Dir, c.SysProcAttr = folder, attributes(account())
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(program), err, out)
	}
	return nil
}

// Own gives a file to the account that the server runs as.
func (s *Server) Own(path string) error {
	if who := account(); who != nil {
		return os.Chown(path, int(who.Uid), int(who.Gid))
	}
	return nil
}

// Data is the folder with the server's files, among them pg_hba.conf.
func (s *Server) Data() string { return filepath.Join(s.folder, "data") }

// Start starts a server that was stopped, and waits until it takes clients in.
func (s *Server) Start() error {
	log, err := os.OpenFile(filepath.Join(s.folder, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // the server has it
	s.server = exec.Command(s.args[0], s.args[1:]...)
	s.server.Dir, s.server.Stdout, s.server.Stderr, s.server.SysProcAttr = s.folder, log, log, attributes(account())
	if err := s.server.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		err := s.Exec("SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(filepath.Join(s.folder, "log"))
			return fmt.Errorf("the server does not start: %w\n%s", err, bytes.TrimSpace(said))
		}
	}
}

// Standby starts a standby server of this one, which has all that this one has written, and
// ends with the test.
func (s *Server) Standby(t testing.TB) *Server {
	t.Helper()
	folder, err := os.MkdirTemp("", "sweep-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	standby := &Server{folder: folder, port: s.port, args: slices.Clone(s.args)}
	t.Cleanup(standby.remove)
	if err = standby.Own(folder); err == nil {
		err = as(folder, s.program("pg_basebackup"), "-D", standby.Data(), "-h", s.folder, "-p", s.port, "-U", "postgres",
			"--write-recovery-conf", "--checkpoint=fast", "--no-sync")
	}
	if err == nil {
		standby.args[2], standby.args[4] = standby.Data(), folder
		err = standby.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return standby
}

// Promote has a standby server take the place of the one that it follows.
func (s *Server) Promote() error {
	return as(s.folder, s.program("pg_ctl"), "promote", "-D", s.Data(), "--wait")
}

// program is another of PostgreSQL's programs.
func (s *Server) program(name string) string { return filepath.Join(filepath.Dir(s.args[0]), name) }

// Either is the address of a database of whichever of two servers takes writes.
func (s *Server) Either(other *Server, database string) string {
	return "postgres://postgres@/" + database + "?port=" + s.port + "," + other.port + "&host=" + url.QueryEscape(s.folder+","+other.folder) +
		"&target_session_attrs=read-write"
}

// Stop ends the server as an administrator does, without waiting for its clients.
func (s *Server) Stop() { s.signal(syscall.SIGINT) }

// Crash ends the server at once: it recovers when it is started again.
func (s *Server) Crash() { s.signal(syscall.SIGQUIT) }

func (s *Server) signal(how os.Signal) {
	if s.server == nil {
		return
	}
	_ = s.server.Process.Signal(how) // it may have ended
	_ = s.server.Wait()              // which says how it ended
	s.server = nil
}

func (s *Server) remove() {
	s.Crash()
	_ = os.RemoveAll(s.folder) // in the system's temporary folder
}

// Address is that of a database of the server, with settings for the address.
func (s *Server) Address(database string, settings ...string) string {
	return "postgres://postgres@/" + database + "?" + strings.Join(append(settings, "port="+s.port, "host="+url.QueryEscape(s.folder)), "&")
}

// Exec runs statements in the database postgres of the server.
func (s *Server) Exec(statements ...string) error { return s.ExecIn("postgres", statements...) }

// ExecIn runs statements in a database of the server.
func (s *Server) ExecIn(database string, statements ...string) error {
	return Exec(s.Address(database), statements...)
}

// Exec runs statements at an address.
func Exec(address string, statements ...string) error {
	return at(address, func(ctx context.Context, c *pgx.Conn) error {
		for _, statement := range statements {
			if _, err := c.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

// Count is what a query of one number says at an address.
func Count(address, query string) (n int, err error) {
	err = at(address, func(ctx context.Context, c *pgx.Conn) error { return c.QueryRow(ctx, query).Scan(&n) })
	return n, err
}

// at calls use with a connection to an address.
func at(address string, use func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(ctx) }() // what was asked has been answered
	return use(ctx, c)
}

// shared is the server of all tests of a program that need none of their own.
var shared struct {
	sync.Mutex
	server *Server
	err    error
	tried  bool
	stores int
}

// Store is the address of a place for a new store, which is removed with the test. Where
// there is no server, and none can be started, the test is skipped.
func Store(t testing.TB) string {
	t.Helper()
	address, err := New(t)
	if errors.Is(err, ErrNone) {
		t.Skip("skipped: " + err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// New is Store for tests that can do without a server: the error is ErrNone then.
func New(t testing.TB) (string, error) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	base := os.Getenv(variable)
	if base == "" {
		if !shared.tried {
			shared.tried = true
			shared.server, shared.err = start()
		}
		if shared.err != nil {
			return "", shared.err
		}
		base = shared.server.Address("postgres")
	}
	shared.stores++
	schema := fmt.Sprintf("sweep_test_%d_%d", os.Getpid(), shared.stores)
	if err := Exec(base, "CREATE SCHEMA "+schema); err != nil {
		return "", err
	}
	t.Cleanup(func() {
		if err := Exec(base, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return With(base, "search_path="+schema), nil
}

// With is an address with more settings.
func With(address string, settings ...string) string {
	sign := "?"
	if strings.Contains(address, "?") {
		sign = "&"
	}
	return address + sign + strings.Join(settings, "&")
}

// Run runs the tests of a program and ends the server that they shared.
func Run(m *testing.M) int {
	defer func() {
		shared.Lock()
		defer shared.Unlock()
		for _, s := range []*Server{shared.server, pattern.server} {
			if s != nil {
				s.remove()
			}
		}
	}()
	return m.Run()
}

// find is the folder of the newest PostgreSQL that the system has.
func find() (string, error) {
	if at, err := exec.LookPath("initdb"); err == nil {
		at, err = filepath.EvalSymlinks(at)
		return filepath.Dir(at), err
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/usr/local/pgsql/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb"} {
		at, _ := filepath.Glob(pattern) // the patterns are right
		found = append(found, at...)
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%w on this machine, and %s names none", ErrNone, variable)
	}
	slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) })
	return filepath.Dir(found[len(found)-1]), nil
}
