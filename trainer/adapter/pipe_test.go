//go:build unix

package adapter

import (
	"path/filepath"
	"syscall"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

func TestAPipeIsNoAdapter(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, configFile), 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	_, err := Read(dir, tiny())
	filetest.Refused(t, err, configFile, "it is a pipe")
	_, err = Hash(dir)
	filetest.Refused(t, err, configFile, "it is a pipe")
}
