package llama

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// tiny is the configuration of a model of some hundred weights: what is fuzzed
// must be small to be fast.
func tiny() Config {
	return Config{
		Vocab: 4, Width: 2, Hidden: 2, Layers: 1, Heads: 1, KVHeads: 1, HeadDim: 2, MaxPositions: 8, NormEps: 1e-6,
		Rope: Rope{Theta: 1e4, Type: "default"}, Tied: true, BOS: -1, EOS: -1,
	}
}

// tinyFiles are the configuration and the weights of tiny.
func tinyFiles(f *testing.F) (configuration, weights []byte) {
	configuration, err := encodeConfig(tiny(), "float32")
	if err != nil {
		f.Fatal(err)
	}
	views, err := checkpointViews(tiny(), ramp(tiny()), "F32")
	if err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeSafetensors(views, &b); err != nil {
		f.Fatal(err)
	}
	return configuration, b.Bytes()
}

// ggufPair encodes a pair of metadata.
func ggufPair(key string, value any) []byte {
	b := encodedString(key)
	switch v := value.(type) {
	case int:
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, ggufUint32), uint32(v))
	case float32:
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, ggufFloat32), math.Float32bits(v))
	case string:
		return append(binary.LittleEndian.AppendUint32(b, ggufString), encodedString(v)...)
	case []byte:
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, ggufList), ggufUint8)
		return append(binary.LittleEndian.AppendUint64(b, uint64(len(v))), v...)
	case []string:
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, ggufList), ggufString)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(v)))
		for _, s := range v {
			b = append(b, encodedString(s)...)
		}
		return b
	}
	panic(fmt.Sprintf("no encoding of %T", value))
}

// tinyGGUF is a GGUF file of tiny in float32, with more pairs of metadata.
func tinyGGUF(pairs ...[]byte) []byte {
	c := tiny()
	pairs = append([][]byte{
		ggufPair("general.architecture", "llama"), ggufPair("llama.embedding_length", c.Width), ggufPair("llama.feed_forward_length", c.Hidden),
		ggufPair("llama.block_count", c.Layers), ggufPair("llama.attention.head_count", c.Heads), ggufPair("llama.context_length", c.MaxPositions),
		ggufPair("llama.attention.layer_norm_rms_epsilon", float32(c.NormEps)),
	}, pairs...)
	names := []string{
		"token_embd.weight", "blk.0.attn_norm.weight", "blk.0.attn_q.weight", "blk.0.attn_k.weight", "blk.0.attn_v.weight",
		"blk.0.attn_output.weight", "blk.0.ffn_norm.weight", "blk.0.ffn_gate.weight", "blk.0.ffn_up.weight", "blk.0.ffn_down.weight", "output_norm.weight",
	}
	b := binary.LittleEndian.AppendUint32([]byte("GGUF"), 3)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(names)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(pairs)))
	b = append(b, bytes.Join(pairs, nil)...)
	offset := 0
	for _, name := range names {
		shape := reversed(c.Shape(huggingFaceName(name)))
		b = binary.LittleEndian.AppendUint32(append(b, encodedString(name)...), uint32(len(shape)))
		for _, size := range shape {
			b = binary.LittleEndian.AppendUint64(b, uint64(size))
		}
		b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(b, 0), uint64(offset))
		offset += (4*product(shape) + 31) / 32 * 32
	}
	return append(b, make([]byte, -len(b)&31+offset)...)
}

// tinyTokenizer is metadata of a tokenizer for tiny.
func tinyTokenizer() [][]byte {
	return [][]byte{
		ggufPair("tokenizer.ggml.model", "gpt2"), ggufPair("tokenizer.ggml.pre", "smollm"),
		ggufPair("tokenizer.ggml.tokens", []string{"a", "b", "ab", "<e>"}), ggufPair("tokenizer.ggml.merges", []string{"a b"}),
	}
}

func FuzzGGUF(f *testing.F) {
	whole := tinyGGUF(tinyTokenizer()...)
	if _, err := opened(openGGUF(fileOf("x.gguf", whole))); err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:300])
	f.Add(tinyGGUF(ggufPair("general.alignment", 64), ggufPair("x", []byte{1, 2})))
	f.Add(bytes.Replace(whole, []byte("smollm"), []byte("qwen2\x00"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := opened(openGGUF(fileOf("x.gguf", data)))
		if err == nil {
			readEverything(t, c)
		} else if !strings.Contains(err.Error(), "x.gguf") {
			t.Errorf("error %q does not name the file", err)
		}
	})
}

// readEverything reads what a checkpoint has: errors are welcome, but not
// panics, nor tensors or tokens of the wrong size.
func readEverything(t *testing.T, c *Checkpoint) {
	for _, name := range c.Names() {
		x, err := c.Tensor(name)
		if err == nil && len(x) != product(c.Config.Shape(name)) {
			t.Errorf("%s has %d elements of %v", name, len(x), c.Config.Shape(name))
		}
	}
	if tokenizer, err := c.Tokenizer(); err == nil {
		encodeWithin(t, tokenizer, c.Config.Vocab)
	}
}

