package tfevents_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sweep/sweep/tfevents"
)

// all reads a file to its end or to its first error.
func all(file []byte) (events []tfevents.Event, err error) {
	r := tfevents.NewReader(bytes.NewReader(file))
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

func golden(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestWhatTensorBoardsWritersWriteIsRead holds the reader to files of two programs, each
// scalar a float, a tensor or a tensor of doubles.
func TestWhatTensorBoardsWritersWriteIsRead(t *testing.T) {
	type at struct {
		Step int64
		Loss float64
	}
	for _, name := range []string{"tensorboardx", "torch", "tensor", "double"} {
		events, err := all(golden(t, name+".tfevents"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got []at
		args := ""
		for _, e := range events {
			for _, s := range e.Scalars {
				if s.Tag != "train/loss" || e.Wall.Year() < 2026 {
					t.Errorf("%s: %+v", name, e)
				}
				got = append(got, at{e.Step, s.Value})
			}
			args += e.Texts["args/text_summary/text_summary"] + e.Texts["args/text_summary"]
		}
		want := []at{{0, 3.5}, {10, 2.25}, {20, 0.1}, {30, math.NaN()}, {40, math.Inf(1)}, {1 << 40, -1e-3}}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-7, 0)); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
		if args != `{"learning_rate": 0.001}` {
			t.Errorf("%s: the text is %q", name, args)
		}
	}
}

func TestHyperparametersAreRead(t *testing.T) {
	settings := map[string]any{}
	files, err := filepath.Glob("testdata/hparams*.tfevents")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		events, err := all(golden(t, filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			for name, v := range e.Settings {
				settings[name] = v
			}
		}
	}
	// torch takes a flag for a number.
	want := map[string]any{"lr": 1e-3, "lora_r": 8.0, "use_rslora": 1.0, "optim": "adamw_torch"}
	if diff := cmp.Diff(want, settings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsWrittenComesBack(t *testing.T) {
	var b bytes.Buffer
	at := time.Unix(1_800_000_000, 0)
	w, err := tfevents.NewWriter(&b, at)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]any{"lr": 1e-3, "r": 8, "shuffle": true, "model": "a\"b"}
	for _, err := range []error{
		w.Settings(settings, at),
		w.Scalars(0, at, tfevents.Scalar{Tag: "eval/loss", Value: 3.5}),
		w.Scalars(7, at, tfevents.Scalar{Tag: "train/loss", Value: math.Inf(-1)}, tfevents.Scalar{Tag: "eval/loss", Value: math.NaN()}),
		w.Flush(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Settings(map[string]any{"x": []int{1}}, at); err == nil {
		t.Error("a list is taken for a hyperparameter")
	}
	events, err := all(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	settings["r"] = 8.0
	want := []tfevents.Event{
		{Wall: at},
		{Wall: at, Settings: settings},
		{Wall: at, Scalars: []tfevents.Scalar{{Tag: "eval/loss", Value: 3.5}}},
		{Wall: at, Step: 7, Scalars: []tfevents.Scalar{{Tag: "train/loss", Value: math.Inf(-1)}, {Tag: "eval/loss", Value: math.NaN()}}},
	}
	if diff := cmp.Diff(want, events, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDamageIsTold cuts a file everywhere and changes each of its bytes: what was read
// before is right, and the error says which of both it was.
func TestDamageIsTold(t *testing.T) {
	file := golden(t, "torch.tfevents")
	whole, err := all(file)
	if err != nil {
		t.Fatal(err)
	}
	for n := range file {
		events, err := all(file[:n])
		if diff := cmp.Diff(whole[:len(events)], events, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" || err != nil && !errors.Is(err, tfevents.ErrCutOff) {
			t.Fatalf("cut to %d bytes: %v\n%s", n, err, diff)
		}
		damaged := bytes.Clone(file)
		damaged[n] ^= 0x10
		if events, err = all(damaged); err == nil || errors.Is(err, tfevents.ErrCutOff) || len(events) >= len(whole) {
			t.Fatalf("byte %d changed: %d events, %v", n, len(events), err)
		}
	}
	if _, err := all([]byte(strings.Repeat("not an event file\n", 10))); err == nil || !strings.Contains(err.Error(), "no event file of TensorBoard") {
		t.Errorf("a text: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"torch.tfevents", "tensor.tfevents", "double.tfevents"} {
		file, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(_ *testing.T, file []byte) {
		_, _ = all(file) // it may not panic or take much memory
	})
}
