//go:build unix

package pretrained

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

func TestPipesAndDevicesAreNoModels(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, configFile)
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	_, err := Open(dir)
	filetest.Refused(t, err, pipe, "it is a pipe")
	_, err = Open(pipe)
	filetest.Refused(t, err, pipe, "it is a pipe")
	_, err = Open(os.DevNull)
	filetest.Refused(t, err, os.DevNull, "it is a device")
}
