package llama

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sweep/sweep/regular"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tokenizer"
)

// Checkpoint is an open model: its configuration, and its weights and tokenizer
// still on disk. Its methods are safe for concurrent use, Close aside.
type Checkpoint struct {
	Config  Config
	Settled []string // what the model's files contradict themselves in, and what holds

	name      string // for messages
	files     []*tensorfile.File
	tensors   map[string]tensorfile.Tensor // by Hugging Face name
	tokenizer func() (*tokenizer.Tokenizer, error)
	hash      func() (string, error)
	gguf      bool // rows of Q and K are in llama.cpp's rotary order
}

// Open opens a Hugging Face folder (config.json with model.safetensors, or with
// model.safetensors.index.json and its shards) or a GGUF file. It refuses a
// model that is not a Llama before it looks at the weights, and one whose
// weights are missing, truncated or of the wrong shape.
func Open(path string) (*Checkpoint, error) {
	found, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open model: %w; name a Hugging Face folder or a .gguf file%s", err, tensorfile.HubHint(path))
	}
	if found.IsDir() {
		return OpenFS(regular.Folder(path), path)
	}
	f, err := tensorfile.OpenFile(regular.Folder(filepath.Dir(path)), filepath.Base(path), path)
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
	c.hash = sync.OnceValues(func() (string, error) { return tensorfile.Hash(c.files) })
	c.tokenizer = sync.OnceValues(c.tokenizer)
	return c, nil
}

// checkTensors holds the tensors found against those the configuration needs.
func (c *Checkpoint) checkTensors() error {
	for _, name := range c.Names() {
		want, t := c.Config.Shape(name), c.tensors[name]
		if t.File == nil {
			hint := ""
			if name == headTensor {
				hint = ", or tie_word_embeddings is to be true"
			}
			return fmt.Errorf("%s: the weights lack tensor %s; the download or export is incomplete%s", c.name, name, hint)
		}
		if !slices.Equal(t.Shape, want) {
			return fmt.Errorf("%s: tensor %s has shape %v, but the configuration asks for %v", t.File.Name(), name, t.Shape, want)
		}
	}
	for name, t := range c.tensors {
		if c.Config.Shape(name) == nil {
			return fmt.Errorf("%s: tensor %s is no part of a Llama model of this configuration; weights and configuration do not belong together", t.File.Name(), name)
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
	x, err := t.Read()
	if err == nil {
		err = tensorfile.CheckFinite(x)
	}
	if err != nil {
		return nil, fmt.Errorf("read tensor %s of %s: %w", name, t.File.Name(), err)
	}
	if heads := c.turnedHeads(name); heads > 0 {
		x = unpermute(x, heads, t.Shape)
	}
	return x, nil
}

// Hash returns the SHA-256, in hex, over the configuration, the weights and the
// tokenizer. It depends on the contents of the files, not on where they lie.
func (c *Checkpoint) Hash() (string, error) { return c.hash() }

// Tokenizer returns the model's tokenizer. An unknown part of its pipeline is
// an error that names the part.
func (c *Checkpoint) Tokenizer() (*tokenizer.Tokenizer, error) { return c.tokenizer() }

// Close closes the model's files.
func (c *Checkpoint) Close() error {
	if c == nil {
		return nil
	}
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
