package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sweep/sweep"
	"sweep/sweep/grid"

	"sweep/store/postgres/postgrestest"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func TestMain(m *testing.M) {
	if code, ok := supervise(os.Args[1:]); ok {
		os.Exit(code)
	}
	testscript.Main(tests{m}, map[string]func(){"sweep": main})
}

// tests are the tests of this package, which share a server of PostgreSQL where there is
// one.
type tests struct{ *testing.M }

// Run runs the tests and ends their server.
func (m tests) Run() int { return postgrestest.Run(m.M) }

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup:               writeRows,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":  exitsWith,
			"until": until,
		},
	})
}

// writeRows puts a small data set into every script's folder.
func writeRows(env *testscript.Env) error {
	var rows strings.Builder
	for i := range 24 {
		rows.WriteString(`{"prompt": "` + strconv.Itoa(i) + ` + 1 = ", "completion": "` + strconv.Itoa(i+1) + "\"}\n")
	}
	return os.WriteFile(filepath.Join(env.WorkDir, "rows.jsonl"), []byte(rows.String()), 0o644)
}

// exitsWith runs 'code N command args...' and holds it to that exit code.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// until runs 'until PATTERN command args...' again and again until its output
// matches.
func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[0])
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		// The command may fail while there is nothing to see yet.
		if err := ts.Exec(args[1], args[2:]...); err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("waited a minute for %s", args[0])
}

// cancelling is a writer that ends a context on the first write.
type cancelling struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *cancelling) Write(b []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(b)
}

func TestInterruptionExitsWith130(t *testing.T) {
	file := filepath.Join(t.TempDir(), "grid.toml")
	const text = "name = 'long'\n[fixed]\nsteps = 1000000\n[grid]\nseed = [0, 1]\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stdout := cancelling{cancel: cancel}
	var stderr bytes.Buffer
	code := run(ctx, []string{"run", file, "--db", file + ".db", "--workers", "2"}, nil, &stdout, &stderr)
	if code != 130 {
		t.Errorf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	}
	if want := "long: 2 runs: 2 left; interrupted\n"; !strings.Contains(stdout.String(), want) {
		t.Errorf("got %s, want %s", stdout.String(), want)
	}
}

// stuck is an inspector that answers when it is released.
type stuck chan struct{}

func (s stuck) Inspect(sweep.Params) (sweep.Inputs, error) {
	<-s
	return sweep.Inputs{}, nil
}

func (s stuck) Adapter(string) (sweep.AdapterSettings, error) { return sweep.AdapterSettings{}, nil }

func TestPlanningIsGivenUpOnInterruption(t *testing.T) {
	spec, err := grid.DecodeSpec(strings.NewReader("name = 'x'"), "x.toml")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	inspector := make(stuck)
	defer close(inspector)
	_, err = newPlan(ctx, spec, inspector)
	if exit, ok := errors.AsType[*exitError](err); !ok || exit.code != 130 {
		t.Errorf("got %v", err)
	}
}
