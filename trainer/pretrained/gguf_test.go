package pretrained

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

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

// openMemory opens a GGUF file of this content that is called x.gguf.
func openMemory(data []byte) (*Model, error) {
	return opened(openGGUF(fstest.MapFS{"x.gguf": {Data: data}}, "x.gguf", "x.gguf"))
}

func TestSpoiltGGUFFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(testing.TB, []byte) []byte
		want  []string
	}{
		"another architecture": {func(t testing.TB, d []byte) []byte {
			copy(after(t, d, "general.architecture")[12:], "rwkv7")
			return d
		}, []string{`"rwkv7"`, `"llama"`}},
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
		"version 1":  {func(_ testing.TB, d []byte) []byte { d[4] = 1; return d }, []string{"version 1", "32 bits", "only versions 2 and 3"}},
		"version 4":  {func(_ testing.TB, d []byte) []byte { d[4] = 4; return d }, []string{"version 4", "only versions 2 and 3"}},
		"big-endian": {func(_ testing.TB, d []byte) []byte { copy(d[4:], "\x00\x00\x00\x03"); return d }, []string{"big-endian", "gguf-convert-endian FILE little"}},
		"truncated":  {func(_ testing.TB, d []byte) []byte { return d[:len(d)-100] }, []string{"truncated", "tensor"}},
		"no data":    {func(_ testing.TB, d []byte) []byte { return d[:200] }, []string{"truncated"}},
		"one byte":   {func(_ testing.TB, d []byte) []byte { return d[:1] }, []string{"truncated"}},
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
		"IQ2_XS": {func(t testing.TB, d []byte) []byte {
			binary.LittleEndian.PutUint32(after(t, d, "blk.0.attn_q.weight")[20:], 17)
			return d
		}, []string{"blk.0.attn_q.weight", "IQ2_XS", "Q4_K, Q5_K, Q6_K"}},
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

func TestWhatIsNoPlainModelInGGUFIsRefusedByName(t *testing.T) {
	for key, c := range map[string]struct {
		value any
		want  string
	}{
		"llama.expert_count":            {int64(8), "mixtures of experts"},
		"llama.rope.scaling.type":       {"spiral", `"spiral", but only none, linear, yarn and longrope`},
		"llama.attention.head_count_kv": {tensorfile.Array{}, "llama.attention.head_count_kv"},
		"llama.attention.key_length":    {int64(16), "llama.attention.value_length"},
		"tokenizer.ggml.eos_token_id":   {int64(1000), "EOS token id 1000"},
		"general.type":                  {"adapter", `"adapter", but only a whole model`},
		"general.quantization_version":  {int64(1), "general.quantization_version is 1"},
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

func TestGGUFFilesOfVersion2AreReadAsThoseOf3(t *testing.T) {
	data := ggufBytes(t)
	data[4] = 2
	old, err := openBytes(t, data)
	if err != nil {
		t.Fatal(err)
	}
	sums := func(m *Model) (list []string) {
		for _, x := range readAll(t, m) {
			list = append(list, filetest.SumOf(x))
		}
		slices.Sort(list)
		return list
	}
	c := openTest(t, filepath.Join("testdata", "checkpoints", "q4_1.gguf"))
	if !slices.Equal(sums(old), sums(c)) {
		t.Error("tensors differ")
	}
	if err := old.Close(); err != nil {
		t.Error(err)
	}
}

// splitTiny is tiny in three files, as gguf-split writes them: the tensors of
// the second and third follow metadata in the first.
func splitTiny() fstest.MapFS {
	tensors := tinyTensors()
	part := func(number int) [][]byte {
		return [][]byte{filetest.Pair("split.no", number), filetest.Pair("split.count", 3), filetest.Pair("split.tensors.count", len(tensors))}
	}
	return fstest.MapFS{
		"x-00001-of-00003.gguf": {Data: filetest.GGUF(nil, slices.Concat(tinyMetadata(), tinyTokenizer(), part(0))...)},
		"x-00002-of-00003.gguf": {Data: filetest.GGUF(tensors[:5], part(1)...)},
		"x-00003-of-00003.gguf": {Data: filetest.GGUF(tensors[5:], part(2)...)},
	}
}

func TestAModelSplitIntoGGUFFilesIsRead(t *testing.T) {
	files := splitTiny()
	c, err := opened(openGGUF(files, "x-00001-of-00003.gguf", "x-00001-of-00003.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(readAll(t, c)); got != len(tinyTensors()) {
		t.Errorf("%d tensors", got)
	}
	if _, err := c.Tokenizer(); err != nil {
		t.Error(err)
	}
	before, err := c.Hash()
	if err != nil {
		t.Fatal(err)
	}
	last := files["x-00003-of-00003.gguf"].Data
	last[len(last)-1]++
	c, err = opened(openGGUF(files, "x-00001-of-00003.gguf", "x-00001-of-00003.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	if after, err := c.Hash(); err != nil || after == before {
		t.Errorf("the hash passes over the last file, %v", err)
	}
}

func TestSplitGGUFFilesThatDoNotBelongTogetherAreRefused(t *testing.T) {
	const first, second, third = "x-00001-of-00003.gguf", "x-00002-of-00003.gguf", "x-00003-of-00003.gguf"
	rename := func(from, to string) func(fstest.MapFS) {
		return func(files fstest.MapFS) { files[to] = files[from] }
	}
	replaced := func(name string, tensors []filetest.Tensor) func(fstest.MapFS) {
		return func(files fstest.MapFS) {
			files[name] = &fstest.MapFile{Data: filetest.GGUF(tensors, filetest.Pair("split.no", 2), filetest.Pair("split.count", 3))}
		}
	}
	for name, c := range map[string]struct {
		open  string
		spoil func(fstest.MapFS)
		want  []string
	}{
		"missing":        {first, func(files fstest.MapFS) { delete(files, third) }, []string{first, "3 files", third, "not exist"}},
		"second":         {second, func(fstest.MapFS) {}, []string{second, "part 2", "3 files", "name the first", "-00001-of-00003.gguf"}},
		"renamed":        {"y.gguf", rename(first, "y.gguf"), []string{"y.gguf", "-00001-of-00003.gguf", "llama-gguf-split --merge"}},
		"swapped":        {first, rename(third, second), []string{second, "part 2 of 3", "split.no is 2"}},
		"another model":  {first, func(files fstest.MapFS) { files[third] = &fstest.MapFile{Data: tinyGGUF()} }, []string{third, "split.no", "missing"}},
		"tensor dropped": {first, replaced(third, tinyTensors()[6:]), []string{first, "split.tensors.count is 11", "10 tensors"}},
		"tensor twice":   {first, replaced(third, append(tinyTensors()[:1], tinyTensors()[6:]...)), []string{third, "token_embd.weight", "twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := splitTiny()
			c.spoil(files)
			_, err := opened(openGGUF(files, c.open, c.open))
			filetest.Refused(t, err, c.want...)
		})
	}
}
