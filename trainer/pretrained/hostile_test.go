package pretrained

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"sweep/trainer/tensorfile/filetest"
)

func TestArraysOfMetadataThatNobodyReadsTakeNoMemory(t *testing.T) {
	const size = 16 << 20
	data := tinyGGUF(append(tinyTokenizer(), filetest.Pair("x.bytes", make([]byte, size)), filetest.Pair("x.texts", make([]string, size/8)))...)
	var c *Model
	var err error
	if took := filetest.Allocated(func() { c, err = openMemory(data) }); took > size/4 {
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
		b := binary.LittleEndian.AppendUint32(filetest.String(key), filetest.List)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, kind), n)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"alignment of 0":                  {tinyGGUF(filetest.Pair("general.alignment", 0)), "general.alignment is 0, but must be a power of two in 1..1048576"},
		"alignment that is no power":      {tinyGGUF(filetest.Pair("general.alignment", 48)), "general.alignment is 48"},
		"enormous alignment":              {tinyGGUF(filetest.Pair("general.alignment", 1<<30)), "general.alignment is 1073741824"},
		"alignment of another type":       {tinyGGUF(filetest.Pair("general.alignment", "32")), "general.alignment is 32"},
		"tensors at another alignment":    {append(tinyGGUF(filetest.Pair("general.alignment", 64)), make([]byte, 64)...), "tensors must follow one another"},
		"pairs":                           {header(1, 65537), "65537 pairs of metadata, but at most 65536 and 65536 are allowed"},
		"length of a key":                 {tinyGGUF(filetest.Pair(strings.Repeat("k", 1025), 1)), "1025 bytes, but at most 1024"},
		"key twice":                       {tinyGGUF(filetest.Pair("llama.block_count", 1)), "llama.block_count"},
		"array that overflows":            {append(header(0, 1), array("x", filetest.Int64, 1<<61)...), "truncated"},
		"array of an unknown type":        {append(header(0, 1), array("x", 99, 1)...), "unknown type 99"},
		"texts that are not there":        {append(header(0, 1), array("x", filetest.Text, 1<<63)...), "truncated"},
		"key that is not UTF-8":           {tinyGGUF(filetest.Pair("\xff", 1)), "not valid UTF-8"},
		"head counts that differ":         {tinyGGUF(filetest.Pair("llama.attention.head_count_kv", []byte{1, 2})), "head_count_kv\" is 1 for layer 0 and 2 for layer 1"},
		"no head counts":                  {tinyGGUF(filetest.Pair("llama.attention.head_count_kv", []byte{})), "head_count_kv\" has 0 elements"},
		"head counts of many layers":      {tinyGGUF(filetest.Pair("llama.attention.head_count_kv", make([]byte, 5000))), "head_count_kv\" has 5000 elements, but one for each layer, at most 4096"},
		"head counts that are text":       {tinyGGUF(filetest.Pair("llama.attention.head_count_kv", []string{"1"})), "it is text, but an integer is expected"},
		"epsilon that is text":            {bytes.Replace(tinyGGUF(), []byte("layer_norm_rms_epsilon"), []byte("layer_norm_rms_epsilom"), 1), "layer_norm_rms_epsilon"},
		"tensor shorter than its padding": {tinyGGUF()[:len(tinyGGUF())-32], "truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openMemory(c.data)
			filetest.Refused(t, err, "x.gguf", c.want)
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
			data := tinyGGUF(filetest.Pair("tokenizer.ggml.model", "gpt2"), filetest.Pair("tokenizer.ggml.pre", "smollm"),
				filetest.Pair("tokenizer.ggml.tokens", c.tokens), filetest.Pair("tokenizer.ggml.merges", c.merges))
			model, err := openMemory(data)
			if err != nil {
				t.Fatal(err)
			}
			took := filetest.Allocated(func() { _, err = model.Tokenizer() })
			filetest.Refused(t, err, "x.gguf", c.want)
			if took > 1<<20 {
				t.Errorf("%d bytes were allocated", took)
			}
		})
	}
}
