package llama

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/nlpodyssey/safetensors"

	"sweep/sweep/atomicfile"
)

// WriteCheckpoint writes a Hugging Face folder: model.safetensors, config.json
// and, unless tokenizerJSON is nil, tokenizer.json. The tensors are those of
// c.Names(), each of shape c.Shape(name), finite, and stored as dtype "F32" or
// "BF16" (rounded to even). Equal arguments give equal bytes.
//
// All files are written in full beside their places before the first is
// renamed into place, so an error leaves the folder as it was. Other files in
// the folder are left alone.
func WriteCheckpoint(dir string, c Config, tensors map[string][]float32, dtype string, tokenizerJSON []byte) error {
	if err := writeCheckpoint(dir, c, tensors, dtype, tokenizerJSON); err != nil {
		return fmt.Errorf("write model %s: %w", dir, err)
	}
	return nil
}

func writeCheckpoint(dir string, c Config, tensors map[string][]float32, dtype string, tokenizerJSON []byte) error {
	if err := c.check(); err != nil {
		return err
	}
	views, err := checkpointViews(c, tensors, dtype)
	if err != nil {
		return err
	}
	configuration, err := encodeConfig(c, map[string]string{"F32": "float32", "BF16": "bfloat16"}[dtype])
	if err != nil {
		return err
	}
	staged := []stagedFile{
		{weightsFile, func(w io.Writer) error { return writeSafetensors(views, w) }},
		{configFile, writeBytes(append(configuration, '\n'))},
	}
	if tokenizerJSON != nil {
		staged = append(staged, stagedFile{tokenizerFile, writeBytes(tokenizerJSON)})
	}
	return writeFolder(dir, staged)
}

// checkpointViews checks the tensors of a checkpoint and readies them for
// writing.
func checkpointViews(c Config, tensors map[string][]float32, dtype string) (map[string]view, error) {
	kind, err := safetensors.ParseDType(dtype)
	if err != nil || kind != safetensors.F32 && kind != safetensors.BF16 {
		return nil, fmt.Errorf("dtype is %q, but must be \"F32\" or \"BF16\"", dtype)
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		if c.Shape(name) == nil {
			return nil, fmt.Errorf("tensor %q is no part of a Llama model of this configuration", name)
		}
	}
	views := map[string]view{}
	for _, name := range c.Names() {
		v, err := newView(kind, c.Shape(name), tensors[name])
		if err != nil {
			return nil, fmt.Errorf("tensor %s %w", name, err)
		}
		views[name] = v
	}
	return views, nil
}

// view is a tensor to be written. Its bytes are made when they are asked for.
type view struct {
	kind   safetensors.DType // F32 or BF16
	shape  []uint64
	values []float32
}

// newView checks that values are finite, as stored, and fill the shape.
func newView(kind safetensors.DType, shape []int, values []float32) (view, error) {
	v := view{kind: kind, values: values}
	n := 1
	for _, size := range shape {
		n *= size
		v.shape = append(v.shape, uint64(size))
	}
	if n != len(values) {
		return view{}, fmt.Errorf("has %d elements, but shape %v needs %d", len(values), shape, n)
	}
	for i, x := range values {
		if kind == safetensors.BF16 {
			x = math.Float32frombits(uint32(floatToBF16(x)) << 16)
		}
		if x-x != 0 {
			return view{}, fmt.Errorf("has %v at element %d, which cannot be stored as %v", values[i], i, kind)
		}
	}
	return v, nil
}

func (v view) DType() safetensors.DType { return v.kind }
func (v view) Shape() []uint64          { return v.shape }
func (v view) DataLen() uint64          { return uint64(len(v.values)) * v.kind.Size() }

func (v view) Data() []byte {
	b := make([]byte, 0, v.DataLen())
	for _, x := range v.values {
		if v.kind == safetensors.BF16 {
			b = binary.LittleEndian.AppendUint16(b, floatToBF16(x))
		} else {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
		}
	}
	return b
}

// writeSafetensors writes the tensors with the metadata by which transformers
// and PEFT know a file of PyTorch tensors.
func writeSafetensors(views map[string]view, w io.Writer) error {
	return safetensors.SerializeToWriter(views, map[string]string{"format": "pt"}, w)
}

// stagedFile is a file of a folder and how its content is written.
type stagedFile struct {
	base  string
	write func(io.Writer) error
}

func writeBytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// writeFolder writes all files beside their places, and gives them their names
// once all are on disk.
func writeFolder(dir string, files []stagedFile) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var staged []*atomicfile.File
	defer func() {
		for _, f := range staged {
			err = errors.Join(err, f.Discard()) // which does nothing to one in its place
		}
	}()
	for _, f := range files {
		out, err := atomicfile.Create(filepath.Join(dir, f.base))
		if err != nil {
			return err
		}
		staged = append(staged, out)
		if err := errors.Join(f.write(out), out.Flush()); err != nil {
			return fmt.Errorf("%s: %w", f.base, err)
		}
	}
	for _, f := range staged {
		if err := f.Commit(); err != nil {
			return err
		}
	}
	return nil
}
