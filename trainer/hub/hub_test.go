package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sweep/sweep"
	"sweep/trainer/hub/hubtest"
)

// tinyModel is a model as repositories hold it, beside files that are not needed.
func tinyModel() hubtest.Repository {
	return hubtest.Repository{
		Commit: hubtest.Commit('a'),
		Files: map[string][]byte{
			"README.md": []byte("# A model"), "config.json": []byte(`{"model_type": "llama"}`), "generation_config.json": []byte("{}"),
			"model.safetensors": bytes.Repeat([]byte("weights "), 1<<16), "pytorch_model.bin": bytes.Repeat([]byte("pickle"), 1<<16),
			"tokenizer.json": []byte(`{"model": {}}`), "chat_template.jinja": []byte("{{ messages }}"), "onnx/model.onnx": []byte("onnx"),
		},
		LFS: []string{"model.safetensors", "pytorch_model.bin"},
	}
}

// needed are the files of the repository that a model needs.
var needed = []string{"chat_template.jinja", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json"}

func start(t *testing.T, r hubtest.Repository) (s *hubtest.Server, cache string) {
	return hubtest.Start(t, map[string]hubtest.Repository{"acme/tiny": r})
}

func newClient(t *testing.T) *Client {
	t.Helper()
	c, err := FromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	c.wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

func parse(t *testing.T, text string) sweep.HubName {
	t.Helper()
	name, err := sweep.ParseHubName(text)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// fetch finds and fetches a name, and returns where it lies.
func fetch(t *testing.T, c *Client, text string, use Use, watch Watch) (path string, err error) {
	t.Helper()
	found, err := c.Find(t.Context(), parse(t, text), use, watch)
	if err != nil {
		return "", err
	}
	if err := found.Fetch(t.Context(), watch); err != nil {
		return "", err
	}
	return c.Path(found.Name)
}

func mustFetch(t *testing.T, c *Client, text string, use Use) string {
	t.Helper()
	path, err := fetch(t, c, text, use, nil)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// refused fails unless the error says all of some texts, and no secret.
func refused(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error is %q; want %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("error is %q, which tells a secret", err)
	}
}

func TestAModelIsFetchedAsHuggingFacesCacheHasIt(t *testing.T) {
	r := tinyModel()
	s, cache := start(t, r)
	c := newClient(t)
	path := mustFetch(t, c, "hf:acme/tiny", Model)
	dir := filepath.Join(cache, "models--acme--tiny")
	if want := filepath.Join(dir, "snapshots", r.Commit); path != want {
		t.Errorf("it lies in %s; want %s", path, want)
	}
	for _, name := range needed {
		content, err := os.ReadFile(filepath.Join(path, name))
		if err != nil || !bytes.Equal(content, r.Files[name]) {
			t.Errorf("%s: %v", name, err)
		}
		target, err := os.Readlink(filepath.Join(path, name))
		if err != nil || !strings.HasPrefix(target, "../../blobs/") {
			t.Errorf("%s links to %q (%v); want a blob, relative", name, target, err)
		}
	}
	entries, _ := os.ReadDir(path)
	if len(entries) != len(needed) {
		t.Errorf("it holds %v; want %v alone", entries, needed)
	}
	ref, err := os.ReadFile(filepath.Join(dir, "refs", "main"))
	if err != nil || string(ref) != r.Commit {
		t.Errorf("refs/main is %q (%v); want %s", ref, err, r.Commit)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "blobs", "*.incomplete")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	s.Requests()
	mustFetch(t, c, "hf:acme/tiny", Model)
	if got, want := s.Requests(), []string{"GET /api/models/acme/tiny/revision/main"}; !slices.Equal(got, want) {
		t.Errorf("a second fetch asks %v; want %v", got, want)
	}
	mustFetch(t, c, "hf:acme/tiny@"+r.Commit, Model)
	if got := s.Requests(); len(got) > 0 {
		t.Errorf("the fetch of a commit that is there asks %v", got)
	}
}

func TestWhatIsNeededDependsOnTheUse(t *testing.T) {
	files := func(names ...string) hubtest.Repository {
		r := hubtest.Repository{Commit: hubtest.Commit('b'), Files: map[string][]byte{}}
		for _, name := range names {
			r.Files[name] = []byte(name)
		}
		r.Files["model.safetensors.index.json"] = []byte(`{"weight_map": {"b": "model-2.safetensors", "a": "model-1.safetensors", "c": "model-1.safetensors"}}`)
		return r
	}
	r := files("config.json", "tokenizer.model", "model-1.safetensors", "model-2.safetensors", "model-3.safetensors", "q/tiny.Q4.gguf", "q/tiny.Q8.gguf",
		"adapter_config.json", "adapter_model.safetensors", "sub/config.json", "sub/model.safetensors", "data/train.jsonl", "data/more/test.jsonl", "one/rows.json",
		"above/one/rows.csv.gz", "above/README.md", "parts/train-1.parquet", "parts/train-2.parquet", "parts/README.md", "parts/rows.py",
		"splits/train-1.parquet", "splits/train-2.parquet", "splits/test.parquet",
		"s/a-00001-of-00002.gguf", "s/a-00002-of-00002.gguf", "s/b-00001-of-00002.gguf", "s/a-00001-of-00003.gguf")
	s, _ := start(t, r)
	s.PageSize(4)
	c := newClient(t)
	for _, test := range []struct {
		name string
		use  Use
		path string
		want []string
	}{
		{"hf:acme/tiny", Model, "", []string{"config.json", "tokenizer.model", "model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors"}},
		{"hf:acme/tiny/sub", Model, "sub", []string{"sub/config.json", "sub/model.safetensors"}},
		{"hf:acme/tiny/q/tiny.Q8.gguf", Model, "q/tiny.Q8.gguf", []string{"q/tiny.Q8.gguf"}},
		{"hf:acme/tiny/s/a-00001-of-00002.gguf", Model, "s/a-00001-of-00002.gguf", []string{"s/a-00001-of-00002.gguf", "s/a-00002-of-00002.gguf"}},
		{"hf:acme/tiny", Adapter, "", []string{"adapter_config.json", "adapter_model.safetensors"}},
		{"hf:acme/tiny/data/train.jsonl", Rows, "data/train.jsonl", []string{"data/train.jsonl"}},
		{"hf:acme/tiny/one", Rows, "one", []string{"one/rows.json"}},
		{"hf:acme/tiny/above", Rows, "above/one/rows.csv.gz", []string{"above/one/rows.csv.gz"}},
		{"hf:acme/tiny/parts", Rows, "parts", []string{"parts/train-1.parquet", "parts/train-2.parquet"}},
		{"hf:acme/tiny/[ab]*.json", Rows, "[ab]*.json", []string{"adapter_config.json"}},
		{"hf:acme/tiny/splits/*train*", Rows, "splits/*train*", []string{"splits/train-1.parquet", "splits/train-2.parquet"}},
	} {
		found, err := c.Find(t.Context(), parse(t, test.name), test.use, nil)
		if err != nil {
			t.Errorf("%s as %s: %v", test.name, test.use, err)
			continue
		}
		var got []string
		for _, f := range found.Files {
			got = append(got, f.Path)
		}
		if !slices.Equal(got, test.want) || found.Name.Path != test.path {
			t.Errorf("%s as %s needs %v at %q; want %v at %q", test.name, test.use, got, found.Name.Path, test.want, test.path)
		}
	}
}

func TestARepositoryWithoutWhatIsNeededSaysWhatToName(t *testing.T) {
	for _, test := range []struct {
		files []string
		name  string
		use   Use
		want  []string
	}{
		{[]string{"a.Q4.gguf", "a.Q8.gguf"}, "hf:acme/tiny", Model, []string{"GGUF", `"hf:acme/tiny/a.Q4.gguf" (9 B)`}},
		{[]string{"adapter_config.json"}, "hf:acme/tiny", Model, []string{"this is an adapter"}},
		{[]string{"config.json", "pytorch_model.bin"}, "hf:acme/tiny", Model, []string{"pickles", "save_pretrained"}},
		{[]string{"config.json", "model.safetensors"}, "hf:acme/tiny/model.safetensors", Model, []string{".gguf file"}},
		{[]string{"config.json", "sub/config.json"}, "hf:acme/tiny/sbu", Model, []string{`no file or folder "sbu"`}},
		{[]string{"config.json"}, "hf:acme/tiny", Adapter, []string{"no adapter_config.json"}},
		{[]string{"train.jsonl", "test.jsonl"}, "hf:acme/tiny", Rows, []string{"splits train, test", `"hf:acme/tiny/*train*"`}},
		{[]string{"data/train.jsonl", "more/test.jsonl"}, "hf:acme/tiny", Rows, []string{"name a folder that it has: data/, more/"}},
		{[]string{"train.jsonl"}, "hf:acme/tiny/*test*", Rows, []string{`no file or folder "*test*"`}},
		{[]string{"train.bin"}, "hf:acme/tiny", Rows, []string{"no file of rows", ".jsonl"}},
		{[]string{"train.jsonl"}, "hf:acme/tiny/trian.jsonl", Rows, []string{`did you mean "train.jsonl"?`}},
	} {
		r := hubtest.Repository{Commit: hubtest.Commit('c'), Files: map[string][]byte{}}
		for _, name := range test.files {
			r.Files[name] = []byte(name)
		}
		start(t, r)
		_, err := newClient(t).Find(t.Context(), parse(t, test.name), test.use, nil)
		refused(t, err, append(test.want, test.name)...)
	}
}

func TestADownloadThatIsCutGoesOnWhereItWas(t *testing.T) {
	r := tinyModel()
	s, cache := start(t, r)
	cuts := 3
	var ranges []string
	s.Fault(func(w http.ResponseWriter, req *http.Request) bool {
		if !strings.HasSuffix(req.URL.Path, "model.safetensors") || req.URL.RawQuery == "" {
			return false
		}
		ranges = append(ranges, req.Header.Get("Range"))
		if cuts--; cuts < 0 {
			return false
		}
		from := 0
		_, _ = fmt.Sscanf(req.Header.Get("Range"), "bytes=%d-", &from)
		content := r.Files["model.safetensors"]
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(content[from : from+100_000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	path := mustFetch(t, newClient(t), "hf:acme/tiny", Model)
	content, err := os.ReadFile(filepath.Join(path, "model.safetensors"))
	if err != nil || !bytes.Equal(content, r.Files["model.safetensors"]) {
		t.Errorf("the weights are not those of the repository: %v", err)
	}
	if len(ranges) != 4 || ranges[0] != "" || slices.Contains(ranges[1:], "") {
		t.Errorf("asked for the ranges %q; want all, and three times the rest", ranges)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*", "blobs", "*.incomplete")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnInterruptedFetchKeepsWhatCameAndGoesOn(t *testing.T) {
	r := tinyModel()
	s, cache := start(t, r)
	c := newClient(t)
	found, err := c.Find(t.Context(), parse(t, "hf:acme/tiny"), Model, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	s.Fault(func(w http.ResponseWriter, req *http.Request) bool {
		if req.URL.RawQuery == "" || !strings.HasSuffix(req.URL.Path, "model.safetensors") {
			return false
		}
		_, _ = w.Write(r.Files["model.safetensors"][:100_000])
		w.(http.Flusher).Flush()
		<-req.Context().Done()
		return true
	})
	err = found.Fetch(ctx, func(p Progress) {
		if p.File == "model.safetensors" && p.Done > 90_000 {
			interrupt()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the error is %v", err)
	}
	partial := filepath.Join(cache, "models--acme--tiny", "blobs", hashOf(found, "model.safetensors")+".incomplete")
	if at, err := os.Stat(partial); err != nil || at.Size() == 0 {
		t.Fatalf("nothing is kept: %v", err)
	}
	var from string
	s.Fault(func(_ http.ResponseWriter, req *http.Request) bool {
		if req.URL.RawQuery != "" && strings.HasSuffix(req.URL.Path, "model.safetensors") {
			from = req.Header.Get("Range")
		}
		return false
	})
	mustFetch(t, c, "hf:acme/tiny", Model)
	if !strings.HasPrefix(from, "bytes=") || from == "bytes=0-" {
		t.Errorf("the second fetch asks for the range %q", from)
	}
}

func hashOf(found *Found, path string) string {
	i := slices.IndexFunc(found.Files, func(f File) bool { return f.Path == path })
	return found.Files[i].Blob
}

func TestBytesOfAnEarlierAttemptThatAreWrongAreThrownAway(t *testing.T) {
	r := tinyModel()
	_, cache := start(t, r)
	c := newClient(t)
	found, err := c.Find(t.Context(), parse(t, "hf:acme/tiny"), Model, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, junk := range []int{10, 10 << 20} {
		partial := filepath.Join(cache, "models--acme--tiny", "blobs", hashOf(found, "model.safetensors")+".incomplete")
		if err := errors.Join(os.MkdirAll(filepath.Dir(partial), 0o755), os.WriteFile(partial, make([]byte, junk), 0o644)); err != nil {
			t.Fatal(err)
		}
		path := mustFetch(t, c, "hf:acme/tiny", Model)
		content, err := os.ReadFile(filepath.Join(path, "model.safetensors"))
		if err != nil || !bytes.Equal(content, r.Files["model.safetensors"]) {
			t.Errorf("after %d wrong bytes the weights are not those of the repository: %v", junk, err)
		}
		if err := os.RemoveAll(filepath.Join(cache, "models--acme--tiny", "blobs")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAHubThatSendsOtherBytesThanItListsIsRefused(t *testing.T) {
	for _, test := range []struct {
		what string
		path string
		send func(content []byte) []byte
		want []string
	}{
		{"other weights", "model.safetensors", func(b []byte) []byte { return bytes.ToUpper(b) }, []string{"model.safetensors", "has the hash"}},
		{"another configuration", "config.json", func(b []byte) []byte { return bytes.ToUpper(b) }, []string{"config.json", "has the hash"}},
		{"fewer bytes", "config.json", func(b []byte) []byte { return b[:5] }, []string{"unexpected EOF", "5 B of the 23 B of config.json are kept"}},
		{"more bytes", "config.json", func(b []byte) []byte { return append(bytes.Clone(b), "more"...) }, []string{"more than the 23 bytes"}},
	} {
		t.Run(test.what, func(t *testing.T) {
			r := tinyModel()
			s, cache := start(t, r)
			s.Fault(func(w http.ResponseWriter, req *http.Request) bool {
				wrong := strings.HasSuffix(req.URL.Path, test.path) && (req.URL.RawQuery != "" || test.path == "config.json")
				if wrong {
					_, _ = w.Write(test.send(r.Files[test.path]))
				}
				return wrong
			})
			_, err := fetch(t, newClient(t), "hf:acme/tiny", Model, nil)
			refused(t, err, append(test.want, "hf:acme/tiny")...)
			if _, err := os.Stat(filepath.Join(cache, "models--acme--tiny", "snapshots", r.Commit, test.path)); err == nil {
				t.Errorf("%s has its place in the snapshot", test.path)
			}
		})
	}
}

func TestARefusalSaysWhatToDo(t *testing.T) {
	answer := func(status int, header ...string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			return true
		}
	}
	gated, private := tinyModel(), tinyModel()
	gated.Gated, private.Token = true, "hf_secret"
	for _, test := range []struct {
		what  string
		r     hubtest.Repository
		name  string
		token string
		fault func(http.ResponseWriter, *http.Request) bool
		want  []string
	}{
		{"no such repository", tinyModel(), "hf:acme/tyni", "", nil, []string{"no such repository", "hf:datasets/acme/tyni", "HF_TOKEN"}},
		{"private", private, "hf:acme/tiny", "", nil, []string{"or it is private", "set HF_TOKEN"}},
		{"a token that may not", private, "hf:acme/tiny", "hf_other_secret", nil, []string{"or it is private", "make sure that HF_TOKEN"}},
		{"gated", gated, "hf:acme/tiny", "", nil, []string{"accept the conditions at", "/acme/tiny", "HF_TOKEN"}},
		{"no such revision", tinyModel(), "hf:acme/tiny@v2", "", nil, []string{`no revision "v2"`}},
		{"a token that is none", tinyModel(), "hf:acme/tiny", "hf_secret", answer(401, "X-Error-Message", "Invalid credentials in Authorization header"), []string{"does not accept the token"}},
		{"forbidden", tinyModel(), "hf:acme/tiny", "", answer(403, "X-Error-Message", "no access"), []string{"forbids it (no access)"}},
		{"too many requests", tinyModel(), "hf:acme/tiny", "", answer(429, "Retry-After", "7"), []string{"too many requests", "in 7 s", "with HF_TOKEN set it allows more", "not in the cache"}},
		{"too many requests for long", tinyModel(), "hf:acme/tiny", "", answer(429, "RateLimit", `"api";r=0;t=900`), []string{"in 900 s", "try again after that"}},
		{"a broken hub", tinyModel(), "hf:acme/tiny", "", answer(502), []string{"has trouble (502 Bad Gateway)"}},
		{"no hub", tinyModel(), "hf:acme/tiny", "", answer(200), []string{"is HF_ENDPOINT a hub?"}},
	} {
		t.Run(test.what, func(t *testing.T) {
			s, _ := start(t, test.r)
			t.Setenv("HF_TOKEN", test.token)
			s.Fault(test.fault)
			_, err := fetch(t, newClient(t), test.name, Model, nil)
			refused(t, err, append(test.want, test.name)...)
		})
	}
}

func TestAHubThatIsBusyIsAskedAgainAsItSays(t *testing.T) {
	s, _ := start(t, tinyModel())
	times := map[string]int{}
	s.Fault(func(w http.ResponseWriter, r *http.Request) bool {
		if times[r.URL.Path]++; times[r.URL.Path] > 2 {
			return false
		}
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	c := newClient(t)
	var waited []time.Duration
	c.wait = func(_ context.Context, d time.Duration) error {
		waited = append(waited, d)
		return nil
	}
	told := 0
	if _, err := fetch(t, c, "hf:acme/tiny", Model, func(p Progress) {
		if p.Waiting > 0 && p.Cause != nil {
			told++
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(waited) != told || told == 0 || slices.ContainsFunc(waited, func(d time.Duration) bool { return d != 3*time.Second }) {
		t.Errorf("waited %v, and told of it %d times", waited, told)
	}
}

func TestTheTokenGoesToTheHubAlone(t *testing.T) {
	r := tinyModel()
	r.Token = "hf_secret"
	s, _ := start(t, r) // whose host of files refuses requests with a token
	if err := os.WriteFile(filepath.Join(os.Getenv("HF_HOME"), "token"), []byte("hf_secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustFetch(t, newClient(t), "hf:acme/tiny", Model)
	if !slices.Contains(s.Requests(), "GET files/acme/tiny/model.safetensors") {
		t.Error("the weights did not come from the other host")
	}
	t.Setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
	_, err := fetch(t, newClient(t), "hf:acme/tiny", Model, nil)
	refused(t, err, "or it is private")
}

func TestWithoutANetworkTheCacheServes(t *testing.T) {
	s, cache := start(t, tinyModel())
	path := mustFetch(t, newClient(t), "hf:acme/tiny", Model)
	t.Setenv("HF_HUB_OFFLINE", "1")
	s.Requests()
	if again := mustFetch(t, newClient(t), "hf:acme/tiny", Model); again != path {
		t.Errorf("offline it lies in %s; want %s", again, path)
	}
	_, err := fetch(t, newClient(t), "hf:acme/other", Model, nil)
	refused(t, err, "not in the cache "+cache, "HF_HUB_OFFLINE")
	_, err = fetch(t, newClient(t), "hf:acme/tiny@v2", Model, nil)
	refused(t, err, "not in the cache", "HF_HUB_OFFLINE")
	if asked := s.Requests(); len(asked) > 0 {
		t.Errorf("offline it asks %v", asked)
	}
	t.Setenv("HF_HUB_OFFLINE", "")
	t.Setenv("HF_ENDPOINT", "http://127.0.0.1:9") // where nothing listens
	found, err := newClient(t).Find(t.Context(), parse(t, "hf:acme/tiny"), Model, nil)
	if err != nil || !strings.Contains(found.Note, "does not answer") || !strings.Contains(found.Note, "aaaaaaaaaaaa") {
		t.Errorf("without a network it is found with %v (%v); want a note", found, err)
	}
	_, err = fetch(t, newClient(t), "hf:acme/other", Model, nil)
	refused(t, err, "does not answer", "not in the cache")
}

func TestACacheThatLacksFilesSaysSoOffline(t *testing.T) {
	r := tinyModel()
	_, cache := start(t, r)
	at := filepath.Join(cache, "models--acme--tiny", "snapshots", r.Commit, "config.json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, r.Files["config.json"], 0o644)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HF_HUB_OFFLINE", "1")
	_, err := fetch(t, newClient(t), "hf:acme/tiny@"+r.Commit, Model, nil)
	refused(t, err, "neither model.safetensors", "only what the cache", "unset HF_HUB_OFFLINE")
}

func TestAHubThatStallsIsGivenUp(t *testing.T) {
	s, _ := start(t, tinyModel())
	c := newClient(t)
	c.stall = 20 * time.Millisecond
	s.Fault(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.RawQuery != "" && strings.HasSuffix(r.URL.Path, "model.safetensors") {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}
		return false
	})
	_, err := fetch(t, c, "hf:acme/tiny", Model, nil)
	refused(t, err, "nothing came for 20ms", "the same command goes on")
}

func TestPathsThatLeaveTheRepositoryAreRefused(t *testing.T) {
	for _, path := range []string{"../evil.json", "/etc/evil.json", "a/../../evil.json", `..\evil.json`, "", ".", "a//b"} {
		r := tinyModel()
		r.Files[path] = []byte("evil")
		start(t, r)
		_, err := fetch(t, newClient(t), "hf:acme/tiny", Model, nil)
		refused(t, err, fmt.Sprintf("%q", path), "no path within it")
	}
	s, _ := start(t, tinyModel())
	s.Fault(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/tree/") {
			_, _ = fmt.Fprint(w, `[{"type": "file", "path": "config.json", "size": 3, "oid": "../../evil"}]`)
			return true
		}
		return false
	})
	_, err := fetch(t, newClient(t), "hf:acme/tiny", Model, nil)
	refused(t, err, `"../../evil"`, "which is none")
	s.Fault(func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = fmt.Fprint(w, `{"sha": "../../evil"}`)
		return true
	})
	_, err = fetch(t, newClient(t), "hf:acme/tiny", Model, nil)
	refused(t, err, `"../../evil"`)
}

func TestWhereLinksAreNotPossibleFilesLieInTheSnapshot(t *testing.T) {
	r := tinyModel()
	r.Files["vocab.json"] = r.Files["generation_config.json"] // one blob, two files
	for _, forbid := range []func(*Client){
		func(c *Client) { c.link = func(string, string) error { return os.ErrPermission } },
		func(c *Client) { c.copies = true },
	} {
		start(t, r)
		c := newClient(t)
		forbid(c)
		path := mustFetch(t, c, "hf:acme/tiny", Model)
		for _, name := range append(slices.Clone(needed), "vocab.json") {
			at, err := os.Lstat(filepath.Join(path, name))
			content, _ := os.ReadFile(filepath.Join(path, name))
			if err != nil || !at.Mode().IsRegular() || !bytes.Equal(content, r.Files[name]) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestADiskThatIsFullIsNamed(t *testing.T) {
	r := tinyModel()
	_, cache := start(t, r)
	c := newClient(t)
	c.free = func(string) (uint64, error) { return 1000, nil }
	_, err := fetch(t, c, "hf:acme/tiny", Model, nil)
	refused(t, err, "524 kB are to be fetched", "1.0 kB left", cache, "HF_HOME")

	c.free = freeSpace
	c.write = func(f *os.File, b []byte) (int, error) {
		n, err := f.Write(b[:min(len(b), 10)])
		return n, errors.Join(err, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC})
	}
	_, err = fetch(t, c, "hf:acme/tiny", Model, nil)
	refused(t, err, "no space left on device", cache, "HF_HOME", "goes on after the 10 B of chat_template.jinja")
	mustFetch(t, newClient(t), "hf:acme/tiny", Model)
}

func TestTwoProcessesFetchAFileOnce(t *testing.T) {
	s, _ := start(t, tinyModel())
	found, err := newClient(t).Find(t.Context(), parse(t, "hf:acme/tiny"), Model, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Requests()
	errs := make(chan error)
	for range 3 {
		go func() { errs <- found.Fetch(t.Context(), nil) }()
	}
	for range 3 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	weights := 0
	for _, asked := range s.Requests() {
		if strings.HasSuffix(asked, "files/acme/tiny/model.safetensors") {
			weights++
		}
	}
	if weights != 1 {
		t.Errorf("the weights were fetched %d times", weights)
	}
}

func TestTheEnvironmentIsHuggingFaces(t *testing.T) {
	start(t, tinyModel())
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, test := range []struct{ variable, value, cache string }{
		{"HF_HOME", "", home + "/.cache/huggingface/hub"},
		{"XDG_CACHE_HOME", "/x", "/x/huggingface/hub"},
		{"HF_HOME", "~/hf", home + "/hf/hub"},
		{"HUGGINGFACE_HUB_CACHE", "$HOME/old", home + "/old"},
		{"HF_HUB_CACHE", "/c", "/c"},
	} {
		t.Setenv(test.variable, test.value)
		if got := newClient(t).cache; got != test.cache {
			t.Errorf("with %s = %q the cache is %s; want %s", test.variable, test.value, got, test.cache)
		}
	}
	for variable, value := range map[string]string{"HF_ENDPOINT": "hub", "HF_HUB_ETAG_TIMEOUT": "soon", "HF_HUB_DOWNLOAD_TIMEOUT": "-1"} {
		was := os.Getenv(variable)
		t.Setenv(variable, value)
		_, err := FromEnvironment()
		refused(t, err, variable)
		t.Setenv(variable, was)
	}
}
