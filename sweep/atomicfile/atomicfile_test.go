package atomicfile_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sweep/sweep/atomicfile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestAFileIsThereWholeOrAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	ok(t, atomicfile.Write(t.Context(), path, text("first")))
	ok(t, os.Chmod(path, 0o600))
	broken := errors.New("no more")
	err := atomicfile.Write(t.Context(), path, func(w io.Writer) error { return errors.Join(text("half")(w), broken) })
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = atomicfile.Write(ctx, path, func(w io.Writer) error {
		ok(t, text("half")(w))
		cancel()
		return text("whole")(w)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
	wantText(t, path, "first")
	ok(t, atomicfile.Write(t.Context(), path, text("second")))
	wantText(t, path, "second")
	if at, err := os.Stat(path); err != nil || at.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", at.Mode(), err)
	}
	wantNames(t, filepath.Dir(path), "x.csv")
}

func TestALinkStaysAndItsTargetIsReplaced(t *testing.T) {
	folder := t.TempDir()
	ok(t, os.Mkdir(filepath.Join(folder, "real"), 0o755))
	target := filepath.Join(folder, "real", "x.csv")
	link := filepath.Join(folder, "x.csv")
	ok(t, os.Symlink(filepath.Join("real", "x.csv"), link))
	for _, want := range []string{"made", "replaced"} { // it leads nowhere at first
		ok(t, atomicfile.Write(t.Context(), link, text(want)))
		wantText(t, target, want)
		if at, err := os.Lstat(link); err != nil || at.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is %v, %v", at.Mode(), err)
		}
	}
	wantNames(t, folder, "real", "x.csv")
}

func TestWhatIsNoFileIsWrittenTo(t *testing.T) {
	before, err := os.Stat(os.DevNull)
	ok(t, err)
	ok(t, atomicfile.Write(t.Context(), os.DevNull, text("gone")))
	link := filepath.Join(t.TempDir(), "null")
	ok(t, os.Symlink(os.DevNull, link))
	ok(t, atomicfile.Write(t.Context(), link, text("gone")))
	if after, err := os.Stat(os.DevNull); err != nil || !os.SameFile(before, after) || after.Mode() != before.Mode() {
		t.Fatalf("%s is another file: %v", os.DevNull, err)
	}
	if err := atomicfile.Write(t.Context(), t.TempDir(), text("x")); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
	if err := atomicfile.Write(t.Context(), filepath.Join(t.TempDir(), "no", "x"), text("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestWhatKilledProcessesLeftIsRemoved(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "x.csv")
	for name, age := range map[string]time.Duration{".x.csv.partial-1": 2 * time.Hour, ".x.csv.partial-2": time.Minute, ".y.csv.partial-1": 2 * time.Hour} {
		ok(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
		ok(t, os.Chtimes(filepath.Join(folder, name), time.Time{}, time.Now().Add(-age)))
	}
	ok(t, atomicfile.Write(t.Context(), path, text("x")))
	wantNames(t, folder, ".x.csv.partial-2", ".y.csv.partial-1", "x.csv")
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantText(t *testing.T, path, want string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != want {
		t.Errorf("%s holds %q, %v, want %q", path, b, err, want)
	}
}

func wantNames(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	ok(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}
