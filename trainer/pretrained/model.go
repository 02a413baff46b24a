package pretrained

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"sweep/sweep/regular"
	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tokenizer"
)

// Model is an open model: its configuration, and its weights and tokenizer
// still on disk. Its methods are safe for concurrent use, Close aside.
type Model struct {
	Config         architecture.Config
	Contradictions []string // between the model's files, each with what holds

	name      string // for messages
	folder    fs.FS  // of Hugging Face's files, nil for a GGUF
	files     []*tensorfile.File
	settings  *tensorfile.File             // of the tokenizer; nil: it has none
	changed   bool                         // by them, once the tokenizer has been read
	tensors   map[string]tensorfile.Tensor // by Hugging Face name
	tokenizer func() (*tokenizer.Tokenizer, error)
	hash      func() (string, error)

	chatTemplate func() (ChatTemplate, error)

	gguf bool // the weights are as llama.cpp has them
}

// Open opens a Hugging Face folder (config.json with model.safetensors, or with
// model.safetensors.index.json and its shards) or a GGUF file, the first where
// the model is split. It refuses a model of an unknown architecture before it
// looks at the weights, and one whose weights are missing, truncated or of the
// wrong shape.
func Open(path string) (*Model, error) {
	found, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open model: %w; name a Hugging Face folder or a .gguf file", err)
	}
	if found.IsDir() {
		return OpenFS(regular.Folder(path), path)
	}
	return opened(openGGUF(regular.Folder(filepath.Dir(path)), filepath.Base(path), path))
}

// OpenFS opens a Hugging Face folder that may lie in an archive or in the
// program itself. Messages call the folder name.
func OpenFS(fsys fs.FS, name string) (*Model, error) {
	return opened(openFolder(fsys, name))
}

// opened checks a model, which it closes if something is wrong with it.
func opened(m *Model, err error) (*Model, error) {
	if err == nil {
		err = m.checkTensors()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open model: %w", err), m.Close())
	}
	m.tokenizer = sync.OnceValues(m.tokenizer)
	m.hash = sync.OnceValues(func() (string, error) { return tensorfile.Hash(m.hashed()) })
	m.chatTemplate = sync.OnceValues(m.chatTemplate)
	return m, nil
}

// checkTensors compares the tensors found with those the configuration needs.
func (m *Model) checkTensors() error {
	for _, name := range m.Names() {
		want, t := m.Config.Shape(name), m.tensors[name]
		if t.File == nil {
			hint := ""
			if name == m.Config.Of().Head.Name {
				hint = ", or tie_word_embeddings is to be true"
			}
			return fmt.Errorf("%s: the weights lack tensor %s; the download or export is incomplete%s", m.name, name, hint)
		}
		if !slices.Equal(t.Shape, want) {
			return fmt.Errorf("%s: tensor %s has shape %v, but the configuration asks for %v", t.File.Name(), name, t.Shape, want)
		}
	}
	for name, t := range m.tensors {
		if m.Config.Shape(name) == nil {
			return fmt.Errorf("%s: tensor %s is no part of a %s model of this configuration; weights and configuration do not belong together", t.File.Name(), name, m.Config.Of().Title)
		}
	}
	return nil
}

// Names lists every tensor that the architecture needs, in the order of the
// forward pass.
func (m *Model) Names() []string { return m.Config.Names() }

// Tensor reads a tensor by its Hugging Face name: float32, row-major, of shape
// Config.Shape(name). A NaN or an infinity in it is an error.
func (m *Model) Tensor(name string) ([]float32, error) {
	t, ok := m.tensors[name]
	if !ok || m.Config.Shape(name) == nil {
		return nil, fmt.Errorf("read model %s: a %s model of its configuration has no tensor %q", m.name, m.Config.Of().Title, name)
	}
	x, err := t.Read()
	if err == nil {
		err = tensorfile.CheckFinite(x)
	}
	if err != nil {
		return nil, fmt.Errorf("read tensor %s of %s: %w", name, t.File.Name(), err)
	}
	if m.gguf {
		x = m.asHuggingFace(name, x)
	}
	return x, nil
}

// Hash returns the SHA-256, in hex, over the configuration, the weights and the
// tokenizer, with its settings where they change it. It depends on the contents of
// the files, not on where they lie.
func (m *Model) Hash() (string, error) { return m.hash() }

// Tokenizer returns the model's tokenizer. An unknown part of its pipeline is
// an error that names the part.
func (m *Model) Tokenizer() (*tokenizer.Tokenizer, error) { return m.tokenizer() }

// Close closes the model's files.
func (m *Model) Close() error {
	if m == nil {
		return nil
	}
	var errs []error
	for _, f := range m.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
