//go:build unix

package atomicfile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"sweep/sweep/atomicfile"
)

func TestAPipeIsWrittenTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	ok(t, syscall.Mkfifo(path, 0o600))
	read := make(chan string)
	go func() {
		b, _ := os.ReadFile(path) // the text tells
		read <- string(b)
	}()
	ok(t, atomicfile.Write(t.Context(), path, text("through")))
	if got := <-read; got != "through" {
		t.Errorf("the pipe's reader got %q", got)
	}
	wantNames(t, filepath.Dir(path), "pipe")
}

// TestStdoutIsWrittenTo writes to /dev/stdout of a process whose output goes to
// a file, and to a pipe.
func TestStdoutIsWrittenTo(t *testing.T) {
	if os.Getenv("ATOMICFILE_STDOUT") != "" {
		ok(t, atomicfile.Write(t.Context(), "/dev/stdout", text("out\n")))
		os.Exit(0)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "x"))
	ok(t, err)
	child := func() *exec.Cmd {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "TestStdoutIsWrittenTo")
		c.Env = append(os.Environ(), "ATOMICFILE_STDOUT=1")
		return c
	}
	c := child()
	c.Stdout = file
	ok(t, c.Run())
	ok(t, file.Close())
	wantText(t, file.Name(), "out\n")
	if out, err := child().Output(); err != nil || string(out) != "out\n" {
		t.Errorf("a pipe gets %q, %v", out, err)
	}
}
