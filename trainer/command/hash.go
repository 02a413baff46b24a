package command

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sweep/sweep"
	"sweep/sweep/regular"
)

// content is what is known of a file: the SHA-256 of its bytes, in hex, and whether they
// mention SWEEP_PARAMS.
type content struct {
	hash     string
	mentions bool
}

// contents reads files, each once as long as its size and its time stay. It is safe for
// several goroutines.
type contents struct {
	mu    sync.Mutex
	known map[string]readFile
}

type readFile struct {
	content
	size     int64
	modified time.Time
}

// of returns the content of a regular file.
func (c *contents) of(path string) (content, error) {
	file, err := regular.Open(path)
	if err != nil {
		return content{}, err
	}
	defer func() { _ = file.Close() }() // it was read
	info, err := file.Stat()
	if err != nil {
		return content{}, err
	}
	c.mu.Lock()
	known, ok := c.known[path]
	c.mu.Unlock()
	if ok && known.size == info.Size() && known.modified.Equal(info.ModTime()) {
		return known.content, nil
	}
	h, seeker := sha256.New(), &mention{}
	if _, err := io.Copy(io.MultiWriter(h, seeker), file); err != nil {
		return content{}, err
	}
	read := readFile{content{hex.EncodeToString(h.Sum(nil)), seeker.found}, info.Size(), info.ModTime()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[path] = read
	return read.content, nil
}

// paramsVariable is the variable with the path of the file with all parameters.
const paramsVariable = "SWEEP_PARAMS"

// mention looks for paramsVariable in what is written to it.
type mention struct {
	found bool
	kept  []byte // the end of what came before, which may be its beginning
}

func (m *mention) Write(b []byte) (int, error) {
	if !m.found {
		text := append(m.kept, b...)
		m.found = bytes.Contains(text, []byte(paramsVariable))
		m.kept = bytes.Clone(text[max(0, len(text)-len(paramsVariable)+1):])
	}
	return len(b), nil
}

// named returns the files of a command, by their names relative to its folder, ascending
// and with slashes. A pattern that matches a folder stands for all files in it, but those
// whose names, or whose folders', begin with a dot, and Python's caches.
func named(c *sweep.Command) (names []string, err error) {
	for _, pattern := range c.Files {
		found, err := filepath.Glob(inDir(c, filepath.FromSlash(pattern)))
		if err != nil {
			return nil, fmt.Errorf("files = [%q]: %w", pattern, err)
		}
		before := len(names)
		for _, path := range found {
			below, err := filesBelow(path)
			if err != nil {
				return nil, fmt.Errorf("files = [%q]: %w", pattern, err)
			}
			names = append(names, below...)
		}
		if len(names) == before {
			return nil, fmt.Errorf("files = [%q]: no file matches it in %s; its names are relative to the folder of the grid", pattern, c.Dir)
		}
	}
	for i, path := range names {
		if relative, err := filepath.Rel(c.Dir, path); err == nil {
			names[i] = filepath.ToSlash(relative)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// filesBelow returns the files that a path stands for.
func filesBelow(path string) (files []string, err error) {
	err = filepath.WalkDir(path, func(at string, entry fs.DirEntry, err error) error {
		hidden := at != path && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "__pycache__")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden:
			return nil
		}
		info, err := os.Stat(at) // a link counts as what it leads to
		if err == nil && !info.IsDir() {
			files = append(files, at)
		}
		return err
	})
	return files, err
}

// filesOf is what a command's files are.
type filesOf struct {
	hash     string // SHA-256 over the names and the hashes of all of them, hex; "" without files
	names    []string
	mentions bool // one of them mentions SWEEP_PARAMS
}

// read reads the files of a command, and its template, which is one of them.
func (c *contents) read(of *sweep.Command) (f filesOf, err error) {
	if f.names, err = named(of); err != nil {
		return f, err
	}
	h := sha256.New()
	for _, name := range f.names {
		read, err := c.of(inDir(of, filepath.FromSlash(name)))
		if err != nil {
			return f, fmt.Errorf("files: %w", err)
		}
		f.mentions = f.mentions || read.mentions
		fmt.Fprintf(h, "%q %s\n", name, read.hash)
	}
	if of.Template != "" {
		read, err := c.of(inDir(of, of.Template))
		if err != nil {
			return f, fmt.Errorf("template = %q: %w", of.Template, err)
		}
		fmt.Fprintf(h, "template %s\n", read.hash)
	}
	if len(f.names) > 0 || of.Template != "" {
		f.hash = hex.EncodeToString(h.Sum(nil))
	}
	return f, nil
}

// errChanged says that a run is not the one that was planned any more.
var errChanged = errors.New("the files of the command, or its template, have changed since the sweep was planned, so that this would be another run; run the sweep again")
