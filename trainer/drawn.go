package trainer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"sweep/trainer/architecture"
	"sweep/trainer/pretrained"
)

// llamaShape is what a Llama's config.json says of its shape.
type llamaShape struct {
	Layers  int  `json:"num_hidden_layers"`
	Width   int  `json:"hidden_size"`
	Hidden  int  `json:"intermediate_size"`
	Heads   int  `json:"num_attention_heads"`
	KVHeads int  `json:"num_key_value_heads"`
	Vocab   int  `json:"vocab_size"`
	Tied    bool `json:"tie_word_embeddings"`
}

// namedShapes are the shapes that have a name.
var namedShapes = map[string]llamaShape{
	"tiny":      {Layers: 4, Width: 128, Hidden: 384, Heads: 4, KVHeads: 4, Vocab: 256, Tied: true},
	"smollm2":   {Layers: 30, Width: 576, Hidden: 1536, Heads: 9, KVHeads: 3, Vocab: 49152, Tied: true},
	"tinyllama": {Layers: 22, Width: 2048, Hidden: 5632, Heads: 32, KVHeads: 4, Vocab: 32000},
	"llama3-8b": {Layers: 32, Width: 4096, Hidden: 14336, Heads: 32, KVHeads: 8, Vocab: 128256},
}

// Shapes lists the shapes that have a name, in alphabetical order.
func Shapes() []string { return slices.Sorted(maps.Keys(namedShapes)) }

// The most blocks and elements of a shape that is measured.
const (
	maxDrawnLayers = 256
	maxDrawnWidth  = 16384
)

// parseShape returns the shape of a name, or that of LAYERSxWIDTH: heads of 64, an MLP
// of 8/3 of the width, and 32,000 tokens.
func parseShape(name string) (llamaShape, error) {
	if s, ok := namedShapes[name]; ok {
		return s, nil
	}
	var s llamaShape
	if n, err := fmt.Sscanf(name, "%dx%d", &s.Layers, &s.Width); n != 2 || err != nil || fmt.Sprintf("%dx%d", s.Layers, s.Width) != name {
		return s, fmt.Errorf("shape %q: it is %s, or LAYERSxWIDTH such as 12x768", name, strings.Join(Shapes(), ", "))
	}
	if s.Layers < 1 || s.Layers > maxDrawnLayers || s.Width < 64 || s.Width > maxDrawnWidth || s.Width%64 != 0 {
		return s, fmt.Errorf("shape %q: it has 1 to %d layers, and a width of 64 to %d that is a multiple of 64", name, maxDrawnLayers, maxDrawnWidth)
	}
	s.Heads, s.KVHeads = s.Width/64, s.Width/64
	s.Hidden, s.Vocab = (8*s.Width/3+63)/64*64, 32000
	return s, nil
}

// openDrawn opens a Llama of a shape whose weights are drawn as they are read, in
// bfloat16, and stand nowhere. It has no tokenizer.
func openDrawn(name string) (*pretrained.Model, error) {
	s, err := parseShape(name)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(struct {
		llamaShape
		Type       string   `json:"model_type"`
		Classes    []string `json:"architectures"`
		Activation string   `json:"hidden_act"`
		Positions  int      `json:"max_position_embeddings"`
		Eps        float64  `json:"rms_norm_eps"`
		Theta      float64  `json:"rope_theta"`
	}{s, "llama", []string{"LlamaForCausalLM"}, "silu", 1 << 20, 1e-5, 1e4})
	if err != nil {
		return nil, err
	}
	weights, err := drawWeights(architecture.Config{
		Architecture: architecture.Llama, Layers: s.Layers, Width: s.Width, Hidden: s.Hidden,
		Heads: s.Heads, KVHeads: s.KVHeads, HeadDim: s.Width / s.Heads, Vocab: s.Vocab, Tied: s.Tied,
	})
	if err != nil {
		return nil, err
	}
	return pretrained.OpenFS(drawnFolder{
		"config.json":       {bytes.NewReader(config), int64(len(config))},
		"model.safetensors": {weights, weights.size},
	}, name)
}

// drawnWeights is a safetensors file. Vectors are of ones, the elements of matrices
// drawn evenly from 1/32 to 1/16 of either sign, four of them from the place of the first.
type drawnWeights struct {
	header  []byte
	vectors [][2]int64 // where they begin and end
	size    int64
}

func drawWeights(c architecture.Config) (*drawnWeights, error) {
	type entry struct {
		Type    string   `json:"dtype"`
		Shape   []int    `json:"shape"`
		Offsets [2]int64 `json:"data_offsets"`
	}
	w, entries, at := &drawnWeights{}, map[string]entry{}, int64(0)
	for _, name := range c.Names() {
		shape := c.Shape(name)
		end := at + 2*int64(product(shape))
		entries[name] = entry{"BF16", shape, [2]int64{at, end}}
		if len(shape) == 1 {
			w.vectors = append(w.vectors, [2]int64{at, end})
		}
		at = end
	}
	list, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	list = append(list, bytes.Repeat([]byte(" "), -len(list)&7)...) // elements begin at a multiple of 8 bytes
	w.header = append(binary.LittleEndian.AppendUint64(nil, uint64(len(list))), list...)
	w.size = int64(len(w.header)) + at
	return w, nil
}

// ReadAt fills b from offset.
func (w *drawnWeights) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < int64(len(w.header)) {
		n = copy(b, w.header[offset:])
	}
	for n < len(b) && offset+int64(n) < w.size {
		at := offset + int64(n) - int64(len(w.header))
		var four [8]byte
		binary.LittleEndian.PutUint64(four[:], w.four(at/8))
		n += copy(b[n:min(int64(len(b)), w.size-offset)], four[at%8:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// four are the elements i to i+3, in bfloat16.
func (w *drawnWeights) four(i int64) uint64 {
	at, _ := slices.BinarySearchFunc(w.vectors, 8*i, func(v [2]int64, at int64) int { return int(v[1] - 1 - at) })
	if at < len(w.vectors) && w.vectors[at][0] <= 8*i {
		return 0x3f803f803f803f80
	}
	// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
	x := uint64(i+1) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	// A sign and seven bits of mantissa below 1/16, the exponent being that of 1/32.
	return x&0x807f807f807f807f | 0x3d003d003d003d00
}

// drawnFolder is a folder of such files.
type drawnFolder map[string]drawnFile

type drawnFile struct {
	io.ReaderAt
	size int64
}

// Open opens a file by its name.
func (d drawnFolder) Open(name string) (fs.File, error) {
	f, ok := d[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openedDrawn{drawnInfo{name, f.size}, f.ReaderAt, io.NewSectionReader(f, 0, f.size)}, nil
}

type openedDrawn struct {
	drawnInfo
	io.ReaderAt
	io.Reader
}

func (f *openedDrawn) Stat() (fs.FileInfo, error) { return f.drawnInfo, nil }
func (*openedDrawn) Close() error                 { return nil }

type drawnInfo struct {
	name string
	size int64
}

func (i drawnInfo) Name() string     { return i.name }
func (i drawnInfo) Size() int64      { return i.size }
func (drawnInfo) Mode() fs.FileMode  { return 0o444 }
func (drawnInfo) ModTime() time.Time { return time.Time{} }
func (drawnInfo) IsDir() bool        { return false }
func (drawnInfo) Sys() any           { return nil }
