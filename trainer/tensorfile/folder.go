package tensorfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sweep/sweep/atomicfile"
)

// OutFile is a file that is to stand in a folder, and what writes its content.
type OutFile struct {
	Base  string
	Write func(io.Writer) error
}

// OutBytes is a file of these bytes.
func OutBytes(base string, b []byte) OutFile {
	return OutFile{base, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}}
}

// WriteNew is WriteFolder of files that are not there yet. One that is there is an error,
// before anything is written.
func WriteNew(dir string, files []OutFile) error {
	for _, f := range files {
		switch _, err := os.Lstat(filepath.Join(dir, f.Base)); {
		case err == nil:
			return fmt.Errorf("%s is there already; name another folder, or move it away", filepath.Join(dir, f.Base))
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return WriteFolder(dir, files)
}

// WriteFolder writes all files beside their places, and gives them their names
// once all are on disk.
func WriteFolder(dir string, files []OutFile) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var staged []*atomicfile.File
	defer func() {
		for _, f := range staged {
			err = errors.Join(err, f.Discard()) // which does nothing to one in its place
		}
	}()
	for _, f := range files {
		out, err := atomicfile.Create(filepath.Join(dir, f.Base))
		if err != nil {
			return err
		}
		staged = append(staged, out)
		if err := errors.Join(f.Write(out), out.Flush()); err != nil {
			return fmt.Errorf("%s: %w", f.Base, err)
		}
	}
	for _, f := range staged {
		if err := f.Commit(); err != nil {
			return err
		}
	}
	return nil
}
