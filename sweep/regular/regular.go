// Package regular opens the files that a person names: grids, rows, models, adapters.
// Every reader of such files goes through it, so that the name of a pipe, a device or
// a folder is refused at once, since reading one could hang or never end. It knows
// nothing about the content of the files.
package regular

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Open opens the regular file at path, or the one that a symbolic link there leads to.
// For anything else, and for a pointer of Git LFS, it returns a *fs.PathError that says
// what is there. It never waits, not even for the other end of a pipe.
func Open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	found, err := f.Stat()
	if err == nil {
		err = Check(found.Mode())
	}
	if err == nil && isPointer(f) {
		err = errors.New("it is the pointer that Git LFS leaves in place of a large file; `git lfs pull` fetches the file itself")
	}
	if err != nil {
		return nil, errors.Join(pathError(path, err), f.Close())
	}
	return f, nil
}

// isPointer reports whether a file is a pointer that Git LFS keeps in place of another.
func isPointer(f *os.File) bool {
	const start = "version https://git-lfs.github.com/spec/"
	begins := make([]byte, len(start))
	n, _ := f.ReadAt(begins, 0) // an error will come again when the file is read
	return string(begins[:n]) == start
}

// Read returns the content of the regular file at path, which may have up to
// limit bytes.
func Read(path string, limit int64) (content []byte, err error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if content, err = ReadAll(f, limit); err != nil {
		return nil, pathError(path, err)
	}
	return content, nil
}

// ReadAll reads r to its end, which must come within limit bytes.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = TooLarge(limit)
	}
	if err != nil {
		return nil, err
	}
	return content, nil
}

// TooLarge returns the error for a file of more than limit bytes.
func TooLarge(limit int64) error {
	return fmt.Errorf("it has more than the %d bytes that are allowed", limit)
}

// Folder returns the files below a folder, like os.DirFS. Opening one that is not
// regular is an error.
func Folder(dir string) fs.FS { return folder(dir) }

type folder string

func (f folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return Open(filepath.Join(string(f), filepath.FromSlash(name)))
}

// Stat describes a file without opening it.
func (f folder) Stat(name string) (fs.FileInfo, error) { return fs.Stat(os.DirFS(string(f)), name) }

func pathError(path string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}

// Check returns an error that says what a file of this mode is, unless it is regular.
func Check(mode fs.FileMode) error {
	switch {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("it is a folder, not a file")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("it is a pipe; write what comes out of it to a file, and name that")
	case mode&fs.ModeDevice != 0:
		return errors.New("it is a device, not a regular file")
	default:
		return errors.New("it is not a regular file")
	}
}
