package tensorfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"

	"sweep/sweep/regular"
)

// File is an open file of known size that is read at any place.
type File struct {
	base  string // its name within the model's folder
	name  string // for messages
	data  io.ReaderAt
	size  int64
	close func() error
}

// Name is what messages call the file.
func (f *File) Name() string { return f.name }

// Base is the file's name within its folder.
func (f *File) Base() string { return f.base }

// Size is the number of bytes in the file.
func (f *File) Size() int64 { return f.size }

// Close closes the file.
func (f *File) Close() error { return f.close() }

// OpenFile opens base within fsys. A file system whose files cannot be read at
// any place has them read into memory.
func OpenFile(fsys fs.FS, base, name string) (*File, error) {
	f, err := fsys.Open(base)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	found, err := f.Stat()
	if err == nil && !found.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, reason(err)), f.Close())
	}
	if data, ok := f.(io.ReaderAt); ok {
		return &File{base: base, name: name, data: data, size: found.Size(), close: f.Close}, nil
	}
	content, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, reason(err))
	}
	return &File{base: base, name: name, data: bytes.NewReader(content), size: int64(len(content)), close: func() error { return nil }}, nil
}

// InMemory is a file of these bytes.
func InMemory(name string, data []byte) *File {
	return &File{base: name, name: name, data: bytes.NewReader(data), size: int64(len(data)), close: func() error { return nil }}
}

// OpenIn opens a file of the folder that messages call folder.
func OpenIn(fsys fs.FS, folder, base string) (*File, error) {
	return OpenFile(fsys, base, filepath.Join(folder, filepath.FromSlash(base)))
}

// reason drops the path from an error whose message names the file anyway.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// readAt fills b from offset.
func (f *File) readAt(b []byte, offset int64) error {
	if _, err := io.ReadFull(io.NewSectionReader(f.data, offset, int64(len(b))), b); err != nil {
		return fmt.Errorf("read %d bytes at byte %d: %w", len(b), offset, reason(err))
	}
	return nil
}

// MaxConfig is the most bytes that a config.json or an adapter_config.json may
// have, far above what they do.
const MaxConfig = 1 << 20

// WriteAll writes all of the file to w.
func (f *File) WriteAll(w io.Writer) error {
	_, err := io.Copy(w, io.NewSectionReader(f.data, 0, f.size))
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, reason(err))
	}
	return nil
}

// Content reads the whole file, which may have up to limit bytes.
func (f *File) Content(limit int64) ([]byte, error) {
	if f.size > limit {
		return nil, fmt.Errorf("%s: %w", f.name, regular.TooLarge(limit))
	}
	b := make([]byte, f.size)
	if err := f.readAt(b, 0); err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, err)
	}
	return b, nil
}

// Hash returns the SHA-256, in hex, over the files' lengths and contents,
// in the order given, and over their kinds, but not over their names.
func Hash(files []*File) (string, error) {
	h := sha256.New()
	for _, f := range files {
		if _, err := fmt.Fprintf(h, "%s %d\n", path.Ext(f.base), f.size); err != nil {
			return "", fmt.Errorf("hash %s: %w", f.name, err)
		}
		if _, err := io.Copy(h, io.NewSectionReader(f.data, 0, f.size)); err != nil {
			return "", fmt.Errorf("hash %s: %w", f.name, reason(err))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
