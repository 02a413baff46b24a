package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"sweep/sweep"
	"sweep/sweep/regular"
)

// Found is what a name on the hub stands for: files of one commit.
type Found struct {
	Name  sweep.HubName // with the commit as its revision, and the path of what is used
	Files []File        // all that are needed
	Note  string        // what a person should know of how it was found, "" if nothing

	repository repository
}

// Find looks up what a name stands for. It asks the hub for the commit of a branch, and
// for the files of a commit unless the cache has their list. It fetches the index of
// weights, but no weights. Without the hub, the cache says what there is.
func (c *Client) Find(ctx context.Context, name sweep.HubName, use Use, watch Watch) (*Found, error) {
	r := c.repository(name)
	commit, note, err := r.commit(ctx, watch)
	if err != nil {
		return nil, err
	}
	l, more, err := r.list(ctx, commit, watch)
	if err != nil {
		return nil, err
	}
	found := &Found{Name: name, Note: note, repository: r}
	if found.Note == "" {
		found.Note = more
	}
	found.Name.Revision = commit
	index := func(f File) ([]byte, error) { return r.content(ctx, commit, f, maxIndex, watch) }
	if found.Name.Path, found.Files, err = needs[use](request{name, l, index}); err != nil {
		return nil, r.incomplete(l, err)
	}
	return found, nil
}

// incomplete says of a commit of which the cache alone is known that it may have more.
func (r repository) incomplete(l listing, err error) error {
	if !l.cacheOnly {
		return err
	}
	return fmt.Errorf("%w; only what the cache %s holds of it is known here, and more may have to be fetched: %s", err, r.client.cache, r.online())
}

// online says how to have the hub asked.
func (r repository) online() string {
	if r.client.offline != "" {
		return "unset " + r.client.offline
	}
	return "try again with a network"
}

// Missing is the files that are not in the cache.
func (f *Found) Missing() []File {
	return slices.DeleteFunc(slices.Clone(f.Files), func(file File) bool {
		return file.Blob == "" || f.repository.has(f.Name.Revision, file)
	})
}

// Cache is the folder of the cache that the files lie in, or will.
func (f *Found) Cache() string { return f.repository.client.cache }

// Size sums up the bytes of files.
func Size(files []File) (bytes int64) {
	for _, f := range files {
		bytes += f.Size
	}
	return bytes
}

// Path is where a name that Find returned, or that was fetched before, lies in the
// cache. It asks no hub.
func (c *Client) Path(name sweep.HubName) (string, error) {
	r := c.repository(name)
	commit := r.knownCommit()
	if commit == "" {
		return "", r.uncached()
	}
	at := r.snapshot(commit, name.Path)
	there := at
	if isPattern(name.Path) {
		there = filepath.Dir(at)
	}
	if _, err := os.Stat(there); err != nil {
		return "", r.uncached()
	}
	return at, nil
}

func (r repository) uncached() error {
	return fmt.Errorf("%s: it is not in the cache %s", r.name, r.client.cache)
}

// commit is the one that the revision stands for, and a note where the cache had to
// tell it.
func (r repository) commit(ctx context.Context, watch Watch) (commit, note string, err error) {
	if r.name.IsCommit() {
		return r.name.Revision, "", nil
	}
	known := r.knownCommit()
	if r.client.offline != "" {
		if known == "" {
			return "", "", fmt.Errorf("%w, and %s is set; %s", r.uncached(), r.client.offline, r.online())
		}
		return known, "", nil
	}
	commit, err = r.askCommit(ctx, watch)
	if err != nil && known != "" && isOutage(err) {
		return known, fmt.Sprintf("%v; the commit of %s that is in the cache is used, %.12s", err, r.name.Branch(), known), nil
	}
	if err != nil {
		return "", "", r.withPlace(err)
	}
	r.keepCommit(ctx, commit)
	return commit, "", nil
}

// isOutage reports whether an error is about the way to the hub, or about a hub that
// is busy, and not about the repository.
func isOutage(err error) bool {
	_, unreachable := errors.AsType[*unreachableError](err)
	_, busy := errors.AsType[*busyError](err)
	return unreachable || busy
}

// withPlace adds to an outage that the cache does not help.
func (r repository) withPlace(err error) error {
	if !isOutage(err) {
		return err
	}
	err = fmt.Errorf("%w; it is not in the cache %s either", err, r.client.cache)
	if _, unreachable := errors.AsType[*unreachableError](err); unreachable {
		err = fmt.Errorf("%w: try again with a network, or name a folder with the files", err)
	}
	return err
}

