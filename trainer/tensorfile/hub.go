package tensorfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// HubHint is what to do where a path that is not there looks like the name of a
// repository on the Hugging Face hub, "" where it does not. A grid's paths are
// relative to its folder, so only the last two parts count.
func HubHint(path string) string {
	owner, name := filepath.Base(filepath.Dir(path)), filepath.Base(path)
	part := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	_, err := os.Stat(filepath.Dir(path))
	if !errors.Is(err, fs.ErrNotExist) || !part.MatchString(owner) || !part.MatchString(name) {
		return ""
	}
	return fmt.Sprintf("; names on the Hugging Face hub are not read: if it is one, run `hf download %[1]s/%[2]s --local-dir %[2]s` and name that folder", owner, name)
}
