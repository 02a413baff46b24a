package llama

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sweep/sweep/regular"
)

// Checkpoint is an open model: its configuration, and its weights and tokenizer
// still on disk. Its methods are safe for concurrent use, Close aside.
type Checkpoint struct {
	Config  Config
	Settled []string // what the model's files contradict themselves in, and what holds

	name      string // for messages
	files     []*file
	tensors   map[string]stored // by Hugging Face name
	tokenizer func() (*Tokenizer, error)
	hash      func() (string, error)
}

// stored is where a tensor lies and how. Its length has been held against its
// file's.
type stored struct {
	file   *file
	offset int64
	shape  []int
	format format
	heads  int // > 0: rows are in llama.cpp's rotary order, over so many heads
}

// Open opens a Hugging Face folder (config.json with model.safetensors, or with
// model.safetensors.index.json and its shards) or a GGUF file. It refuses a
// model that is not a Llama before it looks at the weights, and one whose
// weights are missing, truncated or of the wrong shape.
func Open(path string) (*Checkpoint, error) {
	found, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open model: %w; name a Hugging Face folder or a .gguf file%s", err, hubHint(path))
	}
	if found.IsDir() {
		return OpenFS(regular.Folder(path), path)
	}
	f, err := openFile(regular.Folder(filepath.Dir(path)), filepath.Base(path), path)
	if err != nil {
		return nil, fmt.Errorf("open model: %w", err)
	}
	return opened(openGGUF(f))
}

// OpenFS opens a Hugging Face folder that may lie in an archive or in the
// program itself. The name stands for the folder in messages.
func OpenFS(fsys fs.FS, name string) (*Checkpoint, error) {
	return opened(openFolder(fsys, name))
}

// opened closes a checkpoint that turned out bad, and makes a good one ready.
func opened(c *Checkpoint, err error) (*Checkpoint, error) {
	if err == nil {
		err = c.checkTensors()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open model: %w", err), c.Close())
	}
	c.hash = sync.OnceValues(func() (string, error) { return hashFiles(c.files) })
	c.tokenizer = sync.OnceValues(c.tokenizer)
	return c, nil
}

// checkTensors holds the tensors found against those the configuration needs.
func (c *Checkpoint) checkTensors() error {
	for _, name := range c.Names() {
		want, t := c.Config.Shape(name), c.tensors[name]
		if t.file == nil {
			hint := ""
			if name == headTensor {
				hint = ", or tie_word_embeddings is to be true"
			}
			return fmt.Errorf("%s: the weights lack tensor %s; the download or export is incomplete%s", c.name, name, hint)
		}
		if !slices.Equal(t.shape, want) {
			return fmt.Errorf("%s: tensor %s has shape %v, but the configuration asks for %v", t.file.name, name, t.shape, want)
		}
	}
	for name, t := range c.tensors {
		if c.Config.Shape(name) == nil {
			return fmt.Errorf("%s: tensor %s is no part of a Llama model of this configuration; weights and configuration do not belong together", t.file.name, name)
		}
	}
	return nil
}

// Names lists every tensor that the architecture needs, in the order of the
// forward pass.
func (c *Checkpoint) Names() []string { return c.Config.Names() }

// Tensor reads a tensor by its Hugging Face name: float32, row-major, of shape
// Config.Shape(name). A NaN or an infinity in it is an error.
func (c *Checkpoint) Tensor(name string) ([]float32, error) {
	t, ok := c.tensors[name]
	if !ok || c.Config.Shape(name) == nil {
		return nil, fmt.Errorf("read model %s: a Llama model of its configuration has no tensor %q", c.name, name)
	}
	x, err := t.read()
	if err == nil {
		err = checkFinite(x)
	}
	if err != nil {
		return nil, fmt.Errorf("read tensor %s of %s: %w", name, t.file.name, err)
	}
	if t.heads > 0 {
		x = unpermute(x, t.heads, t.shape)
	}
	return x, nil
}

// Hash returns the SHA-256, in hex, over the configuration, the weights and the
// tokenizer. It depends on the contents of the files, not on where they lie.
func (c *Checkpoint) Hash() (string, error) { return c.hash() }

