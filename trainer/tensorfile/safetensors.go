package tensorfile

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Limits of the list of tensors in a file. The largest Llama that Config allows
// has fewer tensors.
const (
	maxHeader  = 100_000_000 // bytes of a safetensors header, a limit of the format itself
	maxTensors = 1 << 16
)

// tensorEntry is what a safetensors header says of a tensor.
type tensorEntry struct {
	DType   *string
	Shape   []uint64
	Offsets []uint64 // begin and end, from the end of the header
}

// ReadSafetensors reads the header of a safetensors file: eight bytes of its
// length, then JSON. As the format has it, the tensors must fill the rest of the
// file, without overlaps and holes. The header is read entry by entry, so that
// it takes no more memory than the tensors that it lists.
func ReadSafetensors(f *File) (map[string]Tensor, error) {
	length, err := headerLength(f)
	if err != nil {
		return nil, err
	}
	data := 8 + length // where the tensors' bytes begin
	tensors := map[string]Tensor{}
	header := json.NewDecoder(io.NewSectionReader(f.data, 8, length))
	err = eachMember(header, func(name string) error {
		if name == "__metadata__" {
			return skipMetadata(header)
		}
		return addTensor(tensors, f, data, name, header)
	})
	if err != nil {
		return nil, err
	}
	if _, err := header.Token(); err != io.EOF {
		return nil, errors.New("its header is corrupt: something follows the list of tensors")
	}
	end, err := checkLayout(tensors, data, 1)
	if err != nil {
		return nil, err
	}
	if end != f.size {
		return nil, fmt.Errorf("its tensors end at byte %d, but the file has %d; it is damaged", end, f.size)
	}
	return tensors, nil
}

func headerLength(f *File) (int64, error) {
	var prefix [8]byte
	if f.size < int64(len(prefix)) {
		return 0, fmt.Errorf("it has %d bytes, too few for a safetensors file; it is truncated", f.size)
	}
	if err := f.readAt(prefix[:], 0); err != nil {
		return 0, err
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > uint64(f.size)-8 {
		return 0, fmt.Errorf("its header is to have %d bytes, but the file has %d; it is truncated, or no safetensors file", length, f.size)
	}
	if length > maxHeader {
		return 0, fmt.Errorf("its header has %d bytes, but at most %d are allowed", length, maxHeader)
	}
	return int64(length), nil
}

// addTensor reads one entry of the header.
func addTensor(tensors map[string]Tensor, f *File, data int64, name string, header *json.Decoder) error {
	if err := checkName(name); err != nil {
		return err
	}
	if _, twice := tensors[name]; twice {
		return fmt.Errorf("tensor %s stands twice in its header; it is damaged", name)
	}
	if len(tensors) == maxTensors {
		return fmt.Errorf("it has more than the %d tensors that are allowed", maxTensors)
	}
	entry, err := readEntry(header)
	if err == nil {
		tensors[name], err = locate(f, data, entry)
	}
	if err != nil {
		return fmt.Errorf("tensor %s %w", name, err)
	}
	return nil
}

// checkName bounds the name of a tensor, or of a pair of metadata, which
// messages repeat.
func checkName(name string) error {
	const limit = 1024
	if len(name) > limit {
		return fmt.Errorf("a name in its header has %d bytes, but at most %d are allowed", len(name), limit)
	}
	return nil
}

// readEntry reads the members of one tensor: dtype, shape and data_offsets, each
// once and no other.
func readEntry(header *json.Decoder) (tensorEntry, error) {
	var e tensorEntry
	err := eachMember(header, func(key string) error {
		switch {
		case key == "dtype" && e.DType == nil:
			return header.Decode(&e.DType)
		case key == "shape" && e.Shape == nil:
			return header.Decode(&e.Shape)
		case key == "data_offsets" && e.Offsets == nil:
			return header.Decode(&e.Offsets)
		}
		return fmt.Errorf("%.40q stands where dtype, shape and data_offsets should, each once", key)
	})
	if err == nil && (e.DType == nil || e.Shape == nil || len(e.Offsets) != 2) {
		err = errors.New("dtype, shape or data_offsets is missing")
	}
	if err != nil {
		return e, fmt.Errorf("has a corrupt entry in the header: %w", err)
	}
	return e, nil
}

// skipMetadata passes over what the header says beside the tensors: texts by
// their names.
func skipMetadata(header *json.Decoder) error {
	return eachMember(header, func(key string) error {
		if value, err := header.Token(); err != nil {
			return err
		} else if _, ok := value.(string); !ok {
			return fmt.Errorf("its header is corrupt: __metadata__ %.40q is no text", key)
		}
		return nil
	})
}

// eachMember reads a JSON object; read is called after each key, to read what
// belongs to it.
func eachMember(d *json.Decoder, read func(key string) error) error {
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return corrupt(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return corrupt(err)
		}
		if err := read(key.(string)); err != nil { // the decoder lets no other key pass
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return corrupt(err)
	}
	return nil
}

func corrupt(err error) error {
	if err == nil {
		err = errors.New("a JSON object is expected")
	}
	return fmt.Errorf("its header is corrupt: %w", err)
}

// locate checks a header entry against the file; data is where the tensors'
// bytes begin.
func locate(f *File, data int64, e tensorEntry) (Tensor, error) {
	format, err := safetensorsFormat(*e.DType)
	if err != nil {
		return Tensor{}, err
	}
	shape, n, err := volume(e.Shape)
	if err != nil {
		return Tensor{}, err
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin > uint64(f.size) {
		return Tensor{}, fmt.Errorf("begins at byte %d of the data, but the file has %d bytes; it is truncated", begin, f.size)
	}
	offset := data + int64(begin)
	if err := format.fits(n, offset, f.size); err != nil {
		return Tensor{}, err
	}
	if end-begin != uint64(n)*uint64(format.bytes) {
		return Tensor{}, fmt.Errorf("has shape %v of %s, but its bytes are said to be %d..%d; the header is corrupt", shape, format.name, begin, end)
	}
	return Tensor{File: f, offset: offset, Shape: shape, format: format}, nil
}
