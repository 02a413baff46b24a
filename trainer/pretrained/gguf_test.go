package pretrained

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// ggufBytes returns a GGUF file of testdata to spoil.
func ggufBytes(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "checkpoints", "q4_1.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// after returns the bytes that follow a key or a tensor's name.
func after(t testing.TB, data []byte, name string) []byte {
	t.Helper()
	_, rest, ok := bytes.Cut(data, filetest.String(name))
	if !ok {
		t.Fatalf("the file has no %q", name)
	}
	return data[len(data)-len(rest):]
}

// setUint32 overwrites the metadata value of a key, of type uint32.
func setUint32(t testing.TB, data []byte, key string, value uint32) {
	t.Helper()
	binary.LittleEndian.PutUint32(after(t, data, key)[4:], value)
}

// openBytes opens a GGUF file of this content.
func openBytes(t testing.TB, data []byte) (*Model, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.gguf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(path)
}

func TestSpoiltGGUFFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(testing.TB, []byte) []byte
		want  []string
	}{
		"another architecture": {func(t testing.TB, d []byte) []byte {
			copy(after(t, d, "general.architecture")[12:], "gemma")
			return d
		}, []string{`"gemma"`, `"llama"`}},
		"no architecture": {func(_ testing.TB, d []byte) []byte {
			return bytes.Replace(d, []byte("general.architecture"), []byte("general.architexture"), 1)
		}, []string{"general.architecture", "missing"}},
		"another type": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "llama.embedding_length"), filetest.Float32)
			return d
		}, []string{"llama.embedding_length", "floating-point", "an integer is expected"}},
		"unknown type": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "llama.embedding_length"), 99)
			return d
		}, []string{"llama.embedding_length", "99"}},
		"version":   {func(_ testing.TB, d []byte) []byte { d[4] = 2; return d }, []string{"version 2", "version 3"}},
		"truncated": {func(_ testing.TB, d []byte) []byte { return d[:len(d)-100] }, []string{"truncated", "tensor"}},
		"no data":   {func(_ testing.TB, d []byte) []byte { return d[:200] }, []string{"truncated"}},
		"one byte":  {func(_ testing.TB, d []byte) []byte { return d[:1] }, []string{"truncated"}},
		"enormous string": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(after(t, d, "general.architecture")[4:], 1<<62)
			return d
		}, []string{"4611686018427387904 bytes"}},
		"enormous counts": {func(_ testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(d[8:], 1<<63)
			return d
		}, []string{"9223372036854775808 tensors", "at most 65536"}},
		"enormous array": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(after(t, d, "tokenizer.ggml.tokens")[8:], 1<<63)
			return d
		}, []string{"damaged"}},
		"array of arrays": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "tokenizer.ggml.tokens")[4:], filetest.List)
			return d
		}, []string{"tokenizer.ggml.tokens", "array of arrays"}},
		"Q4_K": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "blk.0.attn_q.weight")[20:], 12)
			return d
		}, []string{"blk.0.attn_q.weight", "Q4_K", "F32, F16, BF16, Q8_0 and Q4_1"}},
		"unknown format": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "blk.0.attn_q.weight")[20:], 1000)
			return d
		}, []string{"blk.0.attn_q.weight", "ggml type 1000"}},
		"enormous tensor": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(after(t, d, "blk.0.attn_q.weight")[12:], 1<<31-1)
			return d
		}, []string{"blk.0.attn_q.weight", "truncated"}},
		"overflowing tensor": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(after(t, d, "blk.0.attn_q.weight")[12:], 1<<63)
			return d
		}, []string{"blk.0.attn_q.weight", "impossible shape"}},
		"ragged blocks": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(after(t, d, "blk.0.attn_q.weight")[4:], 31)
			return d
		}, []string{"blk.0.attn_q.weight", "31", "blocks of 32"}},
		"offset": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint64(after(t, d, "blk.0.attn_q.weight")[24:], 1<<63)
			return d
		}, []string{"blk.0.attn_q.weight", "truncated"}},
		"no dimensions": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "blk.0.attn_q.weight"), 0)
			return d
		}, []string{"blk.0.attn_q.weight", "0 dimensions", "1 to 4"}},
		"overlap": {func(t testing.TB, d []byte) []byte {
			begin := after(t, d, "blk.0.attn_q.weight")[24:32]
			copy(after(t, d, "blk.0.attn_k.weight")[24:], begin)
			return d
		}, []string{"self_attn.k_proj", "self_attn.q_proj", "within"}},
		"invalid text": {func(t testing.TB, d []byte) []byte {
			after(t, d, "general.architecture")[12] = 0xff
			return d
		}, []string{"UTF-8"}},
		"dimensions": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "blk.0.attn_q.weight"), 5)
			return d
		}, []string{"blk.0.attn_q.weight", "5 dimensions"}},
		"missing tensor": {func(_ testing.TB, d []byte) []byte {
			return bytes.Replace(d, []byte("blk.0.attn_norm.weight"), []byte("blk.0.attn_unknown_par"), 1)
		}, []string{"input_layernorm"}},
		"twice": {func(_ testing.TB, d []byte) []byte {
			return bytes.Replace(d, []byte("blk.0.ffn_gate.weight"), []byte("blk.0.ffn_down.weight"), 1)
		}, []string{"blk.0.ffn_down.weight", "twice"}},
		"layers":      {func(t testing.TB, d []byte) []byte { setUint32(t, d, "llama.block_count", 1<<31); return d }, []string{"layers"}},
		"no heads":    {func(t testing.TB, d []byte) []byte { setUint32(t, d, "llama.attention.head_count", 0); return d }, []string{"head"}},
		"value heads": {func(t testing.TB, d []byte) []byte { setUint32(t, d, "llama.attention.value_length", 4); return d }, []string{"value_length"}},
		"partial rope": {func(t testing.TB, d []byte) []byte {
			setUint32(t, d, "llama.rope.dimension_count", 4)
			return d
		}, []string{"llama.rope.dimension_count"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openBytes(t, c.spoil(t, ggufBytes(t)))
			filetest.Refused(t, err, append(c.want, "open model", "model.gguf")...)
		})
	}
}

func TestGGUFTokenizersOfUnknownKindsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		key    string
		at     int // in the value
		change string
		want   string
	}{
		"pre-tokenizer": {"tokenizer.ggml.pre", 12, "chatlm", `"chatlm"`},
		"model":         {"tokenizer.ggml.model", 12, "bert", `"bert"`},
	} {
		t.Run(name, func(t *testing.T) {
			data := ggufBytes(t)
			copy(after(t, data, c.key)[c.at:], c.change)
			model, err := openBytes(t, data)
			if err != nil {
				t.Fatal(err)
			}
			_, err = model.Tokenizer()
			filetest.Refused(t, err, c.want, "model.gguf")
			if err := model.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestRelativesOfLlamaInGGUFAreRefusedByName(t *testing.T) {
	for key, c := range map[string]struct {
		value any
		want  string
	}{
		"llama.expert_count":            {int64(8), "mixtures of experts"},
		"llama.rope.scaling.type":       {"yarn", `yarn`},
		"llama.attention.head_count_kv": {tensorfile.Array{}, "llama.attention.head_count_kv"},
		"llama.attention.key_length":    {int64(16), "llama.attention.value_length"},
		"tokenizer.ggml.eos_token_id":   {int64(1000), "EOS token id 1000"},
		"llama.rope.freq_base":          {0.0, "rope_theta is 0"},
		"llama.embedding_length":        {int64(1) << 40, "1099511627776"},
	} {
		_, _, err := configOf(ggufWith(t, map[string]any{key: c.value}))
		t.Run(key, func(t *testing.T) { filetest.Refused(t, err, c.want) })
	}
}

// ggufWith is the GGUF file of testdata with other metadata.
func ggufWith(t *testing.T, metadata map[string]any) *tensorfile.GGUF {
	t.Helper()
	data := ggufBytes(t)
	g, err := tensorfile.ReadGGUF(tensorfile.InMemory("q4_1.gguf", data))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(g.Metadata, metadata)
	return g
}
