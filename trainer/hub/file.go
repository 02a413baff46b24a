package hub

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"sweep/sweep"
)

// File is a file of a repository.
type File struct {
	Path string // in the repository, with '/'
	Size int64  // bytes
	Blob string // name of its blob: the SHA-256 of a file in LFS, else the SHA-1 of its git blob
}

// inLFS reports whether Blob is a SHA-256 of the content.
func (f File) inLFS() bool { return len(f.Blob) == 64 }

var blobForm = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// check refuses a file that has no place in the cache: a hub, or a listing in the
// cache, may be anybody's.
func (f File) check(name sweep.HubName) error {
	switch {
	case !fs.ValidPath(f.Path) || f.Path == "." || strings.ContainsAny(f.Path, "\\\x00"):
		return fmt.Errorf("%s: the repository lists a file %q, which is no path within it", name, f.Path)
	case !blobForm.MatchString(f.Blob):
		return fmt.Errorf("%s: the repository lists %s with the hash %q, which is none", name, f.Path, f.Blob)
	case f.Size < 0:
		return fmt.Errorf("%s: the repository lists %s with %d bytes", name, f.Path, f.Size)
	default:
		return nil
	}
}

// listing is the files of a commit, by their paths. If it is of the cache alone, the
// repository may have more.
type listing struct {
	files     map[string]File
	cacheOnly bool
}

// below returns the files in a folder of the repository and in those below it, by path.
func (l listing) below(folder string) []File {
	var all []File
	for at, f := range l.files {
		if folder == "" || strings.HasPrefix(at, folder+"/") {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// matching returns those of the files in a folder, and not below, whose names match
// one of the patterns.
func (l listing) matching(folder string, patterns ...string) []File {
	return slices.DeleteFunc(l.below(folder), func(f File) bool {
		relative := strings.TrimPrefix(strings.TrimPrefix(f.Path, folder), "/")
		return !slices.ContainsFunc(patterns, func(pattern string) bool {
			ok, _ := path.Match(pattern, relative) // patterns are ours
			return ok
		})
	})
}

// tree is a listing as huggingface_hub keeps it, in trees/COMMIT.json.
type tree struct {
	Version int                  `json:"format_version"`
	Files   map[string]treeEntry `json:"files"`
}

type treeEntry struct {
	Size    int64  `json:"size"`
	Blob    string `json:"blob_id"`
	LFS     string `json:"lfs_sha256,omitempty"`
	LFSSize *int64 `json:"lfs_size,omitempty"`
	Xet     string `json:"xet_hash,omitempty"`
}

const treeVersion = 1

// file is the file that an entry describes.
func (e treeEntry) file(at string) File {
	f := File{Path: at, Size: e.Size, Blob: e.Blob}
	if e.LFS != "" {
		f.Blob = e.LFS
		if e.LFSSize != nil {
			f.Size = *e.LFSSize
		}
	}
	return f
}

// listing is the tree's, checked.
func (t tree) listing(name sweep.HubName) (listing, error) {
	l := listing{files: map[string]File{}}
	for at, entry := range t.Files {
		f := entry.file(at)
		if err := f.check(name); err != nil {
			return listing{}, err
		}
		l.files[at] = f
	}
	return l, nil
}

// page is a part of a tree as the hub lists it.
type page []struct {
	Type string `json:"type"`
	Path string `json:"path"`
	Blob string `json:"oid"`
	Size int64  `json:"size"`
	Xet  string `json:"xetHash"`
	LFS  *struct {
		Blob string `json:"oid"`
		Size int64  `json:"size"`
	} `json:"lfs"`
}

// addTo adds the files of a page to a tree.
func (p page) addTo(t tree) {
	for _, e := range p {
		if e.Type != "file" {
			continue
		}
		entry := treeEntry{Size: e.Size, Blob: e.Blob, Xet: e.Xet}
		if e.LFS != nil {
			entry.LFS, entry.LFSSize = e.LFS.Blob, &e.LFS.Size
		}
		t.Files[e.Path] = entry
	}
}

// decode reads JSON that another program wrote.
func decode(text []byte, what string, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s is not the JSON that it is to be: %w", what, err)
	}
	return nil
}