// encodeWithin checks that a tokenizer gives ids below vocab, the same twice.
func encodeWithin(t *testing.T, tokenizer *Tokenizer, vocab int) {
	const text = "a few words, 12 of them<e> abab"
	ids, err := tokenizer.Encode(text)
	again, errAgain := tokenizer.Encode(text)
	if err != nil || errAgain != nil || fmt.Sprint(ids) != fmt.Sprint(again) {
		t.Errorf("ids are %v, %v and then %v, %v", ids, err, again, errAgain)
	}
	for _, id := range ids {
		if id < 0 || int(id) >= vocab {
			t.Errorf("id %d is outside a vocabulary of %d", id, vocab)
		}
	}
	tokenizer.Decode(ids)
}

func FuzzSafetensors(f *testing.F) {
	configuration, weights := tinyFiles(f)
	if _, err := OpenFS(fileSystem(configuration, weights), "tiny"); err != nil {
		f.Fatal(err)
	}
	f.Add(weights)
	f.Add(weights[:300])
	f.Add(safetensorsOf(`{"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]}}  `, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		source := fileOf("x.safetensors", data)
		tensors, err := readSafetensors(source)
		if err != nil {
			return
		}
		var total int64
		for name, s := range tensors {
			x, err := s.read()
			if err != nil || len(x) != product(s.shape) {
				t.Errorf("%s of shape %v has %d elements, %v", name, s.shape, len(x), err)
			}
			total += s.bytes()
		}
		if header := int64(binary.LittleEndian.Uint64(data)); 8+header+total != source.size {
			t.Errorf("%d bytes of tensors and a header of %d in a file of %d", total, header, source.size)
		}
	})
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
		if err := c.check(); err != nil {
			t.Error(err)
		}
		for _, x := range c.Rope.Frequencies(min(c.HeadDim, 64)) {
			if !(x > 0) {
				t.Errorf("%+v has frequency %v", c.Rope, x)
			}
		}
	})
}

func FuzzAdapter(f *testing.F) {
	a := &Adapter{R: 1, Alpha: 2, Targets: []string{"q_proj"}, Factors: map[string]Factor{
		"model.layers.0.self_attn.q_proj": {A: []float32{1, 2}, B: []float32{3, 4}},
	}}
	configuration, err := encodeAdapterConfig(a, "tiny")
	if err != nil {
		f.Fatal(err)
	}
	weights, err := EncodeAdapter(a)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(configuration, weights)
	f.Add([]byte(`{"peft_type":"LORA","r":1,"lora_alpha":1,"target_modules":["q_proj"],"use_rslora":true}`), weights)
	f.Fuzz(func(t *testing.T, configuration, weights []byte) {
		a, err := decodeAdapter(fileOf("c.json", configuration), fileOf("w.safetensors", weights), tiny())
		if err != nil {
			if !strings.Contains(err.Error(), "c.json") && !strings.Contains(err.Error(), "w.safetensors") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		encoded, err := EncodeAdapter(a)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decodeAdapter(fileOf("c.json", configuration), fileOf("w.safetensors", encoded), tiny())
		if err != nil || fmt.Sprint(a.Factors) != fmt.Sprint(again.Factors) {
			t.Errorf("the adapter comes back as %v, %v", again, err)
		}
		if _, err := RescaleAdapter(encoded, 1, -1); err != nil && !strings.Contains(err.Error(), "cannot be stored") {
			t.Error(err)
		}
	})
}

func FuzzEncodeKeepsEveryByte(f *testing.F) {
	f.Add("a <|end|>b 12\n\n\tcafé 日本")
	f.Add("'s 'LL \u00a0 x\r\n")
	tokenizers := []*Tokenizer{readTokenizer(f, "digits"), readTokenizer(f, "llama3"), readTokenizer(f, "bytelevel")}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tokenizer := range tokenizers {
			ids, err := tokenizer.Encode(text)
			if (err == nil) != utf8.ValidString(text) {
				t.Fatalf("Encode(%q): %v", text, err)
			}
			if got := tokenizer.Decode(ids); err == nil && got != text {
				t.Fatalf("%q came back as %q", text, got)
			}
		}
	})
}

func FuzzTokenizerFile(f *testing.F) {
	model := `"model":{"type":"BPE","unk_token":"s","fuse_unk":true,"vocab":{"s":0,"o":1,"so":2},"merges":["s o"]}`
	for _, pipeline := range []string{
		`"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel"}]}`,
		`"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"use_regex":false},"decoder":{"type":"ByteLevel"}`,
		`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated","pattern":{"Regex":"` +
			strings.ReplaceAll(qwen2Pattern, `\`, `\\`) + `"}},{"type":"ByteLevel","use_regex":false}]}`,
	} {
		f.Add([]byte(`{` + pipeline + `,"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{}}]},` +
			`"added_tokens":[{"id":3,"content":"<e>"},{"id":2,"content":"so","normalized":true}],` + model + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if tokenizer, err := parseTokenizer(data); err == nil {
			encodeWithin(t, tokenizer, tokenizer.Size())
		}
	})
}
