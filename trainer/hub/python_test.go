package hub

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/sweep"
	"sweep/trainer/hub/hubtest"
)

// python runs testdata/client.py with arguments, in the environment of the test. It
// returns the answer and the name of the error. Without SWEEP_PYTHON, which names a
// Python with huggingface_hub, the test is skipped.
func python[T any](t *testing.T, arguments ...string) (answer T, failed string) {
	t.Helper()
	program := os.Getenv("SWEEP_PYTHON")
	if program == "" {
		t.Skip("SWEEP_PYTHON names no Python with huggingface_hub")
	}
	t.Setenv("HF_HUB_DISABLE_TELEMETRY", "1")
	var stderr strings.Builder
	c := exec.CommandContext(t.Context(), program, append([]string{filepath.Join("testdata", "client.py")}, arguments...)...)
	c.Stderr = &stderr
	out, err := c.Output()
	var said struct {
		Answer T
		Error  string
	}
	if err == nil {
		err = json.Unmarshal(out, &said)
	}
	if err != nil {
		t.Fatalf("client.py %v: %v\n%s%s", arguments, err, out, stderr.String())
	}
	return said.Answer, said.Error
}

// mustPython is python where nothing is to go wrong.
func mustPython[T any](t *testing.T, arguments ...string) T {
	t.Helper()
	answer, failed := python[T](t, arguments...)
	if failed != "" {
		t.Fatalf("client.py %v: %s", arguments, failed)
	}
	return answer
}

// contents are the files of a folder, and the targets of links, by path.
func contents(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(at string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			all[relative], err = os.Readlink(at)
			return err
		}
		content, err := os.ReadFile(at)
		all[relative] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheCacheIsWhatHuggingFacesClientMakesOfIt(t *testing.T) {
	r := tinyModel()
	r.Files["additional_chat_templates/tool.jinja"] = []byte("{{ tools }}")
	want := append(slices.Clone(needed), "additional_chat_templates/tool.jinja")
	for _, revision := range []string{"main", r.Commit} {
		_, theirs := start(t, r)
		mustPython[string](t, append([]string{"snapshot", "acme/tiny", "model", revision}, want...)...)
		_, ours := start(t, r)
		mustFetch(t, newClient(t), "hf:acme/tiny@"+revision, Model)
		const repository = "models--acme--tiny"
		one, other := contents(t, filepath.Join(theirs, repository)), contents(t, filepath.Join(ours, repository))
		for _, at := range slices.Sorted(maps.Keys(one)) {
			if strings.HasPrefix(at, "trees") {
				if !sameJSON(t, one[at], other[at]) {
					t.Errorf("%s is %s; theirs %s", at, other[at], one[at])
				}
			} else if one[at] != other[at] {
				t.Errorf("%s is %.80q; theirs %.80q", at, other[at], one[at])
			}
		}
		for at := range other {
			if _, ok := one[at]; !ok {
				t.Errorf("they have no %s", at)
			}
		}
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var texts [2]string
	for i, text := range []string{a, b} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Error(err)
		}
		sorted, _ := json.Marshal(value) // which was JSON before
		texts[i] = string(sorted)
	}
	return texts[0] == texts[1]
}

func TestWhatHuggingFacesClientFetchedIsNotFetchedAgain(t *testing.T) {
	r := tinyModel()
	for _, action := range []string{"snapshot", "files"} {
		s, _ := start(t, r)
		python[any](t, append([]string{action, "acme/tiny", "model", "main"}, needed...)...)
		for _, test := range []struct {
			name    string
			offline string
			want    map[string][]string // by action
		}{
			{"hf:acme/tiny", "1", nil},
			{"hf:acme/tiny@" + r.Commit, "1", nil},
			{"hf:acme/tiny", "", map[string][]string{
				"snapshot": {"GET /api/models/acme/tiny/revision/main"},
				"files":    {"GET /api/models/acme/tiny/revision/main", "GET /api/models/acme/tiny/tree/" + r.Commit},
			}},
			{"hf:acme/tiny@" + r.Commit, "", nil},
		} {
			t.Setenv("HF_HUB_OFFLINE", test.offline)
			s.Requests()
			path := mustFetch(t, newClient(t), test.name, Model)
			if got := s.Requests(); !slices.Equal(got, test.want[action]) {
				t.Errorf("after %s, %s with HF_HUB_OFFLINE=%q asks %v; want %v", action, test.name, test.offline, got, test.want[action])
			}
			for _, at := range needed {
				if content, err := os.ReadFile(filepath.Join(path, at)); err != nil || string(content) != string(r.Files[at]) {
					t.Errorf("%s: %v", at, err)
				}
			}
		}
	}
}

