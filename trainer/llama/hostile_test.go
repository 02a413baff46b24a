package llama

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestArraysOfMetadataThatNobodyReadsTakeNoMemory(t *testing.T) {
	const size = 16 << 20
	data := tinyGGUF(append(tinyTokenizer(), ggufPair("x.bytes", make([]byte, size)), ggufPair("x.texts", make([]string, size/8)))...)
	source := fileOf("x.gguf", data)
	var c *Checkpoint
	var err error
	if took := allocated(func() { c, err = opened(openGGUF(source)) }); took > size/4 {
		t.Errorf("%d bytes were allocated for a file of %d", took, len(data))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tokenizer(); err != nil {
		t.Error(err)
	}
}

func TestSpoiltMetadataIsRefused(t *testing.T) {
	header := func(tensors, pairs uint64) []byte {
		b := binary.LittleEndian.AppendUint32([]byte("GGUF"), 3)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, tensors), pairs)
	}
	array := func(key string, kind uint32, n uint64) []byte {
		b := binary.LittleEndian.AppendUint32(encodedString(key), ggufList)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, kind), n)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"alignment of 0":                  {tinyGGUF(ggufPair("general.alignment", 0)), "general.alignment is 0, but must be a power of two in 1..1048576"},
		"alignment that is no power":      {tinyGGUF(ggufPair("general.alignment", 48)), "general.alignment is 48"},
		"enormous alignment":              {tinyGGUF(ggufPair("general.alignment", 1<<30)), "general.alignment is 1073741824"},
		"alignment of another type":       {tinyGGUF(ggufPair("general.alignment", "32")), "general.alignment is 32"},
		"tensors at another alignment":    {append(tinyGGUF(ggufPair("general.alignment", 64)), make([]byte, 64)...), "tensors must follow one another"},
		"pairs":                           {header(1, 65537), "65537 pairs of metadata, but at most 65536 and 65536 are allowed"},
		"length of a key":                 {tinyGGUF(ggufPair(strings.Repeat("k", 1025), 1)), "1025 bytes, but at most 1024"},
		"key twice":                       {tinyGGUF(ggufPair("llama.block_count", 1)), "llama.block_count"},
		"array that overflows":            {append(header(0, 1), array("x", ggufInt64, 1<<61)...), "truncated"},
		"array of an unknown type":        {append(header(0, 1), array("x", 99, 1)...), "unknown type 99"},
		"texts that are not there":        {append(header(0, 1), array("x", ggufString, 1<<63)...), "truncated"},
		"key that is not UTF-8":           {tinyGGUF(ggufPair("\xff", 1)), "not valid UTF-8"},
		"head count per layer":            {tinyGGUF(ggufPair("llama.attention.head_count_kv", []byte{1})), "holds an array, but an integer is expected"},
		"epsilon that is text":            {bytes.Replace(tinyGGUF(), []byte("layer_norm_rms_epsilon"), []byte("layer_norm_rms_epsilom"), 1), "layer_norm_rms_epsilon"},
		"tensor shorter than its padding": {tinyGGUF()[:len(tinyGGUF())-32], "truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := opened(openGGUF(fileOf("x.gguf", c.data)))
			refused(t, err, "x.gguf", c.want)
		})
	}
}

func TestSpoiltTokenizersInGGUFAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		tokens, merges any
		want           string
	}{
		"tokens that are bytes": {[]byte{1, 2}, []string{}, "element 0 of metadata key \"tokenizer.ggml.tokens\": it is an integer, but text is expected"},
		"many tokens":           {make([]byte, 1<<24+1), []string{}, "16777217 elements, but at most 16777216 are allowed"},
		"tokens not in UTF-8":   {[]string{"a", "\xff"}, []string{}, "element 1"},
		"merge of nothing":      {[]string{"a", "b"}, []string{" "}, "two tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			data := tinyGGUF(ggufPair("tokenizer.ggml.model", "gpt2"), ggufPair("tokenizer.ggml.pre", "smollm"),
				ggufPair("tokenizer.ggml.tokens", c.tokens), ggufPair("tokenizer.ggml.merges", c.merges))
			model, err := opened(openGGUF(fileOf("x.gguf", data)))
			if err != nil {
				t.Fatal(err)
			}
			took := allocated(func() { _, err = model.Tokenizer() })
			refused(t, err, "x.gguf", c.want)
			if took > 1<<20 {
				t.Errorf("%d bytes were allocated", took)
			}
		})
	}
}

func TestALargeSafetensorsHeaderIsReadWithinLimits(t *testing.T) {
	var b strings.Builder
	for i := range maxTensors + 1 {
		fmt.Fprintf(&b, `,"t%d":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}`, i, 4*i, 4*i+4)
	}
	data := safetensorsOf("{"+b.String()[1:]+"}", 4*(maxTensors+1))
	var err error
	took := allocated(func() { _, err = readSafetensors(fileOf("x.safetensors", data)) })
	refused(t, err, "more than the 65536 tensors that are allowed")
	if took > uint64(20*len(data)) {
		t.Errorf("%d bytes were allocated for a file of %d", took, len(data))
	}
	prefix := binary.LittleEndian.AppendUint64(nil, maxHeader+1)
	_, err = readSafetensors(&file{data: bytes.NewReader(prefix), size: 1 << 40})
	refused(t, err, "100000001 bytes, but at most 100000000 are allowed")
	_, err = readSafetensors(fileOf("x.safetensors", safetensorsOf(`{"__metadata__":{"a":{}}}`, 0)))
	refused(t, err, `__metadata__ "a" is no text`)
	_, err = readSafetensors(fileOf("x.safetensors", safetensorsOf(`{}{}`, 0)))
	refused(t, err, "something follows")
}
