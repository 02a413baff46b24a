// Package hubtest is a Hugging Face hub on this machine, for tests: repositories in
// memory, served as the hub serves them. huggingface_hub's own client is held to it in
// package hub, by a switch.
package hubtest

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Repository is what a repository holds. All of its revisions have the same files.
type Repository struct {
	Commit string            // of main
	Files  map[string][]byte // by path
	LFS    []string          // paths of those that lie in LFS, on another host
	Token  string            // that it takes to see it; "" is public
	Gated  bool              // its conditions have been accepted by nobody
}

// Server is a hub.
type Server struct {
	URL, Files string // of the hub, and of the host where files in LFS lie

	mu           sync.Mutex
	fault        func(w http.ResponseWriter, r *http.Request) bool
	pageSize     int                   // files on a page of a listing; 0 is all of them
	repositories map[string]Repository // by the name in addresses, such as "datasets/OWNER/NAME"
	requests     []string
}

// Start starts a hub that is stopped when the test ends, and points the environment of
// the test to it and to an empty cache, whose folder it returns.
func Start(t testing.TB, repositories map[string]Repository) (s *Server, cache string) {
	s = &Server{repositories: repositories}
	hub, files := httptest.NewServer(http.HandlerFunc(s.hub)), httptest.NewServer(http.HandlerFunc(s.files))
	t.Cleanup(hub.Close)
	t.Cleanup(files.Close)
	s.URL, s.Files = hub.URL, files.URL
	home := t.TempDir()
	for _, name := range []string{
		"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE",
		"TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_SYMLINKS", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT",
	} {
		t.Setenv(name, "") // and as it was, when the test ends
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HF_HOME", home)
	t.Setenv("HF_ENDPOINT", s.URL)
	return s, home + "/hub"
}

// Requests returns the method and path of each request since the last call.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.requests
	s.requests = nil
	return all
}

// Set replaces a repository.
func (s *Server) Set(name string, r Repository) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repositories = maps.Clone(s.repositories)
	s.repositories[name] = r
}

// Fault has requests answered by f instead, wherever it returns true.
func (s *Server) Fault(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// PageSize has listings come in pages of so many files.
func (s *Server) PageSize(files int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pageSize = files
}

// note takes note of a request, and reports whether it was answered by a fault.
func (s *Server) note(w http.ResponseWriter, r *http.Request, host string) bool {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+host+r.URL.Path)
	fault := s.fault
	s.mu.Unlock()
	return fault != nil && fault(w, r)
}

// Commit is a commit for tests.
func Commit(digit byte) string { return strings.Repeat(string(digit), 40) }

// hub answers what is asked of the hub itself.
func (s *Server) hub(w http.ResponseWriter, r *http.Request) {
	if s.note(w, r, "") {
		return
	}
	ask, ok := parse(r.URL)
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	repository, ok := s.repositories[ask.repository]
	s.mu.Unlock()
	switch sent := r.Header.Get("Authorization"); {
	case !ok, repository.Token != "" && sent != "Bearer "+repository.Token:
		status := http.StatusNotFound
		if sent == "" {
			status = http.StatusUnauthorized
		}
		refuse(w, status, "RepoNotFound", "Repository not found")
	case repository.Gated && ask.what == "resolve":
		refuse(w, http.StatusForbidden, "GatedRepo", "Access to model is restricted")
	case ask.revision != "main" && ask.revision != repository.Commit:
		refuse(w, http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+ask.revision)
	default:
		w.Header().Set("X-Repo-Commit", repository.Commit)
		s.answer(w, r, ask, repository)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("X-Error-Code", code)
	w.Header().Set("X-Error-Message", message)
	w.WriteHeader(status)
}

// question is what an address asks.
type question struct{ repository, what, revision, path string }

// answer answers a question about a repository that may be seen.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, ask question, repository Repository) {
	switch ask.what {
	case "revision":
		siblings := []map[string]string{}
		for _, at := range slices.Sorted(maps.Keys(repository.Files)) {
			siblings = append(siblings, map[string]string{"rfilename": at})
		}
		id := strings.TrimPrefix(ask.repository, "datasets/")
		writeJSON(w, map[string]any{"_id": "0", "id": id, "modelId": id, "sha": repository.Commit, "private": repository.Token != "", "siblings": siblings})
	case "tree":
		s.list(w, r, repository)
	default:
		s.resolve(w, r, ask, repository)
	}
}

// list answers with a page of the files, and the address of the next.
func (s *Server) list(w http.ResponseWriter, r *http.Request, repository Repository) {
	names := slices.Sorted(maps.Keys(repository.Files))
	first, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	end := len(names)
	s.mu.Lock()
	size := s.pageSize
	s.mu.Unlock()
	if size > 0 && first+size < end {
		end = first + size
		next := *r.URL
		query := next.Query()
		query.Set("cursor", strconv.Itoa(end))
		next.RawQuery = query.Encode()
		w.Header().Set("Link", fmt.Sprintf(`<%s%s>; rel="next"`, s.URL, next.String()))
	}
	page := []map[string]any{{"type": "directory", "oid": Commit('d'), "size": 0, "path": "folder"}}
	for _, at := range names[first:end] {
		content := repository.Files[at]
		entry := map[string]any{"type": "file", "path": at, "size": len(content), "oid": gitBlob(content)}
		if slices.Contains(repository.LFS, at) {
			entry["lfs"] = map[string]any{"oid": sha(content), "size": len(content), "pointerSize": 130}
		}
		page = append(page, entry)
	}
	writeJSON(w, page)
}

// resolve answers with a file, or with where it lies.
func (s *Server) resolve(w http.ResponseWriter, r *http.Request, ask question, repository Repository) {
	content, ok := repository.Files[ask.path]
	if !ok {
		refuse(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
		return
	}
	if !slices.Contains(repository.LFS, ask.path) {
		w.Header().Set("ETag", `"`+gitBlob(content)+`"`)
		serve(w, r, content)
		return
	}
	w.Header().Set("X-Linked-Etag", `"`+sha(content)+`"`)
	w.Header().Set("X-Linked-Size", strconv.Itoa(len(content)))
	w.Header().Set("Location", s.Files+"/"+ask.repository+"/"+ask.path+"?signature=secret")
	w.WriteHeader(http.StatusFound)
}

// files answers with a file in LFS. Such a host refuses requests that hold a token,
// since the address is signed.
func (s *Server) files(w http.ResponseWriter, r *http.Request) {
	if s.note(w, r, "files") {
		return
	}
	if r.Header.Get("Authorization") != "" {
		http.Error(w, "two ways to sign at once", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, repository := range s.repositories {
		if at, ok := strings.CutPrefix(r.URL.Path, "/"+name+"/"); ok && repository.Files[at] != nil {
			w.Header().Set("ETag", `"`+sha(repository.Files[at])+`"`)
			serve(w, r, repository.Files[at])
			return
		}
	}
	http.NotFound(w, r)
}
