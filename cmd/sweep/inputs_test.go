package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sweep/store"
	"sweep/store/postgres/fleet"
	"sweep/store/postgres/postgrestest"
	"sweep/sweep"
)

// planner is a machine on which a grid was planned, whose files are in the store. Its folder
// has a blank and a letter in its name that not all have.
type planner struct {
	folder string // that has them all
	runs   []sweep.Run
	inputs []sweep.Input
	store  sweep.Store
	said   string // as the files were kept
}

// planned plans a grid that reads a model by links, rows, a chat template and an adapter.
func planned(t *testing.T, grid string, send byteSize) *planner {
	t.Helper()
	p := &planner{folder: filepath.Join(t.TempDir(), "Pläne von heute"), store: serverStore(t)}
	writeInputs(t, p.folder)
	put(t, filepath.Join(p.folder, "grid.toml"), grid)
	p.plan(t, send)
	return p
}

// plan plans the grid as it is now.
func (p *planner) plan(t *testing.T, send byteSize) {
	t.Helper()
	var out bytes.Buffer
	trainer := newFineTunerIn(t.TempDir(), 0)
	plan, err := readPlan(t.Context(), streams{stdout: &out, stderr: &out}, filepath.Join(p.folder, "grid.toml"), trainer)
	if err != nil {
		t.Fatal(err)
	}
	p.runs, p.inputs = plan.Runs, nil
	lister := newPlannedInputs(trainer)
	for _, run := range p.runs {
		if p.inputs, err = lister.of(run); err != nil {
			t.Fatal(err)
		}
	}
	batches := []fleet.Batch{{Needs: fleet.Needs{Inputs: p.inputs}}}
	if err := (sendFlag{send}).keepInputs(t.Context(), &out, p.store, batches); err != nil {
		t.Fatal(err)
	}
	p.said = out.String()
}

