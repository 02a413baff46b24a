package hub

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"sweep/sweep"
)

// Whatever a hub or a cache lists, no file has its place outside the cache.
func FuzzListing(f *testing.F) {
	const hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	f.Add([]byte(`[{"type": "file", "path": "config.json", "size": 3, "oid": "`+hash+`"}]`), []byte(`{"weight_map": {"a": "model-1.safetensors"}}`))
	f.Add([]byte(`[{"type": "file", "path": "../x", "size": -1, "oid": "../../y", "lfs": {"oid": "z", "size": 1}}]`), []byte(`{}`))
	f.Add([]byte(`[{"type": "file", "path": "config.json", "oid": "`+hash+`"}, {"type": "file", "path": "model.safetensors.index.json", "oid": "`+hash+`"}]`), []byte(`{"weight_map": {"a": "../../x"}}`))
	f.Fuzz(func(t *testing.T, list, index []byte) {
		name := sweep.HubName{Owner: "acme", Name: "tiny"}
		r := (&Client{cache: "/cache"}).repository(name)
		var p page
		if json.Unmarshal(list, &p) != nil {
			return
		}
		made := tree{treeVersion, map[string]treeEntry{}}
		p.addTo(made)
		l, err := made.listing(name)
		if err != nil {
			return
		}
		for use, need := range needs {
			path, files, err := need(request{name, l, func(File) ([]byte, error) { return index, nil }})
			if err != nil {
				continue
			}
			for _, file := range append(files, File{Path: path, Blob: "a"}) {
				for _, at := range []string{r.snapshot(strings.Repeat("a", 40), file.Path), r.blob(file), r.partial(file)} {
					if rel, err := filepath.Rel(r.dir, at); err != nil || !filepath.IsLocal(rel) {
						t.Errorf("as %s, %q lies at %s", use, file.Path, at)
					}
				}
			}
		}
	})
}
