package pretrained

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"sweep/trainer/tensorfile"
)

const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
)

// Limits of what is read whole, far above what models have.
const (
	maxIndex  = 1 << 24 // bytes of a model.safetensors.index.json
	maxShards = 1 << 10
)

// openFolder opens a Hugging Face folder. On an error it still returns the
// files that it opened, to be closed.
func openFolder(fsys fs.FS, name string) (*Model, error) {
	m := &Model{name: name, folder: fsys, tensors: map[string]tensorfile.Tensor{}}
	configuration, err := m.open(fsys, configFile)
	if err != nil {
		return m, err
	}
	data, err := configuration.Content(tensorfile.MaxConfig)
	if err != nil {
		return m, err
	}
	if m.Config, m.Contradictions, err = parseConfig(data); err != nil {
		return m, fmt.Errorf("%s: %w", configuration.Name(), err)
	}
	if err := m.openWeights(fsys); err != nil {
		return m, err
	}
	if err := m.checkRedundant(); err != nil {
		return m, err
	}
	m.chatTemplate = func() (ChatTemplate, error) { return ReadChatTemplate(fsys, name) }
	return m, m.openTokenizer(fsys)
}

// open opens a file that counts towards the model's hash.
func (m *Model) open(fsys fs.FS, base string) (*tensorfile.File, error) {
	f, err := tensorfile.OpenIn(fsys, m.name, base)
	if err == nil {
		m.files = append(m.files, f)
	}
	return f, err
}

// openWeights finds the weights in one file, or in the shards of an index.
func (m *Model) openWeights(fsys fs.FS) error {
	shards := []string{weightsFile}
	var home map[string]string // tensor to shard; nil without an index
	if _, err := fs.Stat(fsys, weightsFile); errors.Is(err, fs.ErrNotExist) {
		if home, err = m.readIndex(fsys); err != nil {
			return err
		}
		shards = slices.Compact(slices.Sorted(maps.Values(home)))
		if len(shards) > maxShards {
			return fmt.Errorf("%s: its weights are to lie in %d files, but at most %d are read", m.name, len(shards), maxShards)
		}
	}
	for _, shard := range shards {
		if err := m.openShard(fsys, shard); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(home)) {
		if t := m.tensors[name]; t.File == nil || t.File.Base() != home[name] {
			return fmt.Errorf("%s: %s is to hold tensor %s, but does not", m.name, home[name], name)
		}
	}
	return nil
}

// readIndex reads which shard holds each tensor.
func (m *Model) readIndex(fsys fs.FS) (map[string]string, error) {
	f, err := m.open(fsys, indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: it holds neither %s nor %s; save the model with safe_serialization", m.name, weightsFile, indexFile)
	}
	if err != nil {
		return nil, err
	}
	data, err := f.Content(maxIndex)
	if err != nil {
		return nil, err
	}
	var index struct {
		Home map[string]string `json:"weight_map"`
	}
	if err := tensorfile.DecodeJSON(data, "an index of weights", &index); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if len(index.Home) == 0 {
		return nil, fmt.Errorf("%s: its weight_map names no tensor", f.Name())
	}
	for tensor, shard := range index.Home {
		if !fs.ValidPath(shard) {
			return nil, fmt.Errorf("%s: tensor %s is to lie in %q, which is no file of this folder", f.Name(), tensor, shard)
		}
	}
	return index.Home, nil
}

func (m *Model) openShard(fsys fs.FS, base string) error {
	f, err := m.open(fsys, base)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; a shard is missing: complete the download", err)
	}
	if err != nil {
		return err
	}
	tensors, err := tensorfile.ReadSafetensors(f)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	for name, t := range tensors {
		if other := m.tensors[name].File; other != nil {
			return fmt.Errorf("%s: tensor %s stands in %s as well", f.Name(), name, other.Name())
		}
		m.tensors[name] = t
	}
	return nil
}