// serverStore is a new store on a server.
func serverStore(t *testing.T) sweep.Store {
	t.Helper()
	st, err := store.Open(postgrestest.Store(t), sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// put writes a file, and the folders above it.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// writeInputs writes a model whose files are links, as in the cache of huggingface_hub, with
// rows and a chat template.
func writeInputs(t *testing.T, folder string) {
	t.Helper()
	const tiny = "../../trainer/builtin/tiny"
	files, err := os.ReadDir(tiny)
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		content, err := os.ReadFile(filepath.Join(tiny, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		blob := filepath.Join("blobs", string(rune('a'+i)))
		put(t, filepath.Join(folder, blob), string(content))
		put(t, filepath.Join(folder, "mein modell", "README.md"), "unread")
		if err := os.Symlink(filepath.Join("..", blob), filepath.Join(folder, "mein modell", file.Name())); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	put(t, filepath.Join(folder, "zeilen", "a ü.jsonl"), smallRows)
	put(t, filepath.Join(folder, "zeilen", "b.jsonl"), `{"messages": [{"role": "user", "content": "a?"}, {"role": "assistant", "content": "b"}]}`+"\n")
	put(t, filepath.Join(folder, "chat.jinja"), "{% for message in messages %}{{ message.content }}\n{% endfor %}")
}

const travellingGrid = `
name = "travels"
[fixed]
model         = "mein modell"
data          = "zeilen"
data_eval     = "zeilen/a*.jsonl"
chat_template = "chat.jinja"
steps         = 3
batch         = 2
seq           = 96
holdout       = 0
[grid]
r = [2, 4]
`

// worker is a machine that looks for inputs, with a cache of its own or one that is shared.
func worker(t *testing.T, p *planner, cache string) *locator {
	t.Helper()
	l, err := cacheFlag{cache}.locator(newFineTunerIn(filepath.Join(t.TempDir(), "runs"), 0), p.store)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// outcomeOf trains a run, and returns what is the same wherever it trains.
func outcomeOf(t *testing.T, trainer sweep.Trainer, run sweep.Run) sweep.Outcome {
	t.Helper()
	o, err := trainer.Train(t.Context(), run, sweep.Observer(func(sweep.Point) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	o.Seconds, o.TokensPerSecond = 0, 0
	return o
}

func TestRunsOfFilesThatAreGoneTrainFromTheStoreToTheBit(t *testing.T) {
	p := planned(t, travellingGrid, 256e6)
	var want []sweep.Outcome
	for _, run := range p.runs {
		want = append(want, outcomeOf(t, newFineTuner(), run))
	}
	if err := os.RemoveAll(p.folder); err != nil {
		t.Fatal(err)
	}
	l := worker(t, p, filepath.Join(t.TempDir(), "a cache"))
	for i, run := range p.runs {
		params := run.Params
		r, err := l.relocate(t.Context(), run, p.inputs)
		if err != nil {
			t.Fatal(err)
		}
		if got := outcomeOf(t, r, run); !cmp.Equal(got, want[i]) || len(got.Adapter) == 0 {
			t.Errorf("%s comes to something else: %s", run.Name, cmp.Diff(want[i], got))
		}
		if !cmp.Equal(run.Params, params) {
			t.Error("the settings of the run have changed")
		}
		for _, at := range r.paths {
			if !strings.HasPrefix(at, l.cache.dir) {
				t.Errorf("an input lies at %s", at)
			}
		}
		here, err := r.Estimate(run.Params)
		if err != nil || here.Memory == 0 {
			t.Errorf("its estimate is %+v, %v", here, err)
		}
	}
}

func TestAFileThatChangedAtItsPathIsTakenFromTheStore(t *testing.T) {
	p := planned(t, travellingGrid, 256e6)
	run := p.runs[0]
	l := worker(t, p, t.TempDir())
	wantPaths := func(want ...string) {
		t.Helper()
		r, err := l.relocate(t.Context(), run, p.inputs)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for parameter := range r.paths {
			got = append(got, parameter)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("elsewhere are %v, want %v", got, want)
		}
	}
	wantPaths()
	put(t, filepath.Join(p.folder, "zeilen", "c.jsonl"), smallRows) // which data would read, too
	wantPaths("data")
	put(t, filepath.Join(p.folder, "zeilen", "a ü.jsonl"), smallRows+"\n")
	wantPaths("data", "data_eval")
	put(t, filepath.Join(p.folder, "blobs", "a"), "{}")
	wantPaths("data", "data_eval", "model")
}

// TestALongLivedWorkerReadsWhatWasWrittenToAPathSince plans again with other rows at the
// same path, which the worker has read before.
func TestALongLivedWorkerReadsWhatWasWrittenToAPathSince(t *testing.T) {
	p := planned(t, travellingGrid, 1)
	l := worker(t, p, t.TempDir())
	first := p.runs[0]
	before, err := l.relocate(t.Context(), first, p.inputs)
	if err != nil {
		t.Fatal(err)
	}
	want := outcomeOf(t, before, first)
	put(t, filepath.Join(p.folder, "zeilen", "a ü.jsonl"), strings.ReplaceAll(smallRows, "a", "e"))
	p.plan(t, 1)
	if p.runs[0].Key == first.Key {
		t.Fatal("the run has not changed")
	}
	after, err := l.relocate(t.Context(), p.runs[0], p.inputs)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomeOf(t, after, p.runs[0]); got.CurveHash == want.CurveHash {
		t.Error("the run has the curve of the old rows")
	}
	if got := outcomeOf(t, before, first); got.CurveHash != want.CurveHash {
		t.Error("a run that was planned before has another curve now")
	}
	longer := first
	longer.Params.Seq = 95 // so that the rows are read anew
	if _, err := before.Train(t.Context(), longer, sweep.Observer(func(sweep.Point) error { return nil })); !errors.Is(err, sweep.ErrRequeue) {
		t.Errorf("a run whose files have changed: %v", err)
	}
}

func TestWhatIsNotKeptInTheStoreIsSaidAndLookedForElsewhere(t *testing.T) {
	p := planned(t, travellingGrid, 1000)
	says(t, strings.Join(strings.Fields(p.said), " "), "is not kept in the store: workers look for it at that path and in their --cache; --send-up-to 1.8 MB keeps it")
	run := p.runs[0]
	for _, in := range p.inputs {
		if in.Parameter == "model" && in.Size() < 1e6 {
			t.Fatalf("the model has %d bytes", in.Size())
		}
	}
	elsewhere := filepath.Join(t.TempDir(), "mein modell")
	if err := os.CopyFS(elsewhere, os.DirFS("../../trainer/builtin/tiny")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(p.folder); err != nil {
		t.Fatal(err)
	}
	_, err := worker(t, p, t.TempDir()).relocate(t.Context(), run, p.inputs)
	if err == nil {
		t.Fatal("a model that is nowhere was found")
	}
	for _, want := range []string{
		"model " + filepath.Join(p.folder, "mein modell") + " is not on this machine: ", "is not there", "the store does not keep it",
		"put it at its path or into the folder ", "queue the sweep again with --send-up-to 1.8 MB",
	} {
		says(t, err.Error(), want)
	}
	l := worker(t, p, filepath.Dir(elsewhere))
	r, err := l.relocate(t.Context(), run, p.inputs)
	if err != nil || r.paths["model"] != elsewhere {
		t.Errorf("the model in the cache by its name: %v, %v", r.paths, err)
	}
	put(t, filepath.Join(elsewhere, "config.json"), "{}")
	if _, err := l.relocate(t.Context(), run, p.inputs); err == nil {
		t.Error("another model of that name was taken")
	}
}

func TestWorkersShareACacheInWhichFilesAreWhole(t *testing.T) {
	p := planned(t, travellingGrid, 256e6)
	if err := os.RemoveAll(p.folder); err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(t.TempDir(), "für alle")
	var all sync.WaitGroup
	for range 4 {
		l := worker(t, p, cache)
		all.Go(func() {
			if _, err := l.relocate(t.Context(), p.runs[0], p.inputs); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	damaged := 0
	err := filepath.WalkDir(cache, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.Contains(path, "partial"):
			t.Errorf("%s was left", path)
		case entry.Name() == "model.safetensors":
			damaged++
			return os.Truncate(path, 1000)
		case entry.Name() == "b.jsonl":
			damaged++
			return os.Remove(path)
		}
		return nil
	})
	if err != nil || damaged != 2 {
		t.Fatalf("%d files were damaged, %v", damaged, err)
	}
	r, err := worker(t, p, cache).relocate(t.Context(), p.runs[0], p.inputs)
	if err != nil {
		t.Fatal(err)
	}
	outcomeOf(t, r, p.runs[0])
}

func TestAFetchIntoTheCacheWaitsForAnotherAndIsInterrupted(t *testing.T) {
	p := planned(t, travellingGrid, 256e6)
	if err := os.RemoveAll(p.folder); err != nil {
		t.Fatal(err)
	}
	l := worker(t, p, t.TempDir())
	unlock, err := l.cache.lock(t.Context(), p.inputs[0])
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := l.relocate(ctx, p.runs[0], p.inputs); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.relocate(t.Context(), p.runs[0], p.inputs); err != nil {
		t.Error(err)
	}
}

func TestARunThatWouldBeAnotherHereIsRefused(t *testing.T) {
	p := planned(t, travellingGrid, 256e6)
	l := worker(t, p, t.TempDir())
	for want, change := range map[string]func(*sweep.Inputs){
		"data hashes otherwise: ":                func(in *sweep.Inputs) { in.Data = strings.Repeat("0", 64) },
		"this program's arithmetic has version ": func(in *sweep.Inputs) { in.Numerics++ },
		"targets are other modules: ":            func(in *sweep.Inputs) { in.Targets = "lm_head" },
		"chat_template hashes otherwise: ":       func(in *sweep.Inputs) { in.ChatTemplate = "" },
	} {
		run := p.runs[0]
		change(&run.Inputs)
		if _, err := l.relocate(t.Context(), run, p.inputs); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// commandGrid trains by a script that reads a file beside its folder, one below it, a file of
// rows that is not among its files, and a model.
const commandGrid = `
name = "by-script"
[command]
run      = ["./run.sh", "{template}", "{model}", "{data}", "{alpha}"]
files    = ["../gemein sam/*.sh", "teil/*.txt"]
template = "vorlage.txt"
[fixed]
steps = 2
model = "../modell"
data  = "zeilen ü.jsonl"
[grid]
alpha = [3, 4]
`

const commandScript = `#!/bin/sh
. "../gemein sam/log.sh"
log 1 "$(cat "$1").$5"
log 2 "$(cat "$2/config.json" "$3" teil/x.txt | tr -d '\n')"
`

func TestRunsOfACommandTrainFromTheStore(t *testing.T) {
	p := &planner{folder: filepath.Join(t.TempDir(), "Pläne", "heute"), store: serverStore(t)}
	for name, text := range map[string]string{
		"grid.toml": strings.Replace(commandGrid, `"{alpha}"]`, `"x", "{alpha}"]`, 1), "run.sh": commandScript, "../gemein sam/log.sh": `log() { echo "{\"step\": $1, \"loss\": $2}" >> "$SWEEP_METRICS"; }`,
		"teil/x.txt": "3", "vorlage.txt": "{alpha}", "../modell/config.json": "1", "../modell/.hidden": "9", "zeilen ü.jsonl": "2",
	} {
		put(t, filepath.Join(p.folder, filepath.FromSlash(name)), text)
	}
	p.plan(t, 256e6)
	run := p.runs[0]
	if err := os.RemoveAll(filepath.Dir(p.folder)); err != nil {
		t.Fatal(err)
	}
	l := worker(t, p, filepath.Join(t.TempDir(), "ein cache"))
	r, err := l.relocate(t.Context(), run, p.inputs)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	o, err := r.Train(t.Context(), run, sweep.Observer(func(p sweep.Point) error {
		losses = append(losses, p.Loss)
		return nil
	}))
	if err != nil || !o.State.Final() || !slices.Equal(losses, []float64{3.3, 123}) {
		t.Errorf("it came to %+v, %v with %v", o, err, losses)
	}
	second := worker(t, p, l.cache.dir)
	put(t, filepath.Join(p.folder, "teil", "x.txt"), "4")
	if r, err = second.relocate(t.Context(), run, p.inputs); err != nil || !strings.HasPrefix(r.paths[sweep.InputOfCommand], l.cache.dir) {
		t.Errorf("with other files in its folder it is %v, %v", r.paths, err)
	}
	lost := run
	command := *run.Params.Command
	command.Run = append([]string{"no-such-interpreter", "run.sh"}, command.Run[1:]...)
	lost.Params.Command = &command
	if _, err := l.relocate(t.Context(), lost, p.inputs); err == nil || !strings.Contains(err.Error(), "there is no such program") {
		t.Errorf("without its interpreter: %v", err)
	}
}

// TestWorkersTrainWhatWasQueuedOnAMachineThatIsGone queues a sweep, removes its folder, and has
// a worker train it, which starts in another folder.
func TestWorkersTrainWhatWasQueuedOnAMachineThatIsGone(t *testing.T) {
	home(t)
	folder, db := filepath.Join(t.TempDir(), "Pläne von heute"), postgrestest.Store(t)
	writeInputs(t, folder)
	file := filepath.Join(folder, "grid.toml")
	put(t, file, travellingGrid)
	alone := filepath.Join(t.TempDir(), "alone.db")
	sweepCommand(t, 0, "run", file, "--db", alone)
	said, _ := sweepCommand(t, 0, "run", file, "--db", db, "--detach")
	says(t, said, "keeping model ")
	st, err := store.Open(db, sweep.DefaultPatience())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }() // it is only read
	files, ok := st.(sweep.FileStore)
	if !ok {
		t.Fatal("the store keeps no files")
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of no bytes
	if err := files.KeepFile(t.Context(), sweep.InputFile{Name: "x", SHA256: empty}, func() (io.ReadCloser, error) { return os.Open(os.DevNull) }); err != nil {
		t.Fatal(err)
	}
	if err := postgrestest.Exec(db, "UPDATE file SET used = now() - interval '2 hours'"); err != nil {
		t.Fatal(err)
	}
	said, _ = sweepCommand(t, 0, "run", file, "--db", db, "--detach")
	if strings.Contains(said, "keeping") {
		t.Errorf("what is kept is kept again:\n%s", said)
	}
	if kept, err := files.KeptFiles(t.Context(), []string{empty}); err != nil || kept[empty] {
		t.Errorf("a file that no run needs is kept: %v, %v", kept, err)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	sweepCommand(t, 0, "work", "--db", db, "--cache", "cache", "--idle-exit", "1s")
	if got, want := hashesIn(t, db), hashesIn(t, alone); len(got) != 2 || !cmp.Equal(got, want) {
		t.Errorf("the curves are others: %s", cmp.Diff(want, got))
	}
}
