package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// sshServer starts an sshd for this user, and returns a configuration of ssh by which
// gpu1 and gpu2 are this machine, and gone is none.
func sshServer(t *testing.T) (config string) {
	t.Helper()
	daemon := "/usr/sbin/sshd"
	for _, program := range []string{daemon, "ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("skipped: no OpenSSH server: %v", err)
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/run/sshd"); err != nil && me.Uid == "0" {
		t.Skip("skipped: sshd asks for the folder /run/sshd")
	}
	dir := t.TempDir()
	for _, key := range []string{"host", "mine"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	port := freePort(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	settings := write("sshd_config", fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey DIR/host\nAuthorizedKeysFile DIR/mine.pub\n"+
		"StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n", port))
	server := startProgram(t, daemon, "-D", "-e", "-f", settings)
	eventually(t, "sshd listens", func() bool { return server.over() || listens(port) })
	if server.over() {
		t.Fatalf("sshd ended: %v\n%s", server.err, server.stderr)
	}
	return write("ssh_config", fmt.Sprintf("Host gpu1 gpu2\n\tPort %d\nHost gone\n\tPort 1\nHost *\n\tHostName 127.0.0.1\n\tUser %s\n"+
		"\tIdentityFile DIR/mine\n\tIdentitiesOnly yes\n\tUserKnownHostsFile DIR/known\n\tStrictHostKeyChecking no\n\tLogLevel ERROR\n", port, me.Username))
}

// freePort is a port of this machine that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // it was only asked for its number
	return l.Addr().(*net.TCPAddr).Port
}

func listens(port int) bool {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = c.Close() // nothing was written
	return true
}

// thisSweep is the path of this program as tests have it.
func thisSweep(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("sweep")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWorkersStartedBySSHOutliveTheConnection(t *testing.T) {
	state := home(t)
	config := sshServer(t)
	db := postgrestest.Store(t)
	file, alone := writeGrid(t, heldGrid)
	sweepCommand(t, 0, "run", file, "--db", alone)
	sweepCommand(t, 0, "run", file, "--detach", "--db", db)
	begin := func(code int, words ...string) (stdout, stderr string) {
		return sweepCommand(t, code, append([]string{
			"submit", "ssh", "--db", db, "--config", config, "--program", thisSweep(t), "--setup", commandLine("export", "XDG_STATE_HOME="+state), "--yes",
		}, words...)...)
	}
	stdout, stderr := begin(1, "gpu1 workers=1", "gone", "gpu2 workers=2", "--idle-exit", "3s")
	said := regexp.MustCompile(`(?m)^(gpu[12]): process (\d+), log (.*\.log)$`).FindAllStringSubmatch(stdout, -1)
	if len(said) != 2 || said[0][1] != "gpu1" || said[1][1] != "gpu2" {
		t.Fatalf("want a worker on each of gpu1 and gpu2:\n%s%s", stdout, stderr)
	}
	says(t, stdout, "2 workers started")
	says(t, stderr, "no worker on gone")
	for _, worker := range said {
		eventually(t, worker[1]+" ends", func() bool {
			log, _ := os.ReadFile(worker[3])
			return strings.Contains(string(log), "ended")
		})
	}
	if diff := cmp.Diff(hashesIn(t, alone), hashesIn(t, db)); diff != "" {
		t.Errorf("-alone +by ssh:\n%s", diff)
	}

	// One that is killed as it is told gives its runs back.
	long, _ := writeGrid(t, strings.NewReplacer("held", "long", "150", "1000000").Replace(heldGrid))
	sweepCommand(t, 0, "run", long, "--detach", "--db", db)
	stdout, _ = begin(0, "gpu1 workers=4")
	says(t, stdout, "to end one: ssh HOST kill PROCESS")
	inTraining(t, db)
	number := regexp.MustCompile(`process (\d+),`).FindStringSubmatch(stdout)[1]
	if out, err := exec.Command("ssh", "-F", config, "gpu1", "kill", number).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	eventually(t, "its runs are given back", func() bool {
		runs, _ := stored(t, db)
		for _, r := range runs {
			if r.State != sweep.StatePending || r.Progress.Checkpoint == 0 {
				return false
			}
		}
		return len(runs) == 4
	})

	// One that ends at once says why.
	_, stderr = begin(1, "gpu1", "--db", strings.Replace(db, "/postgres?", "/nowhere?", 1))
	says(t, stderr, `database "nowhere" does not exist`)
}