// kind is the part of addresses that says what sort of repository it is.
func (r repository) kind() string {
	if r.name.DataSet {
		return "datasets"
	}
	return "models"
}

// askCommit asks the hub for the commit of the revision.
func (r repository) askCommit(ctx context.Context, watch Watch) (string, error) {
	at := r.client.address("api", r.kind(), r.name.Owner, r.name.Name, "revision", r.name.Branch())
	var answer struct {
		Commit string `json:"sha"`
	}
	if _, err := r.ask(ctx, at, &answer, watch); err != nil {
		return "", err
	}
	if !sweep.IsCommit(answer.Commit) {
		return "", fmt.Errorf("%s: %s names %q as the commit of %s, which is none; is HF_ENDPOINT a hub?", r.name, r.client.endpoint.Redacted(), shortened(answer.Commit), r.name.Branch())
	}
	return answer.Commit, nil
}

// ask gets JSON from the hub. It returns the address of the next page, nil if there is
// none.
func (r repository) ask(ctx context.Context, at *url.URL, into any, watch Watch) (next *url.URL, err error) {
	watch.tell(Progress{})
	response, err := r.client.get(ctx, r.name, at, nil, watch)
	if err != nil {
		return nil, err
	}
	text, err := regular.ReadAll(response.Body, maxTree)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &unreachableError{r.name, r.client.endpoint, err}
	}
	if err := decode(text, "what the hub answers", into); err != nil {
		return nil, fmt.Errorf("%s: %w; is HF_ENDPOINT a hub?", r.name, err)
	}
	return nextPage(response.Header, at), nil
}

var nextLink = regexp.MustCompile(`<([^>]*)>\s*;\s*rel="?next"?`)

// nextPage is the address in the Link header that is said to be next.
func nextPage(h http.Header, from *url.URL) *url.URL {
	for _, value := range h.Values("Link") {
		if found := nextLink.FindStringSubmatch(value); found != nil {
			if next, err := from.Parse(found[1]); err == nil {
				return next
			}
		}
	}
	return nil
}

// maxPages bounds the pages of a listing, each of which has a thousand files.
const maxPages = 1000

// list returns the files of a commit, by the cache if it has their list, and else by
// the hub. A note says if what is in the cache had to do.
func (r repository) list(ctx context.Context, commit string, watch Watch) (l listing, note string, err error) {
	if l, ok := r.keptTree(commit); ok {
		return l, "", nil
	}
	if r.client.offline == "" {
		l, err = r.askList(ctx, commit, watch)
		if err == nil || !isOutage(err) {
			return l, "", err
		}
	}
	onDisk := r.onDisk(commit)
	switch {
	case len(onDisk.files) > 0 && err != nil:
		return onDisk, fmt.Sprintf("%v; the files that are in the cache are used", err), nil
	case len(onDisk.files) > 0:
		return onDisk, fmt.Sprintf("%s: without the hub it is not known which files the repository has; those that are in the cache are used", r.name), nil
	case err != nil:
		return listing{}, "", r.withPlace(err)
	default:
		return listing{}, "", fmt.Errorf("%w, and %s is set; %s", r.uncached(), r.client.offline, r.online())
	}
}

// askList asks the hub for the files of a commit, and keeps their list.
func (r repository) askList(ctx context.Context, commit string, watch Watch) (listing, error) {
	t := tree{treeVersion, map[string]treeEntry{}}
	at := r.client.address("api", r.kind(), r.name.Owner, r.name.Name, "tree", commit)
	at.RawQuery = "recursive=true&expand=false"
	for pages := 0; at != nil; pages++ {
		if pages == maxPages {
			return listing{}, fmt.Errorf("%s: the repository has more than %d pages of files, too many to look through", r.name, maxPages)
		}
		var p page
		next, err := r.ask(ctx, at, &p, watch)
		if err != nil {
			return listing{}, err
		}
		p.addTo(t)
		at = next
	}
	l, err := t.listing(r.name)
	if err == nil {
		r.keepTree(ctx, commit, t)
	}
	return l, err
}

// content is what a small file holds, which is fetched if need be.
func (r repository) content(ctx context.Context, commit string, f File, limit int64, watch Watch) ([]byte, error) {
	if f.Size > limit {
		return nil, fmt.Errorf("%s: %s: %w", r.name, f.Path, regular.TooLarge(limit))
	}
	if !r.has(commit, f) {
		if err := r.fetch(ctx, commit, f, func(int64) {}, watch); err != nil {
			return nil, err
		}
	}
	text, err := regular.Read(filepath.Clean(r.snapshot(commit, f.Path)), limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.name, err)
	}
	return text, nil
}
