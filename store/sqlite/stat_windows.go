package sqlite

import (
	"errors"
	"io/fs"
	"os"
)

// stat describes a file so that os.SameFile knows it. It does so by opening it:
// os.Stat leaves that to os.SameFile, which shares the file with nobody and so
// fails, at least under Wine, on what SQLite has mapped into memory.
func stat(file string) (_ fs.FileInfo, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Stat()
}
