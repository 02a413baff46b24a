package builtin_test

import (
	"context"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"testing"

	"sweep/sweep"
	"sweep/trainer"
	"sweep/trainer/architecture"
	"sweep/trainer/builtin"
	"sweep/trainer/pretrained"
)

func openTiny(t *testing.T) *pretrained.Model {
	t.Helper()
	files, ok := builtin.Model()
	if !ok {
		t.Fatal("no model is built in")
	}
	c, err := pretrained.OpenFS(files, "builtin:tiny")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestTheModelIsTheTinyLlama(t *testing.T) {
	c := openTiny(t)
	want := architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        256, Width: 128, Hidden: 384, Layers: 4, Heads: 4, KVHeads: 4, HeadDim: 32, MaxPositions: 512,
		NormEps: 1e-5, Rope: architecture.Rope{Theta: 10_000, Type: "default"}, Tied: true, BOS: -1, EOS: 0, Pad: -1,
	}
	if !reflect.DeepEqual(c.Config, want) {
		t.Errorf("the configuration is\n%+v, want\n%+v", c.Config, want)
	}
	for _, name := range c.Names() {
		if _, err := c.Tensor(name); err != nil {
			t.Error(err)
		}
	}
}

func TestATokenIsAByte(t *testing.T) {
	tokenizer, err := openTiny(t).Tokenizer()
	if err != nil {
		t.Fatal(err)
	}
	text := "name[Tavo],\n a\tb \x00 'd é 日本 \U0001f600 123"
	ids, err := tokenizer.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	var want []int32
	for _, b := range []byte(text) {
		want = append(want, int32(b))
	}
	if !slices.Equal(ids, want) {
		t.Errorf("%q has the ids %v", text, ids)
	}
	if around := tokenizer.Template(); around.Before != nil || around.After != nil || tokenizer.Size() != 256 {
		t.Errorf("Template is %v, Size %d", around, tokenizer.Size())
	}
}

func TestTheModelAddsLessThan4MBToTheProgram(t *testing.T) {
	files, _ := builtin.Model()
	size := int64(0)
	err := fs.WalkDir(files, ".", func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		about, err := entry.Info()
		size += about.Size()
		return err
	})
	if err != nil || size > 4<<20 {
		t.Errorf("the model takes %d bytes, error %v", size, err)
	}
}

func TestMenusStartBelowUniformAndFarFromLearnt(t *testing.T) {
	p := sweep.Params{
		Model: "builtin:tiny", Data: "builtin:menus", Method: "full", Optimizer: "sgd", Schedule: "constant",
		Steps: 1, Batch: 8, Seq: 160, Holdout: 0.02, Shuffle: true, DType: "float32",
	}
	outcome, err := trainer.New(trainer.Options{}).Train(context.Background(), sweep.Run{Params: p}, sweep.Observer(func(sweep.Point) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	if uniform := math.Log(256); outcome.FirstLoss < 2 || outcome.FirstLoss > uniform-1 {
		t.Errorf("menus start at %v nats a byte, want 2 to %v", outcome.FirstLoss, uniform-1)
	}
}
