// Package atomicfile writes files that are either complete or not there at all.
//
//	err := atomicfile.Write(ctx, "runs.csv", func(w io.Writer) error { ... })
//
// The content goes to a file in the same folder, named .NAME.partial-NUMBER, which is
// renamed once it is complete and on disk. A symbolic link stays, and the file that it
// leads to is replaced. A device or a pipe cannot be replaced, and is written to.
package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stale is the age at which a partial file counts as left by a process that was killed.
const stale = time.Hour

// File is a file that is being written.
type File struct {
	place string // the path that it will have; "" for a device or a pipe
	file  *os.File
}

// Create begins to write the file at a path. The caller ends it by Flush and Commit, or
// by Discard.
func Create(path string) (*File, error) { return create(path, 0o644) }

// create is Create, with the mode of a file that is not there yet.
func create(path string, mode fs.FileMode) (*File, error) {
	at, err := os.Stat(path)
	there := err == nil
	switch {
	case there && at.IsDir():
		return nil, fmt.Errorf("%s is a folder; name a file", path)
	case there && !at.Mode().IsRegular() || ofProcess(path):
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &File{file: file}, err
	}
	place, err := Follow(path)
	if err != nil {
		return nil, err
	}
	if there {
		mode = at.Mode().Perm()
	}
	sweepAway(place)
	file, err := os.CreateTemp(filepath.Dir(place), prefix(place)+"*")
	if err != nil {
		return nil, err
	}
	f := &File{place: place, file: file}
	if err := file.Chmod(mode); err != nil {
		return nil, errors.Join(err, f.Discard())
	}
	return f, nil
}

// Write writes to the file.
func (f *File) Write(b []byte) (int, error) { return f.file.Write(b) }

// Flush makes sure that the content is on disk. Nothing can be written after it.
func (f *File) Flush() error {
	var err error
	if f.place != "" {
		err = f.file.Sync()
	}
	return errors.Join(err, f.file.Close())
}

// Commit moves a file that was flushed to its place.
func (f *File) Commit() error {
	if f.place == "" {
		return nil
	}
	return os.Rename(f.file.Name(), f.place)
}

// Discard removes a file that was not committed.
func (f *File) Discard() error {
	_ = f.file.Close() // which Flush may have done
	if f.place == "" {
		return nil
	}
	if err := os.Remove(f.file.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Write writes the file at path, with the content that write writes. It fails when ctx
// ends. After an error, the path has the file that it had before.
func Write(ctx context.Context, path string, write func(io.Writer) error) error {
	return WriteMode(ctx, path, 0o644, write)
}

// WriteMode is Write, with the mode that the file has where there was none.
func WriteMode(ctx context.Context, path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("save %s: %w", path, err)
		}
	}()
	f, err := create(path, mode)
	if err != nil {
		return err
	}
	err = write(writeFunc(func(b []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return f.Write(b)
	}))
	if err == nil {
		err = f.Flush()
	}
	if err == nil {
		err = f.Commit()
	}
	if err != nil {
		err = errors.Join(err, f.Discard())
	}
	return err
}

// writeFunc is an io.Writer.
type writeFunc func([]byte) (int, error)

// Write calls w.
func (w writeFunc) Write(b []byte) (int, error) { return w(b) }

// Follow returns the absolute path of the file at a path, after following symbolic
// links. The file need not exist.
func Follow(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for target := range targets(path) {
		path = target
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return path, nil // opening it will fail with this error
	}
	return filepath.Join(folder, filepath.Base(path)), nil
}

// ofProcess reports whether a path, such as /dev/stdout, leads to a file that a process
// has open. It would not see another file in its place.
func ofProcess(path string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for at := range targets(path) {
		if strings.HasPrefix(at, "/proc/") {
			return true
		}
	}
	return false
}

// targets yields an absolute path, then the path that it links to if it is a symbolic
// link, and so on.
func targets(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range 41 { // the path, and as many links as systems follow
			if !yield(path) {
				return
			}
			target, err := os.Readlink(path)
			if err != nil {
				return // no link, or nothing there
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			path = target
		}
	}
}

// prefix returns the start of the names of a file's partial files.
func prefix(place string) string { return "." + filepath.Base(place) + ".partial-" }

// sweepAway removes partial files that processes left when they were killed.
func sweepAway(place string) {
	left, _ := os.ReadDir(filepath.Dir(place)) // what cannot be read cannot be removed
	for _, entry := range left {
		if !strings.HasPrefix(entry.Name(), prefix(place)) {
			continue
		}
		if at, err := entry.Info(); err == nil && time.Since(at.ModTime()) > stale {
			_ = os.Remove(filepath.Join(filepath.Dir(place), entry.Name())) // if that fails, the file stays as it was
		}
	}
}
