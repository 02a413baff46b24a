package pretrained

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"sweep/trainer/tensorfile"
)

// Merged is a model with other weights, to be written as a Hugging Face folder.
type Merged struct {
	Model *Model
	// Change adds what was trained to a tensor: float32, row-major, by its Hugging Face
	// name.
	Change func(name string, values []float32) error
	DType  string // of the weights, as PyTorch calls it; "" is the model's own
	Shard  int64  // bytes above which the weights are split; 0 is DefaultShard
	Card   string // README.md, "" for none
}

// DefaultShard is the size of a shard in bytes where none is asked for.
const DefaultShard = 5e9

// DTypes are the formats that merged weights are written in, as PyTorch calls them.
func DTypes() []string { return []string{"float32", "bfloat16", "float16"} }

// kinds are the formats by PyTorch's names.
var kinds = map[string]tensorfile.DType{"float32": tensorfile.F32, "bfloat16": tensorfile.BF16, "float16": tensorfile.F16}

// torchName is what PyTorch calls a format.
func torchName(kind tensorfile.DType) string {
	for name, k := range kinds {
		if k == kind {
			return name
		}
	}
	return ""
}

// Write writes the folder: the weights, a tensor at a time, config.json, and of a
// Hugging Face folder the files of its tokenizer and generation_config.json as they are.
// A GGUF has none of these. Weights that a GGUF has quantised are written as float32
// unless DType says otherwise. Where one of the files is there already, that is an
// error; after an error none of them is there.
func (m Merged) Write(dir string) error {
	files, err := m.files()
	if err == nil {
		err = tensorfile.WriteNew(dir, files)
	}
	if err != nil {
		return fmt.Errorf("write model %s: %w", dir, err)
	}
	return nil
}

// files are those of the folder, the weights last: all others are small.
func (m Merged) files() ([]tensorfile.OutFile, error) {
	if _, known := kinds[m.DType]; !known && m.DType != "" {
		return nil, fmt.Errorf("dtype is %q, but must be one of %q", m.DType, DTypes())
	}
	configuration, err := m.configuration()
	if err != nil {
		return nil, err
	}
	files := []tensorfile.OutFile{tensorfile.OutBytes(configFile, configuration)}
	if m.Card != "" {
		files = append(files, tensorfile.OutBytes("README.md", []byte(m.Card)))
	}
	copied, err := m.Model.companions()
	if err != nil {
		return nil, err
	}
	weights, err := m.weights()
	if err != nil {
		return nil, err
	}
	return append(append(files, copied...), weights...), nil
}

// configuration is the config.json: the model's own, with the dtype where another is
// asked for.
func (m Merged) configuration() ([]byte, error) {
	if m.Model.folder == nil {
		dtype := m.DType
		if dtype == "" {
			dtype = "float32"
		}
		return encodeConfig(m.Model.Config, dtype)
	}
	f, err := tensorfile.OpenIn(m.Model.folder, m.Model.name, configFile)
	if err != nil {
		return nil, err
	}
	data, err := f.Content(tensorfile.MaxConfig)
	if err = errors.Join(err, f.Close()); err != nil || m.DType == "" {
		return data, err
	}
	var all map[string]json.RawMessage
	if err := tensorfile.DecodeJSON(data, "a model's configuration", &all); err != nil {
		return nil, err
	}
	dtype, err := json.Marshal(m.DType)
	if err != nil {
		return nil, err
	}
	all["dtype"], all["torch_dtype"] = dtype, dtype // of transformers 5 and 4
	return json.MarshalIndent(all, "", "  ")
}

// companions are the files of a Hugging Face folder that belong to a model beside its
// weights and its configuration.
func (m *Model) companions() (files []tensorfile.OutFile, err error) {
	if m.folder == nil {
		return nil, nil
	}
	for _, base := range []string{
		tokenizerFile, tokenizerConfigFile, addedTokensFile, "special_tokens_map.json", "vocab.json", "merges.txt",
		"tokenizer.model", "tokenizer.model.v2", "tokenizer.model.v3", "tekken.json", "tiktoken.model",
		"chat_template.jinja", "chat_template.json", "generation_config.json",
	} {
		f, err := tensorfile.OpenIn(m.folder, m.name, base)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		data, err := f.Content(maxTokenizer)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		files = append(files, tensorfile.OutBytes(base, data))
	}
	return files, nil
}

// weights are the tensors, in one file or in shards with their index.
func (m Merged) weights() ([]tensorfile.OutFile, error) {
	limit := m.Shard
	if limit == 0 {
		limit = DefaultShard
	}
	shards := []map[string]tensorfile.Stream{{}}
	var size, total int64
	for _, name := range m.Model.Names() {
		s := m.stream(name)
		if size > 0 && size+s.Bytes() > limit {
			shards, size = append(shards, map[string]tensorfile.Stream{}), 0
		}
		shards[len(shards)-1][name] = s
		size, total = size+s.Bytes(), total+s.Bytes()
	}
	if len(shards) == 1 {
		return []tensorfile.OutFile{weightsOf(weightsFile, shards[0])}, nil
	}
	if len(shards) > maxShards {
		return nil, fmt.Errorf("shards of %d bytes would be %d files, more than %d; choose larger ones", limit, len(shards), maxShards)
	}
	return shardFiles(shards, total)
}

func weightsOf(base string, tensors map[string]tensorfile.Stream) tensorfile.OutFile {
	return tensorfile.OutFile{Base: base, Write: func(w io.Writer) error { return tensorfile.WriteStreams(tensors, w) }}
}

// shardFiles names the shards as transformers does, and writes their index.
func shardFiles(shards []map[string]tensorfile.Stream, total int64) (files []tensorfile.OutFile, err error) {
	home := map[string]string{}
	for i, tensors := range shards {
		base := fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(shards))
		for name := range tensors {
			home[name] = base
		}
		files = append(files, weightsOf(base, tensors))
	}
	index, err := json.MarshalIndent(map[string]any{"metadata": map[string]any{"total_size": total}, "weight_map": home}, "", "  ")
	return append(files, tensorfile.OutBytes(indexFile, append(index, '\n'))), err
}

// stream is a tensor with its change.
func (m Merged) stream(name string) tensorfile.Stream {
	return tensorfile.Stream{Kind: m.kind(name), Shape: m.Model.Config.Shape(name), Read: func() ([]float32, error) {
		values, err := m.Model.Tensor(name)
		if err != nil {
			return nil, err
		}
		return values, m.Change(name, values)
	}}
}

// kind is the format that a tensor is written in.
func (m Merged) kind(name string) tensorfile.DType {
	if m.DType != "" {
		return kinds[m.DType]
	}
	if own, err := tensorfile.ParseDType(m.Model.tensors[name].Format()); err == nil && m.Model.folder != nil {
		return own
	}
	return tensorfile.F32
}

// HasTokenizer reports whether the folder is written with the model's tokenizer.
func (m *Model) HasTokenizer() bool {
	return m.folder != nil && slices.ContainsFunc(tokenizerKinds(), func(kind tokenizerKind) bool {
		_, err := fs.Stat(m.folder, kind.file)
		return err == nil
	})
}
