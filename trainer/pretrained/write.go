package pretrained

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// Write writes a Hugging Face folder: model.safetensors, config.json
// and, unless tokenizerJSON is nil, tokenizer.json. The tensors are those of
// c.Names(), each of shape c.Shape(name), finite, and stored as dtype "F32", "F16" or
// "BF16" (rounded to even). Equal arguments give equal bytes.
//
// All files are written in full beside their places before the first is
// renamed into place, so an error leaves the folder as it was. Other files in
// the folder are left alone.
func Write(dir string, c architecture.Config, tensors map[string][]float32, dtype string, tokenizerJSON []byte) error {
	if err := write(dir, c, tensors, dtype, tokenizerJSON); err != nil {
		return fmt.Errorf("write model %s: %w", dir, err)
	}
	return nil
}

func write(dir string, c architecture.Config, tensors map[string][]float32, dtype string, tokenizerJSON []byte) error {
	if err := c.Check(); err != nil {
		return err
	}
	views, err := outputs(c, tensors, dtype)
	if err != nil {
		return err
	}
	configuration, err := encodeConfig(c, torchName(tensorfile.DType(dtype)))
	if err != nil {
		return err
	}
	staged := []tensorfile.OutFile{
		{Base: weightsFile, Write: func(w io.Writer) error { return tensorfile.WriteSafetensors(views, w) }},
		tensorfile.OutBytes(configFile, append(configuration, '\n')),
	}
	if tokenizerJSON != nil {
		staged = append(staged, tensorfile.OutBytes(tokenizerFile, tokenizerJSON))
	}
	return tensorfile.WriteFolder(dir, staged)
}

// outputs checks the tensors of a model and readies them for
// writing.
func outputs(c architecture.Config, tensors map[string][]float32, dtype string) (map[string]tensorfile.Output, error) {
	kind, err := tensorfile.ParseDType(dtype)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		if c.Shape(name) == nil {
			return nil, fmt.Errorf("tensor %q is no part of a %s model of this configuration", name, c.Of().Title)
		}
	}
	views := map[string]tensorfile.Output{}
	for _, name := range c.Names() {
		v, err := tensorfile.NewOutput(kind, c.Shape(name), tensors[name])
		if err != nil {
			return nil, fmt.Errorf("tensor %s %w", name, err)
		}
		views[name] = v
	}
	return views, nil
}
