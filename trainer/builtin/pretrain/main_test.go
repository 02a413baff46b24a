package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sweep/trainer/builtin"
	"sweep/trainer/pretrained"
)

// shortCorpus is the beginning of the corpus.
func shortCorpus(t *testing.T) []byte {
	t.Helper()
	corpus, err := builtin.Corpus()
	if err != nil {
		t.Fatal(err)
	}
	return head(corpus, 100)
}

func TestPretrainingGivesTheSameBytesAgain(t *testing.T) {
	j := job{shape: shape(tinyWidth), params: recipe()}
	p := &j.params
	p.Steps, p.Batch, p.Warmup, p.EvalEvery = 2, 2, 1, 1
	first, second := filepath.Join(t.TempDir(), "tiny"), filepath.Join(t.TempDir(), "tiny")
	for _, dir := range []string{first, second} {
		var told strings.Builder
		j.dir = dir
		if err := pretrain(context.Background(), j, shortCorpus(t), &told); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(told.String(), "step    0  menus 5.") || !strings.Contains(told.String(), "step    2  menus ") {
			t.Errorf("it told\n%s", &told)
		}
	}
	for _, name := range []string{"config.json", "model.safetensors", "tokenizer.json"} {
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs; errors %v, %v", name, errA, errB)
		}
	}
}

func TestADivergingPretrainingWritesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tiny")
	j := job{dir: dir, shape: shape(tinyWidth), params: recipe()}
	p := &j.params
	p.Steps, p.Batch, p.Warmup, p.LR, p.Clip = 8, 2, 0, 1e30, 0
	err := pretrain(context.Background(), j, shortCorpus(t), &strings.Builder{})
	if err == nil || !strings.Contains(err.Error(), "lower the learning rate") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

func TestWithoutFlagsTheModelIsTheTinyOne(t *testing.T) {
	got, err := parse(nil, io.Discard)
	if want := (job{"tiny", shape(128), recipe()}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	p := got.params
	if p.Steps != 3000 || p.Batch != 24 || p.LR != 3e-3 || p.Warmup != 100 || p.Seed != 0 {
		t.Errorf("the recipe of the model that is built in is now %+v", p)
	}
}

func TestAWidthGivesAModelOfItsShapes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tiny64")
	j, err := parse([]string{"-width", "64", "-steps", "101", "-out", dir}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := recipe(); j.params.Steps != 101 || j.params.Warmup != want.Warmup || j.params.Schedule != "cosine" {
		t.Errorf("it trains as %+v", j.params)
	}
	j.params.Steps, j.params.Batch, j.params.Warmup, j.params.EvalEvery = 2, 2, 1, 0
	if err := pretrain(context.Background(), j, shortCorpus(t), io.Discard); err != nil {
		t.Fatal(err)
	}
	m, err := pretrained.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	c := m.Config
	if c.Width != 64 || c.Hidden != 192 || c.Heads != 2 || c.KVHeads != 2 || c.HeadDim != 32 || c.Layers != 4 || c.Vocab != 256 {
		t.Errorf("the configuration is %+v", c)
	}
	size := 0
	for _, name := range c.Names() {
		values, err := m.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		size += len(values)
	}
	const layer = 4*64*64 + 3*64*192 + 2*64 // attention, MLP and norms
	if want := 256*64 + 4*layer + 64; size != want {
		t.Errorf("it has %d parameters, want %d", size, want)
	}
}

func TestFlagsThatMakeNoModelAreRefused(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"-width 48 -out x", "multiple of 32"},
		{"-width 0 -out x", "multiple of 32"},
		{"-width -64 -out x", "multiple of 32"},
		{"-width 40960 -out x", "from 32 to 4096"},
		{"-width wide -out x", "invalid value"},
		{"-steps 100 -out x", "more than the 100 of the warm-up"},
		{"-width 64", "-out FOLDER"},
		{"-steps 1000", "-out FOLDER"},
		{"-width 64 -out=", "name a folder"},
		{"tiny64", `not "tiny64"`},
		{"-hidden 3", "-hidden"},
	} {
		if _, err := parse(strings.Fields(c.args), io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.args, err, c.want)
		}
	}
}
