package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"sweep/sweep"
	"sweep/sweep/regular"
)

// cacheFlag is where a worker keeps what it fetches.
type cacheFlag struct {
	Cache string `predictor:"file" placeholder:"DIR" help:"Folder for models, rows, adapters and scripts that are fetched from the store, and where copies of them are looked for by their names (default: sweep/inputs in this user's cache folder). Several workers may share it."`
}

// folder is the cache's, an absolute path.
func (f cacheFlag) folder() (string, error) {
	if f.Cache != "" {
		return filepath.Abs(f.Cache)
	}
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no cache folder, %w; name one with --cache", err)
	}
	return filepath.Join(user, "sweep", "inputs"), nil
}

// locator finds the inputs of runs for a trainer, in the cache among other places.
func (f cacheFlag) locator(t fineTuner, st sweep.Store) (*locator, error) {
	files, ok := st.(sweep.FileStore)
	if !ok {
		return nil, errors.New("a store in a file keeps no files for workers")
	}
	dir, err := f.folder()
	return &locator{trainer: t, cache: inputCache{dir, files}, watch: func(fetching) {}}, err
}

// inputCache is a folder with inputs, each in a folder of its own that its ID names. A file
// in it is whole or not there, and one that is missing is fetched again.
type inputCache struct {
	dir   string
	store sweep.FileStore
}

// cached is the path of an input in the cache, there or not.
func (c inputCache) cached(in sweep.Input) string { return filepath.Join(c.folder(in), in.Base) }

// folder is that of the files of an input. It has as many folders above it as the names of
// files of a command go up.
func (c inputCache) folder(in sweep.Input) string {
	at := c.root(in)
	for above := "../"; slices.ContainsFunc(in.Files, func(f sweep.InputFile) bool { return strings.HasPrefix(f.Name, above) }); above += "../" {
		at = filepath.Join(at, "in")
	}
	return at
}

const inputDigits = 32

// root is the folder in the cache that has an input.
func (c inputCache) root(in sweep.Input) string { return filepath.Join(c.dir, in.ID()[:inputDigits]) }

// errNotInStore is the error for an input that the store does not keep.
var errNotInStore = errors.New("the store does not keep it")

// fetch fetches the files of an input from the store, one process at a time. What is there
// already stays.
func (c inputCache) fetch(ctx context.Context, in sweep.Input) (err error) {
	if err := c.inStore(ctx, in); err != nil {
		return err
	}
	unlock, err := c.lock(ctx, in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	folder := c.folder(in)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, f := range in.Files {
		path := filepath.Join(folder, filepath.FromSlash(f.Name))
		if inside, err := filepath.Rel(c.root(in), path); err != nil || !filepath.IsLocal(inside) {
			return fmt.Errorf("its file %q would lie outside of the cache", f.Name)
		}
		if isThere(f, path) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := c.store.FetchFile(ctx, f, path); err != nil {
			return err
		}
	}
	return nil
}

// isThere reports whether a file of that content is at a path.
func isThere(f sweep.InputFile, path string) bool {
	file, err := regular.Open(path)
	if err != nil {
		return false
	}
	h := sha256.New()
	_, err = io.Copy(h, file)
	return errors.Join(err, file.Close()) == nil && hex.EncodeToString(h.Sum(nil)) == f.SHA256
}

// inStore returns an error unless the store has all files of an input.
func (c inputCache) inStore(ctx context.Context, in sweep.Input) error {
	hashes := make([]string, len(in.Files))
	for i, f := range in.Files {
		hashes[i] = f.SHA256
	}
	kept, err := c.store.KeptFiles(ctx, hashes)
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		if in.Absolute || !kept[hash] {
			return errNotInStore
		}
	}
	return nil
}

// lockInputEvery is how often a lock is tried that another process has.
const lockInputEvery = 200 * time.Millisecond

// lock keeps other processes from fetching an input, and waits for one that does. A file
// system that knows no locks does without: each file is put in its place whole.
func (c inputCache) lock(ctx context.Context, in sweep.Input) (unlock func() error, err error) {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	l := flock.New(c.root(in)+".lock", flock.SetPermissions(0o664))
	_, err = l.TryLockContext(ctx, lockInputEvery)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return func() error { return nil }, nil
	case err != nil:
		return nil, err
	}
	return l.Unlock, nil
}
