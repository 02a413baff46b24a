package trainer

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestDrawnWeightsAreTheSameWhereverReadingBegins(t *testing.T) {
	s, err := openDrawn("2x64")
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, s)
	w, err := drawWeights(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	whole := make([]byte, w.size)
	if n, err := w.ReadAt(whole, 0); n != len(whole) || err != nil {
		t.Fatalf("read %d of %d bytes: %v", n, len(whole), err)
	}
	for _, at := range []int64{1, 7, int64(len(w.header)) - 3, int64(len(w.header)) + 5, w.size - 9} {
		part := make([]byte, 24)
		n, err := w.ReadAt(part, at)
		if !bytes.Equal(part[:n], whole[at:at+int64(n)]) || n < len(part) && !errors.Is(err, io.EOF) {
			t.Errorf("from byte %d on: %x (%v), want %x", at, part[:n], err, whole[at:at+int64(n)])
		}
	}
}

func TestDrawnModelsAreLlamasOfTheirShape(t *testing.T) {
	for _, name := range append(Shapes(), "3x192") {
		m, err := openDrawn(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, _ := parseShape(name)
		if c := m.Config; c.Layers != want.Layers || c.Width != want.Width || c.Hidden != want.Hidden || c.KVHeads != want.KVHeads || c.Vocab != want.Vocab || c.Tied != want.Tied {
			t.Errorf("%s is %+v, want %+v", name, c, want)
		}
		closing(t, m)
	}
	m, err := openDrawn("1x64")
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, m)
	norm, err := m.Tensor("model.norm.weight")
	if err != nil || slices.ContainsFunc(norm, func(x float32) bool { return x != 1 }) {
		t.Errorf("the last norm is %v (%v), want ones", norm, err)
	}
	sum := float32(0)
	w, err := m.Tensor("model.layers.0.mlp.down_proj.weight")
	for _, x := range w {
		sum += x
		if size := max(x, -x); size < 1./32 || size >= 1./16 {
			t.Fatalf("an element of down_proj is %v (%v)", x, err)
		}
	}
	if mean := sum / float32(len(w)); mean < -0.01 || mean > 0.01 {
		t.Errorf("the mean of down_proj is %v", mean)
	}
}

func TestWhatIsNoShapeIsRefused(t *testing.T) {
	for _, name := range []string{"", "smol", "0x64", "4x65", "4x", "4x128x2", "04x128", "1000x64", "4x-64"} {
		if _, err := openDrawn(name); err == nil || !strings.Contains(err.Error(), "shape") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func closing(t *testing.T, c io.Closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
