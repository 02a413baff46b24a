package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sweep/trainer/hub/hubtest"
)

const hubGrid = `
name = "hubbed"
[fixed]
model = "hf:acme/tiny"
data  = "hf:datasets/acme/rows"
steps = 2
batch = 2
seq   = 32
holdout = 0.2
`

// hubRepositories are the built-in model and a few rows, as repositories.
func hubRepositories(t *testing.T) map[string]hubtest.Repository {
	t.Helper()
	model := hubtest.Repository{Commit: hubtest.Commit('a'), Files: map[string][]byte{"README.md": []byte("# tiny")}, LFS: []string{"model.safetensors"}}
	for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json"} {
		content, err := os.ReadFile(filepath.Join("..", "..", "trainer", "builtin", "tiny", name))
		if err != nil {
			t.Fatal(err)
		}
		model.Files[name] = content
	}
	var text []byte
	for i := range 24 {
		text = fmt.Appendf(text, `{"prompt": "%d + 1 = ", "completion": "%d"}`+"\n", i, i+1)
	}
	rows := hubtest.Repository{Commit: hubtest.Commit('b'), Files: map[string][]byte{"README.md": []byte("# rows"), "data/train.jsonl": text}}
	return map[string]hubtest.Repository{"acme/tiny": model, "datasets/acme/rows": rows}
}

func TestAGridNamesModelRowsAndAdapterOnTheHub(t *testing.T) {
	repositories := hubRepositories(t)
	hub, cache := hubtest.Start(t, repositories)
	file, db := writeGrid(t, hubGrid)

	stdout, stderr := sweepCommand(t, 3, "plan", file, "--db", db)
	for _, want := range []string{
		"to be fetched: 3 files of hf:acme/tiny@" + hubtest.Commit('a') + ", 1.8 MB, into", cache,
		"to be fetched: 1 file of hf:datasets/acme/rows@" + hubtest.Commit('b') + "/data/train.jsonl", "--fetch",
	} {
		says(t, stderr, want)
	}
	if stdout != "" {
		t.Errorf("plan prints %s", stdout)
	}
	if asked := hub.Requests(); slices.ContainsFunc(asked, func(r string) bool { return strings.Contains(r, "/resolve/") }) {
		t.Errorf("plan fetches: %v", asked)
	}

	_, stderr = sweepCommand(t, 0, "run", file, "--db", db)
	says(t, stderr, "fetching 3 files of hf:acme/tiny@"+hubtest.Commit('a'))
	hub.Requests()
	stdout, stderr = sweepCommand(t, 0, "plan", file, "--db", db)
	says(t, stdout, "1 done")
	if strings.Contains(stderr, "fetch") {
		t.Errorf("plan wants to fetch what is there: %s", stderr)
	}
	shown, _ := sweepCommand(t, 0, "show", "hubbed", "--db", db)
	says(t, shown, `model          "hf:acme/tiny@`+hubtest.Commit('a')+`"`)
	says(t, shown, `data           "hf:datasets/acme/rows@`+hubtest.Commit('b')+`/data/train.jsonl"`)

	adapter := filepath.Join(t.TempDir(), "adapter")
	sweepCommand(t, 0, "export", "--adapter", "hubbed", "--db", db, "--out", adapter)
	files := map[string][]byte{}
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		content, err := os.ReadFile(filepath.Join(adapter, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	says(t, string(files["adapter_config.json"]), `"acme/tiny"`)
	hub.Set("acme/adapter", hubtest.Repository{Commit: hubtest.Commit('c'), Files: files})
	file, _ = writeGrid(t, strings.Replace(hubGrid, "hubbed", "on", 1)+"adapter = 'hf:acme/adapter'\n")
	sweepCommand(t, 0, "run", file, "--db", db)
	shown, _ = sweepCommand(t, 0, "show", "on", "--db", db)
	says(t, shown, `"hf:acme/adapter@`+hubtest.Commit('c')+`"`)

	t.Setenv("HF_HUB_OFFLINE", "1")
	hub.Requests()
	sweepCommand(t, 0, "run", file, "--db", filepath.Join(t.TempDir(), "again.db"))
	sweepCommand(t, 0, "verify", "--sweep", "on", "--db", db)
	if asked := hub.Requests(); len(asked) > 0 {
		t.Errorf("offline it asks %v", asked)
	}
}

func TestABranchThatMovedOnWithTheSameFilesTrainsNothingAgain(t *testing.T) {
	repositories := hubRepositories(t)
	hub, _ := hubtest.Start(t, repositories)
	file, db := writeGrid(t, hubGrid)
	sweepCommand(t, 0, "run", file, "--db", db)
	moved := repositories["acme/tiny"]
	moved.Commit = hubtest.Commit('e')
	hub.Set("acme/tiny", moved)
	hub.Requests()
	stdout, _ := sweepCommand(t, 0, "run", file, "--db", db, "--set", "grid.seed=[0, 1]")
	says(t, stdout, "2 runs: 1 trained before, 1 done")
	if asked := hub.Requests(); slices.ContainsFunc(asked, func(r string) bool { return strings.Contains(r, "/resolve/") }) {
		t.Errorf("files that are there are fetched again: %v", asked)
	}
	listed, _ := sweepCommand(t, 0, "ls", "hubbed", "--group-by", "all-but-seed", "--db", db, "-o", "csv")
	if strings.Contains(listed, "hf:") {
		t.Errorf("the model is an axis: %s", listed)
	}
}

func TestAFirstGridIsWrittenForNamesOnTheHub(t *testing.T) {
	hubtest.Start(t, hubRepositories(t))
	dir := t.TempDir()
	out := filepath.Join(dir, "first.toml")
	sweepCommand(t, 0, "init", "hf:acme/tiny", "hf:datasets/acme/rows", "--hours", "1", "--out", out)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	says(t, string(text), `model   = "hf:acme/tiny"`)
	says(t, string(text), `data    = "hf:datasets/acme/rows"`)
	sweepCommand(t, 0, "plan", out, "--db", filepath.Join(dir, "sweep.db"))
}

func TestAFetchThatIsInterruptedGoesOn(t *testing.T) {
	hub, cache := hubtest.Start(t, hubRepositories(t))
	file, db := writeGrid(t, hubGrid)
	ctx, interrupt := context.WithCancel(t.Context())
	hub.Fault(func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "model.safetensors") {
			interrupt()
			<-r.Context().Done()
		}
		return false
	})
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"run", file, "--db", db}, nil, &out, &errs); code != 130 {
		t.Errorf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	if left, err := filepath.Glob(filepath.Join(cache, "*", "snapshots", "*", "model.safetensors")); err != nil || len(left) > 0 {
		t.Errorf("half a file has its place: %v %v", left, err)
	}
	hub.Fault(nil)
	stdout, _ := sweepCommand(t, 0, "run", file, "--db", db)
	says(t, stdout, "1 done")
}

