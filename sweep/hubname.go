package sweep

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// hubPrefix begins the names of what lies on the Hugging Face hub.
const hubPrefix = "hf:"

// HubName names a repository on the Hugging Face hub, or a file or a folder in one. In
// a grid it is written as in huggingface_hub, where the // is left out:
//
//	hf:OWNER/NAME[@REVISION][/PATH]           a repository of a model or an adapter
//	hf:datasets/OWNER/NAME[@REVISION][/PATH]  a repository of rows
//
// A revision is a branch, a tag or a commit. A '/' in it is written %2F, except in
// refs/pr/NUMBER and refs/convert/NAME.
type HubName struct {
	DataSet     bool
	Owner, Name string
	Revision    string // "" is the branch main
	Path        string // in the repository, with '/'; "" is all of it
}

// IsHubName reports whether a path in a grid is to be read as a HubName.
func IsHubName(text string) bool { return strings.HasPrefix(text, hubPrefix) }

// ShortPath is the last part of a path, and all of a HubName, which tells the commit.
func ShortPath(path string) string {
	if IsHubName(path) {
		return path
	}
	return filepath.Base(path)
}

// HubForms says how a HubName is written.
const HubForms = `"hf:OWNER/NAME", or "hf:datasets/OWNER/NAME" for rows, each with @REVISION and /PATH behind it if need be`

// The forms of the parts of a name, as huggingface_hub has them.
var (
	hubPart    = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$`)
	hubRef     = regexp.MustCompile(`^refs/(?:convert/[A-Za-z0-9_.-]+|pr/[0-9]+)`)
	commitForm = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// ParseHubName reads a HubName. The error says what of the text is wrong.
func ParseHubName(text string) (HubName, error) {
	rest, found := strings.CutPrefix(text, hubPrefix)
	if !found {
		return HubName{}, fmt.Errorf("does not begin with %q", hubPrefix)
	}
	rest = strings.TrimPrefix(rest, "//")
	var h HubName
	rest, h.DataSet = strings.CutPrefix(rest, "datasets/")
	repository, rest := cutRepository(rest)
	var err error
	if h.Owner, h.Name, found = strings.Cut(repository, "/"); !found {
		return HubName{}, errors.New("names no repository: there is an OWNER and a NAME with a '/' between them")
	}
	for _, part := range []string{h.Owner, h.Name} {
		if !hubPart.MatchString(part) || strings.Contains(part, "--") || strings.Contains(part, "..") || strings.HasSuffix(part, ".git") {
			return HubName{}, fmt.Errorf("has the part %q, which no repository or owner on the hub can have", part)
		}
	}
	if revision, ok := strings.CutPrefix(rest, "@"); ok {
		if h.Revision, rest, err = cutRevision(revision); err != nil {
			return HubName{}, err
		}
	}
	h.Path = strings.TrimSuffix(strings.TrimPrefix(rest, "/"), "/")
	if h.Path != "" && (!fs.ValidPath(h.Path) || strings.Contains(h.Path, `\`)) {
		return HubName{}, fmt.Errorf("has the path %q, which is none within a repository", h.Path)
	}
	return h, nil
}

// cutRepository splits what follows the prefix into OWNER/NAME and the rest, which is
// "" or begins with '@' or '/'.
func cutRepository(text string) (repository, rest string) {
	owner := strings.IndexByte(text, '/')
	if owner < 0 {
		return text, ""
	}
	end := strings.IndexAny(text[owner+1:], "@/")
	if end < 0 {
		return text, ""
	}
	return text[:owner+1+end], text[owner+1+end:]
}

// cutRevision splits what follows the '@' into the revision and the rest.
func cutRevision(text string) (revision, rest string, err error) {
	end := len(hubRef.FindString(text))
	if end == 0 || end < len(text) && text[end] != '/' {
		if end = strings.IndexByte(text, '/'); end < 0 {
			end = len(text)
		}
	}
	revision, err = url.PathUnescape(text[:end])
	if err != nil || !fs.ValidPath(revision) || revision == "." || revision == "refs" || strings.ContainsAny(revision, "\\:@ \t\n") {
		return "", "", fmt.Errorf("has the revision %q, which is neither branch, tag nor commit", text[:end])
	}
	return revision, text[end:], nil
}

// String writes the name as grids do.
func (h HubName) String() string {
	text := hubPrefix + h.Repository()
	if h.Revision != "" {
		text += "@" + h.escapedRevision()
	}
	if h.Path != "" {
		text += "/" + h.Path
	}
	return text
}

func (h HubName) escapedRevision() string {
	if ref := hubRef.FindString(h.Revision); ref == h.Revision && ref != "" {
		return h.Revision
	}
	return url.PathEscape(h.Revision)
}

// Repository is OWNER/NAME, with datasets/ before it where that is what it is.
func (h HubName) Repository() string {
	if h.DataSet {
		return "datasets/" + h.Owner + "/" + h.Name
	}
	return h.Owner + "/" + h.Name
}

// In is the name of a file in the repository.
func (h HubName) In(path string) HubName {
	h.Path = path
	return h
}

// Branch is the revision, where the default is spelt out.
func (h HubName) Branch() string { return cmp.Or(h.Revision, "main") }

// IsCommit reports whether the revision is a commit, whose files never change.
func (h HubName) IsCommit() bool { return commitForm.MatchString(h.Revision) }

// IsCommit reports whether a text is the full name of a commit.
func IsCommit(text string) bool { return commitForm.MatchString(text) }

// Base is the last part of the path, or the repository's name where there is none.
func (h HubName) Base() string {
	if h.Path != "" {
		return path.Base(h.Path)
	}
	return h.Name
}
