package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/shirou/gopsutil/v4/disk"

	"sweep/sweep"
	"sweep/sweep/atomicfile"
	"sweep/sweep/regular"
)

// Limits of what is read whole, far above what repositories have.
const (
	maxTree  = 1 << 28 // bytes of a listing
	maxIndex = 1 << 24 // bytes of a model.safetensors.index.json
	maxRef   = 1 << 10
)

// repository is the folder of a repository in the cache.
type repository struct {
	client *Client
	name   sweep.HubName
	dir    string
}

func (c *Client) repository(name sweep.HubName) repository {
	kind := "models"
	if name.DataSet {
		kind = "datasets"
	}
	return repository{c, name, filepath.Join(c.cache, kind+"--"+name.Owner+"--"+name.Name)}
}

// snapshot is where a file of a commit lies, or the commit itself if at is "".
func (r repository) snapshot(commit, at string) string {
	return filepath.Join(r.dir, "snapshots", commit, filepath.FromSlash(at))
}

func (r repository) blob(f File) string { return filepath.Join(r.dir, "blobs", f.Blob) }

func (r repository) ref(branch string) string {
	return filepath.Join(r.dir, "refs", filepath.FromSlash(branch))
}

func (r repository) tree(commit string) string {
	return filepath.Join(r.dir, "trees", commit+".json")
}

// knownCommit is the commit that a branch had when it was last looked at, "" if nobody
// has.
func (r repository) knownCommit() string {
	if r.name.IsCommit() {
		return r.name.Revision
	}
	text, err := regular.Read(r.ref(r.name.Branch()), maxRef)
	if commit := strings.TrimSpace(string(text)); err == nil && sweep.IsCommit(commit) {
		return commit
	}
	return ""
}

// keepCommit notes which commit a branch has. A cache that cannot be written to serves
// without.
func (r repository) keepCommit(ctx context.Context, commit string) {
	if r.knownCommit() != commit {
		_ = r.write(ctx, r.ref(r.name.Branch()), []byte(commit))
	}
}

// keptTree is the listing of a commit in the cache, if it is there and of the form
// that is known.
func (r repository) keptTree(commit string) (listing, bool) {
	text, err := regular.Read(r.tree(commit), maxTree)
	var t tree
	if err != nil || json.Unmarshal(text, &t) != nil || t.Version != treeVersion {
		return listing{}, false
	}
	l, err := t.listing(r.name)
	return l, err == nil
}

// keepTree keeps the listing of a commit, if the cache can be written to.
func (r repository) keepTree(ctx context.Context, commit string, t tree) {
	if text, err := json.MarshalIndent(t, "", " "); err == nil {
		_ = r.write(ctx, r.tree(commit), text)
	}
}

// write writes a small file of the cache.
func (r repository) write(ctx context.Context, at string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(ctx, at, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// cacheError says which cache an error is of, and what moves it.
func (r repository) cacheError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: keep it in the cache %s: %w; HF_HOME or HF_HUB_CACHE names another folder", r.name, r.client.cache, err)
}

// onDisk is the listing of the files of a commit that are in the cache.
func (r repository) onDisk(commit string) listing {
	l := listing{files: map[string]File{}, cacheOnly: true}
	root := r.snapshot(commit, "")
	_ = filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // what cannot be read is not there
		}
		relative, err := filepath.Rel(root, at)
		found, errStat := os.Stat(at) // of what a link leads to
		if err == nil && errStat == nil && found.Mode().IsRegular() {
			relative = filepath.ToSlash(relative)
			l.files[relative] = File{Path: relative, Size: found.Size()}
		}
		return nil
	})
	return l
}

// has reports whether a file of a commit is in its place, whole.
func (r repository) has(commit string, f File) bool {
	found, err := os.Stat(r.snapshot(commit, f.Path))
	return err == nil && found.Mode().IsRegular() && found.Size() == f.Size
}

// lock keeps other processes, Python's among them, from fetching a blob, and waits for
// one that does. It returns what ends that.
func (r repository) lock(ctx context.Context, f File) (unlock func() error, err error) {
	at := filepath.Join(r.client.cache, ".locks", filepath.Base(r.dir), f.Blob+".lock")
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return nil, r.cacheError(err)
	}
	l := flock.New(at, flock.SetPermissions(0o664))
	if _, err := l.TryLockContext(ctx, lockEvery); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, r.cacheError(err)
	}
	return l.Unlock, nil
}

// lockEvery is how often a lock is tried that another process has.
const lockEvery = 200 * time.Millisecond

// place gives a file of a commit its name: a link to the blob or, where links are not
// possible, the blob itself if nothing else can need it, or a copy.
func (r repository) place(ctx context.Context, commit string, f File, fresh bool) error {
	blob, at := r.blob(f), r.snapshot(commit, f.Path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return r.cacheError(err)
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r.cacheError(err)
	}
	if !r.client.copies {
		target, err := filepath.Rel(filepath.Dir(at), blob)
		if err != nil {
			return r.cacheError(err)
		}
		if err := r.client.link(target, at); err == nil {
			return nil
		}
	}
	if fresh {
		return r.cacheError(os.Rename(blob, at))
	}
	return r.cacheError(copyFile(ctx, blob, at))
}

func copyFile(ctx context.Context, from, to string) (err error) {
	f, err := regular.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return atomicfile.Write(ctx, to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

// tag marks the cache as one for programs that make backups; see bford.info/cachedir.
func (r repository) tag() {
	at := filepath.Join(r.client.cache, "CACHEDIR.TAG")
	if _, err := os.Stat(at); errors.Is(err, fs.ErrNotExist) {
		_ = os.WriteFile(at, []byte("Signature: 8a477f597d28d172789f06886806bc55\n"), 0o644) // a cache without it works as well
	}
}

// freeSpace is how many bytes the disk of a folder has left.
func freeSpace(dir string) (uint64, error) {
	usage, err := disk.Usage(dir)
	if err != nil {
		return 0, err
	}
	return usage.Free, nil
}