func TestRowsAreAFolderOrAPatternOfNamesOnTheHub(t *testing.T) {
	repositories := hubRepositories(t)
	text := repositories["datasets/acme/rows"].Files["data/train.jsonl"]
	lines := strings.SplitAfter(string(text), "\n")
	part := func(from, to int) []byte { return []byte(strings.Join(lines[from:to], "")) }
	repositories["datasets/acme/parts"] = hubtest.Repository{Commit: hubtest.Commit('d'), Files: map[string][]byte{
		"README.md": []byte("# parts"), "data/train-0.jsonl": part(0, 8), "data/train-1.jsonl": part(8, 16), "data/test-0.jsonl": part(16, 24),
	}}
	hubtest.Start(t, repositories)
	const name = "hf:datasets/acme/parts"
	in := func(data, more string) string {
		return strings.Replace(strings.Replace(hubGrid, "hf:datasets/acme/rows", data, 1), "holdout = 0.2", more, 1)
	}
	file, db := writeGrid(t, in(name+"/data", ""))
	_, stderr := sweepCommand(t, 2, "run", file, "--db", db)
	says(t, stderr, `name one, as in data = "`+name+`/data/*train*" and data_eval = "`+name+`/data/*test*"`)

	file, db = writeGrid(t, in(name+"/data/*train*", "data_eval = '"+name+"/data/*test*'"))
	stdout, _ := sweepCommand(t, 0, "run", file, "--db", db)
	says(t, stdout, "16 rows to train on")
	says(t, stdout, "8 to evaluate on")
	shown, _ := sweepCommand(t, 0, "show", "hubbed", "--db", db)
	says(t, shown, name+"@"+hubtest.Commit('d')+"/data/*train*")
}

func TestANameThatIsNoneIsRefusedBeforeTheHubIsAsked(t *testing.T) {
	hub, _ := hubtest.Start(t, nil)
	for _, name := range []string{"hf:acme", "hf:acme/tiny@", "hf:acme/tiny/../x", "hf:datasets/acme", "hf:a--b/c"} {
		file, db := writeGrid(t, "name = 'x'\n[fixed]\nmodel = '"+name+"'\n")
		_, stderr := sweepCommand(t, 2, "plan", file, "--db", db)
		says(t, stderr, "fixed.model")
		says(t, stderr, "hf:OWNER/NAME")
	}
	if asked := hub.Requests(); len(asked) > 0 {
		t.Errorf("it asks %v", asked)
	}
}

// says fails unless a text, whose lines may break anywhere, holds another.
func says(t *testing.T, text, want string) {
	t.Helper()
	joined := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if !strings.Contains(joined(text), joined(want)) {
		t.Errorf("got\n%s\nwant %q in it", text, want)
	}
}
