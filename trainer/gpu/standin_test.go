package gpu

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets this test program stand in for nvidia-smi and rocm-smi, by the name
// that it is called by.
func TestMain(m *testing.M) {
	tool := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
	if tool == "nvidia-smi" || tool == "rocm-smi" {
		os.Exit(standIn(tool))
	}
	os.Exit(m.Run())
}

// standIn answers with the file that the test wrote for this question.
func standIn(tool string) int {
	name := tool
	if len(os.Args) > 1 && os.Args[1] == "-L" {
		name += "-L"
	}
	answer, err := os.ReadFile(filepath.Join(os.Getenv("STAND_IN"), name))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	text := string(answer)
	switch {
	case text == "hang":
		time.Sleep(time.Minute)
	case strings.HasPrefix(text, "exit "):
		code := 0
		_, _ = fmt.Sscanf(text, "exit %d", &code)
		_, text, _ = strings.Cut(text, "\n")
		fmt.Print(text)
		return code
	}
	fmt.Print(text)
	return 0
}

// machineWith puts stand-ins on PATH, with what they answer, and takes away what this
// process was granted.
func machineWith(t *testing.T, answers map[string]string) {
	t.Helper()
	for _, name := range []string{cudaVisible, cudaOrder, rocrVisible, hipVisible} {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, files := t.TempDir(), t.TempDir()
	suffix := filepath.Ext(self)
	if suffix != ".exe" {
		suffix = ""
	}
	for name, answer := range answers {
		if err := os.WriteFile(filepath.Join(files, name), []byte(answer), 0o600); err != nil {
			t.Fatal(err)
		}
		if tool := filepath.Join(bin, name+suffix); !strings.HasSuffix(name, "-L") {
			if err := os.Symlink(self, tool); err != nil {
				t.Skip(err)
			}
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv("STAND_IN", files)
	t.Setenv("GORACE", "atexit_sleep_ms=0") // under the race detector a program ends a second late
}