func TestHuggingFacesClientUsesWhatWasFetchedHere(t *testing.T) {
	r := tinyModel()
	rows := hubtest.Repository{Commit: hubtest.Commit('b'), Files: map[string][]byte{"data/train.jsonl": []byte(`{"text": "a"}`)}}
	s, cache := hubtest.Start(t, map[string]hubtest.Repository{"acme/tiny": r, "datasets/acme/rows": rows})
	path := mustFetch(t, newClient(t), "hf:acme/tiny", Model)
	mustFetch(t, newClient(t), "hf:datasets/acme/rows", Rows)
	s.Requests()
	t.Setenv("HF_HUB_OFFLINE", "1")
	for _, revision := range []string{"main", r.Commit} {
		got := mustPython[[]string](t, append([]string{"cached", "acme/tiny", "model", revision}, needed...)...)
		if want := append([]string{path}, inFolder(path, needed)...); !slices.Equal(got, want) {
			t.Errorf("offline they find %v; want %v", got, want)
		}
	}
	got := mustPython[[]string](t, "cached", "acme/rows", "dataset", "main", "data/train.jsonl")
	if want := filepath.Join(cache, "datasets--acme--rows", "snapshots", rows.Commit, "data", "train.jsonl"); got[1] != want {
		t.Errorf("offline they find the rows at %v; want %s", got, want)
	}
	t.Setenv("HF_HUB_OFFLINE", "")
	mustPython[any](t, append([]string{"files", "acme/tiny", "model", r.Commit}, needed...)...)
	if asked := s.Requests(); len(asked) > 0 {
		t.Errorf("they ask %v", asked)
	}
	mustPython[any](t, append([]string{"files", "acme/tiny", "model", "main"}, needed...)...)
	for _, asked := range s.Requests() {
		if !strings.HasPrefix(asked, "HEAD ") {
			t.Errorf("they ask %s", asked)
		}
	}
	scan := mustPython[struct {
		Warnings     []string
		Repositories map[string]struct {
			Size, Files   int
			Commits, Refs []string
		}
	}](t, "scan")
	tiny := scan.Repositories["acme/tiny"]
	bytes := 0
	for _, at := range needed {
		bytes += len(r.Files[at])
	}
	if len(scan.Warnings) > 0 || tiny.Files != len(needed) || tiny.Size != bytes || !slices.Equal(tiny.Commits, []string{r.Commit}) || !slices.Equal(tiny.Refs, []string{"main"}) {
		t.Errorf("their scan of the cache finds %+v", scan)
	}
}

func inFolder(folder string, names []string) (paths []string) {
	for _, name := range names {
		paths = append(paths, filepath.Join(folder, name))
	}
	return paths
}

func TestHuggingFacesClientRespectsTheLock(t *testing.T) {
	python[bool](t, "locked", filepath.Join(t.TempDir(), "lock")) // or skip
	s, cache := start(t, tinyModel())
	c := newClient(t)
	found, err := c.Find(t.Context(), parse(t, "hf:acme/tiny"), Model, nil)
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(cache, ".locks", "models--acme--tiny", hashOf(found, "model.safetensors")+".lock")
	reached, goOn, fetched := make(chan bool), make(chan bool), make(chan error)
	s.Fault(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "model.safetensors") && r.URL.RawQuery != "" {
			reached <- true
			<-goOn
		}
		return false
	})
	go func() { fetched <- found.Fetch(context.WithoutCancel(t.Context()), nil) }()
	select {
	case <-reached:
	case err := <-fetched:
		t.Fatal(err)
	}
	held, failed := python[bool](t, "locked", lock)
	goOn <- true
	if err := <-fetched; err != nil || failed != "" {
		t.Fatal(err, failed)
	}
	if !held {
		t.Error("while it is fetched they could take the lock")
	}
	if mustPython[bool](t, "locked", lock) {
		t.Error("the lock is not given back")
	}
}

// The hub of the tests says what is wrong as the hub does, if their client reads it so.
func TestHuggingFacesClientReadsTheErrorsOfTheHubOfTheTests(t *testing.T) {
	gated, private := tinyModel(), tinyModel()
	gated.Gated, private.Token = true, "hf_secret"
	for _, test := range []struct {
		r              hubtest.Repository
		name, token    string
		revision, file string
		want           string
		ours           string
	}{
		{tinyModel(), "acme/tiny", "", "main", "config.json", "", ""},
		{private, "acme/tiny", "hf_secret", "main", "model.safetensors", "", ""},
		{private, "acme/tiny", "", "main", "config.json", "RepositoryNotFoundError", "or it is private"},
		{tinyModel(), "acme/tyni", "", "main", "config.json", "RepositoryNotFoundError", "no such repository"},
		{gated, "acme/tiny", "", "main", "config.json", "GatedRepoError", "accept the conditions"},
		{tinyModel(), "acme/tiny", "", "v2", "config.json", "RevisionNotFoundError", "no revision"},
		{tinyModel(), "acme/tiny", "", "main", "no.gguf", "RemoteEntryNotFoundError", "no file or folder"},
	} {
		start(t, test.r)
		t.Setenv("HF_TOKEN", test.token)
		_, failed := python[any](t, "files", test.name, "model", test.revision, test.file)
		if failed != test.want {
			t.Errorf("%s@%s/%s: they fail with %q; want %q", test.name, test.revision, test.file, failed, test.want)
		}
		name := sweep.HubName{Owner: "acme", Name: strings.TrimPrefix(test.name, "acme/"), Revision: test.revision}
		if strings.HasSuffix(test.file, ".gguf") {
			name = name.In(test.file)
		}
		_, err := fetch(t, newClient(t), name.String(), Model, nil)
		if test.ours == "" && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if test.ours != "" {
			refused(t, err, test.ours)
		}
	}
}
