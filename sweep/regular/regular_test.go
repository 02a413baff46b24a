//go:build unix

package regular_test

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sweep/sweep/regular"
)

func TestOnlyRegularFilesOpen(t *testing.T) {
	dir := t.TempDir()
	pipe, link, loop := filepath.Join(dir, "pipe"), filepath.Join(dir, "link"), filepath.Join(dir, "loop")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	for name, target := range map[string]string{link: pipe, loop: loop} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		pipe:                       "pipe",
		link:                       "pipe",
		dir:                        "folder",
		os.DevNull:                 "device",
		loop:                       "links",
		filepath.Join(dir, "none"): "no such file",
	} {
		f, err := regular.Open(path)
		if err == nil {
			_ = f.Close()
			t.Errorf("%s was opened", path)
		} else if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("error %q does not name %q and the file", err, want)
		}
	}
	for _, base := range []string{"pipe", "link", "."} {
		if _, err := regular.Folder(dir).Open(base); err == nil {
			t.Errorf("%s of the folder was opened", base)
		}
	}
}

func TestAFileIsReadUpToItsLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	if content, err := regular.Read(path, 5); err != nil || string(content) != "12345" {
		t.Errorf("read %q, %v", content, err)
	}
	if _, err := regular.Read(path, 4); err == nil || !strings.Contains(err.Error(), "more than the 4 bytes") {
		t.Errorf("error is %v", err)
	}
	f, err := regular.Folder(filepath.Dir(path)).Open("file")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, ok := f.(io.ReaderAt); !ok {
		t.Error("a file of a folder cannot be read at any place")
	}
	if _, err := fs.Stat(regular.Folder(filepath.Dir(path)), "file"); err != nil {
		t.Error(err)
	}
}

func TestAPointerOfGitLFSIsNotTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 93000000\n"
	if err := os.WriteFile(path, []byte(pointer), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := regular.Open(path); err == nil || !strings.Contains(err.Error(), "git lfs pull") {
		t.Errorf("error is %v", err)
	}
}
