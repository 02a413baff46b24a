package llama

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
)

const (
	configFile    = "config.json"
	weightsFile   = "model.safetensors"
	indexFile     = "model.safetensors.index.json"
	tokenizerFile = "tokenizer.json"
)

// openFolder opens a Hugging Face folder. On an error it still returns the
// files that it opened, to be closed.
func openFolder(fsys fs.FS, name string) (*Checkpoint, error) {
	c := &Checkpoint{name: name, tensors: map[string]stored{}}
	configuration, err := c.open(fsys, configFile)
	if err != nil {
		return c, err
	}
	data, err := configuration.content(maxConfig)
	if err != nil {
		return c, err
	}
	if c.Config, c.Settled, err = parseConfig(data); err != nil {
		return c, fmt.Errorf("%s: %w", configuration.name, err)
	}
	if err := c.openWeights(fsys); err != nil {
		return c, err
	}
	if err := c.checkRedundant(); err != nil {
		return c, err
	}
	return c, c.openTokenizer(fsys)
}

// open opens a file that counts towards the model's hash.
func (c *Checkpoint) open(fsys fs.FS, base string) (*file, error) {
	f, err := openIn(fsys, c.name, base)
	if err == nil {
		c.files = append(c.files, f)
	}
	return f, err
}

// openWeights finds the weights in one file, or in the shards of an index.
func (c *Checkpoint) openWeights(fsys fs.FS) error {
	shards := []string{weightsFile}
	var home map[string]string // tensor to shard; nil without an index
	if _, err := fs.Stat(fsys, weightsFile); errors.Is(err, fs.ErrNotExist) {
		if home, err = c.readIndex(fsys); err != nil {
			return err
		}
		shards = slices.Compact(slices.Sorted(maps.Values(home)))
		if len(shards) > maxShards {
			return fmt.Errorf("%s: its weights are to lie in %d files, but at most %d are read", c.name, len(shards), maxShards)
		}
	}
	for _, shard := range shards {
		if err := c.openShard(fsys, shard); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(home)) {
		if t := c.tensors[name]; t.file == nil || t.file.base != home[name] {
			return fmt.Errorf("%s: %s is to hold tensor %s, but does not", c.name, home[name], name)
		}
	}
	return nil
}

// readIndex reads which shard holds each tensor.
func (c *Checkpoint) readIndex(fsys fs.FS) (map[string]string, error) {
	f, err := c.open(fsys, indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: it holds neither %s nor %s; save the model with safe_serialization", c.name, weightsFile, indexFile)
	}
	if err != nil {
		return nil, err
	}
	data, err := f.content(maxIndex)
	if err != nil {
		return nil, err
	}
	var index struct {
		Home map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", f.name, notJSON(data, "an index of weights", err))
	}
	if len(index.Home) == 0 {
		return nil, fmt.Errorf("%s: its weight_map names no tensor", f.name)
	}
	for tensor, shard := range index.Home {
		if !fs.ValidPath(shard) {
			return nil, fmt.Errorf("%s: tensor %s is to lie in %q, which is no file of this folder", f.name, tensor, shard)
		}
	}
	return index.Home, nil
}

func (c *Checkpoint) openShard(fsys fs.FS, base string) error {
	f, err := c.open(fsys, base)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; a shard is missing: complete the download", err)
	}
	if err != nil {
		return err
	}
	tensors, err := readSafetensors(f)
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	for name, t := range tensors {
		if other := c.tensors[name].file; other != nil {
			return fmt.Errorf("%s: tensor %s stands in %s as well", f.name, name, other.name)
		}
		c.tensors[name] = t
	}
	return nil
}

func (c *Checkpoint) openTokenizer(fsys fs.FS) error {
	f, err := c.open(fsys, tokenizerFile)
	if errors.Is(err, fs.ErrNotExist) {
		c.tokenizer = func() (*Tokenizer, error) {
			return nil, fmt.Errorf("%s: it holds no %s; save the model's tokenizer beside it, or use pre-tokenised rows", c.name, tokenizerFile)
		}
		return nil
	}
	if err != nil {
		return err
	}
	c.tokenizer = func() (*Tokenizer, error) {
		data, err := f.content(maxTokenizer)
		if err != nil {
			return nil, err
		}
		t, err := parseTokenizer(data)
		if err == nil {
			err = t.checkSize(c.Config.Vocab)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		return t, nil
	}
	return nil
}
