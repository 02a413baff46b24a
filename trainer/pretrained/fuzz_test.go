package pretrained

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// tiny is the configuration of a model of some hundred weights: what is fuzzed
// must be small to be fast.
func tiny() architecture.Config {
	return architecture.Config{
		Architecture: architecture.Llama,
		Vocab:        4, Width: 2, Hidden: 2, Layers: 1, Heads: 1, KVHeads: 1, HeadDim: 2, MaxPositions: 8, NormEps: 1e-6,
		Rope: architecture.Rope{Theta: 1e4, Type: "default"}, Tied: true, BOS: -1, EOS: -1,
	}
}

// tinyFiles are the configuration and the weights of tiny.
func tinyFiles(f *testing.F) (configuration, weights []byte) {
	configuration, err := encodeConfig(tiny(), "float32")
	if err != nil {
		f.Fatal(err)
	}
	views, err := outputs(tiny(), ramp(tiny()), "F32")
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := tensorfile.WriteSafetensors(views, &b); err != nil {
		f.Fatal(err)
	}
	return configuration, b.Bytes()
}

// tinyMetadata are pairs that describe tiny.
func tinyMetadata() [][]byte {
	c := tiny()
	return [][]byte{
		filetest.Pair("general.architecture", "llama"), filetest.Pair("llama.embedding_length", c.Width), filetest.Pair("llama.feed_forward_length", c.Hidden),
		filetest.Pair("llama.block_count", c.Layers), filetest.Pair("llama.attention.head_count", c.Heads), filetest.Pair("llama.context_length", c.MaxPositions),
		filetest.Pair("llama.attention.layer_norm_rms_epsilon", float32(c.NormEps)),
	}
}

// tinyTensors are the tensors of tiny.
func tinyTensors() []filetest.Tensor {
	c := tiny()
	var tensors []filetest.Tensor
	for _, name := range []string{
		"token_embd.weight", "blk.0.attn_norm.weight", "blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.attn_v.weight",
		"blk.0.attn_output.weight", "blk.0.ffn_norm.weight", "blk.0.ffn_gate.weight", "blk.0.ffn_up.weight", "blk.0.ffn_down.weight", "output_norm.weight",
	} {
		tensors = append(tensors, filetest.Tensor{Name: name, Shape: c.Shape(c.Of().HuggingFaceName(name))})
	}
	return tensors
}

// tinyGGUF is a GGUF file of tiny in float32, with more pairs of metadata.
func tinyGGUF(pairs ...[]byte) []byte {
	return filetest.GGUF(tinyTensors(), append(tinyMetadata(), pairs...)...)
}

// tinyTokenizer is metadata of a tokenizer for tiny.
func tinyTokenizer() [][]byte {
	return [][]byte{
		filetest.Pair("tokenizer.ggml.model", "gpt2"), filetest.Pair("tokenizer.ggml.pre", "smollm"),
		filetest.Pair("tokenizer.ggml.tokens", []string{"a", "b", "ab", "<e>"}), filetest.Pair("tokenizer.ggml.merges", []string{"a b"}),
	}
}

func FuzzGGUF(f *testing.F) {
	whole := tinyGGUF(tinyTokenizer()...)
	if _, err := openMemory(whole); err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:300])
	f.Add(tinyGGUF(filetest.Pair("general.alignment", 64), filetest.Pair("x", []byte{1, 2})))
	f.Add(bytes.Replace(whole, []byte("smollm"), []byte("qwen2\x00"), 1))
	f.Add(tinyGGUF(
		filetest.Pair("tokenizer.ggml.model", "llama"), filetest.Pair("tokenizer.ggml.tokens", []string{"<unk>", "a", "b", "ab"}),
		filetest.Pair("tokenizer.ggml.scores", []float32{0, -1, -2, -3}), filetest.Pair("tokenizer.ggml.token_type", []int64{2, 1, 4, 1}),
		filetest.Pair("tokenizer.ggml.add_bos_token", false),
	))
	for _, name := range []string{"llama_biases", "qwen2_yarn", "gemma2", "phi3_long", "granite", "cohere2"} {
		data, err := os.ReadFile(filepath.Join("testdata", "converted", name+".gguf"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := openMemory(data)
		if err == nil {
			readEverything(t, c)
		} else if !strings.Contains(err.Error(), "x.gguf") {
			t.Errorf("error %q does not name the file", err)
		}
	})
}

// readEverything reads what a checkpoint has: errors are welcome, but not
// panics, nor tensors or tokens of the wrong size.
func readEverything(t *testing.T, c *Model) {
	for _, name := range c.Names() {
		x, err := c.Tensor(name)
		if err == nil && len(x) != product(c.Config.Shape(name)) {
			t.Errorf("%s has %d elements of %v", name, len(x), c.Config.Shape(name))
		}
	}
	if tokenizer, err := c.Tokenizer(); err == nil {
		tokenizer.Decode(filetest.EncodeWithin(t, tokenizer.Encode, c.Config.Vocab))
	}
}

func FuzzFolder(f *testing.F) {
	configuration, weights := tinyFiles(f)
	f.Add(configuration, weights)
	f.Fuzz(func(t *testing.T, configuration, weights []byte) {
		c, err := OpenFS(fileSystem(configuration, weights), "tiny")
		if err == nil {
			readEverything(t, c)
		} else if !strings.Contains(err.Error(), "tiny") {
			t.Errorf("error %q does not name the folder", err)
		}
	})
}

func FuzzConfig(f *testing.F) {
	configuration, _ := tinyFiles(f)
	f.Add(configuration)
	f.Add([]byte(`{"model_type":"llama","vocab_size":4,"hidden_size":4,"intermediate_size":4,"num_hidden_layers":1,"num_attention_heads":2,` +
		`"rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":4},"eos_token_id":[1,2]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, _, err := parseConfig(data)
		if err != nil {
			return
		}
		if err := c.Check(); err != nil {
			t.Error(err)
		}
		for _, x := range c.Rope.Frequencies(min(c.HeadDim, 64), 1) {
			if !(x > 0) {
				t.Errorf("%+v has frequency %v", c.Rope, x)
			}
		}
	})
}