// Tokenizer returns the model's tokenizer. An unknown part of its pipeline is
// an error that names the part.
func (c *Checkpoint) Tokenizer() (*Tokenizer, error) { return c.tokenizer() }

// Close closes the model's files.
func (c *Checkpoint) Close() error {
	if c == nil {
		return nil
	}
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// length returns the tensor's elements.
func (t stored) length() int {
	n := 1
	for _, size := range t.shape {
		n *= size
	}
	return n
}

// bytes returns the bytes that the tensor takes in its file.
func (t stored) bytes() int64 { return int64(t.length()/t.format.elements) * int64(t.format.bytes) }

// read decodes the whole tensor.
func (t stored) read() ([]float32, error) {
	x := make([]float32, t.length())
	return x, t.readFrom(0, x)
}

// readFrom decodes len(x) elements from element first on, both whole blocks, a
// chunk of the file at a time.
func (t stored) readFrom(first int, x []float32) error {
	chunk := make([]byte, 4096*t.format.bytes)
	offset := t.offset + int64(first/t.format.elements)*int64(t.format.bytes)
	for rest := x; len(rest) > 0; {
		blocks := min(4096, len(rest)/t.format.elements)
		part := chunk[:blocks*t.format.bytes]
		if err := t.file.readAt(part, offset); err != nil {
			return err
		}
		for b := range blocks {
			t.format.decode(rest[b*t.format.elements:], part[b*t.format.bytes:])
		}
		rest = rest[blocks*t.format.elements:]
		offset += int64(len(part))
	}
	return nil
}

func checkFinite(x []float32) error {
	for i, v := range x {
		if v-v != 0 { // NaN, or infinite
			return fmt.Errorf("element %d is %v; the file is damaged or its training diverged", i, v)
		}
	}
	return nil
}

// fits says what is wrong where n elements in format f, starting at offset, do
// not lie within a file of size bytes.
func (f format) fits(n, offset, size int64) error {
	if n%int64(f.elements) != 0 {
		return fmt.Errorf("has %d elements, which do not fill blocks of %d as %s has them", n, f.elements, f.name)
	}
	blocks := n / int64(f.elements)
	if offset < 0 || offset > size || blocks > (size-offset)/int64(f.bytes) {
		return fmt.Errorf("needs %d elements of %s at byte %d, but the file ends at byte %d; it is truncated or damaged", n, f.name, offset, size)
	}
	return nil
}

// checkLayout checks that the tensors of a file follow one another from byte
// begin on, each at the next multiple of alignment: none over another, nothing
// between. It returns where the last one ends.
func checkLayout(tensors map[string]stored, begin, alignment int64) (end int64, err error) {
	order := slices.SortedFunc(maps.Keys(tensors), func(a, b string) int {
		return cmp.Or(cmp.Compare(tensors[a].offset, tensors[b].offset), cmp.Compare(a, b))
	})
	end, before := begin, ""
	for _, name := range order {
		t := tensors[name]
		next := (end + alignment - 1) / alignment * alignment
		switch {
		case t.offset < end:
			return 0, fmt.Errorf("tensor %s begins at byte %d, within tensor %s; the file is damaged", name, t.offset, before)
		case t.offset != next:
			return 0, fmt.Errorf("tensor %s begins at byte %d, but byte %d is expected: tensors must follow one another; the file is damaged", name, t.offset, next)
		}
		end, before = t.offset+t.bytes(), name
	}
	return end, nil
}

// maxDimensions is more than any tensor of a Llama has.
const maxDimensions = 4

// volume multiplies the sizes of a shape read from a file.
func volume(shape []uint64) (sizes []int, n int64, err error) {
	if len(shape) > maxDimensions {
		return nil, 0, fmt.Errorf("has %d dimensions, but at most %d are possible; the file is damaged", len(shape), maxDimensions)
	}
	n = 1
	for _, size := range shape {
		if size == 0 || size > math.MaxInt32 || n > math.MaxInt64/int64(size) {
			return nil, 0, fmt.Errorf("has the impossible shape %v", shape)
		}
		n *= int64(size)
		sizes = append(sizes, int(size))
	}
	if n > math.MaxInt {
		return nil, 0, fmt.Errorf("has shape %v, too large for this machine", shape)
	}
	return sizes, n, nil
}
