package pretrained

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"sweep/trainer/tensorfile"
	"sweep/trainer/tensorfile/filetest"
)

// folder returns a checkpoint of testdata as a file system to spoil.
func folder(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	dir := filepath.Join("testdata", "checkpoints", name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = &fstest.MapFile{Data: data}
	}
	return files
}

func TestModelsThatAreNotPlainLlamaAreRefusedByName(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"other model":         {`"model_type": "llama"`, `"model_type": "bert"`, `"bert"`},
		"no model type":       {`"model_type": "llama"`, `"x": 1`, `model_type is ""`},
		"other head":          {`"LlamaForCausalLM"`, `"LlamaForSequenceClassification"`, `"LlamaForSequenceClassification"`},
		"other activation":    {`"hidden_act": "silu"`, `"hidden_act": "gelu"`, `"gelu"`},
		"attention dropout":   {`"attention_dropout": 0.0`, `"attention_dropout": 0.1`, "attention_dropout"},
		"tensor parallel":     {`"pretraining_tp": 1`, `"pretraining_tp": 2`, "pretraining_tp"},
		"quantised":           {`"mlp_bias": false`, `"quantization_config": {"quant_method": "gptq"}`, "quantization_config"},
		"spiral":              {`"rope_type": "default"`, `"rope_type": "spiral"`, `"spiral"`},
		"partial rope":        {`"rope_type": "default"`, `"partial_rotary_factor": 0.5`, "partial_rotary_factor"},
		"llama3 no factor":    {`"rope_type": "default"`, `"rope_type": "llama3"`, "factor 0"},
		"llama3 no bounds":    {`"rope_type": "default"`, `"rope_type": "llama3", "factor": 8`, "low_freq_factor"},
		"factor, no type":     {`"rope_type": "default"`, `"factor": 8`, "the factor 8"},
		"linear, no factor":   {`"rope_type": "default"`, `"rope_type": "linear"`, "factor 0"},
		"rope by layer":       {`"rope_type": "default"`, `"full_attention": {"rope_type": "default"}`, `"full_attention"`},
		"rope scaling":        {`"mlp_bias": false`, `"rope_scaling": {"type": "spiral", "factor": 2}`, `"spiral"`},
		"window":              {`"mlp_bias": false`, `"sliding_window": 16`, "sliding_window is 16"},
		"layer types":         {`"mlp_bias": false`, `"layer_types": ["full_attention", "sliding_attention"]`, `"sliding_attention"`},
		"both ways":           {`"mlp_bias": false`, `"is_causal": false`, "is_causal is false"},
		"logits":              {`"mlp_bias": false`, `"logits_scaling": 8.0`, "logits_scaling is 8.0"},
		"layers that differ":  {`"mlp_bias": false`, `"per_layer_config": {"0": {"num_attention_heads": 2}}`, "per_layer_config"},
		"padding token":       {`"pad_token_id": null`, `"pad_token_id": 48`, "padding token id 48"},
		"padding from behind": {`"pad_token_id": null`, `"pad_token_id": -49`, "padding token id -49"},
		"theta":               {`"rope_theta": 10000.0`, `"rope_theta": -1`, "rope_theta is -1"},
		"heads per group":     {`"num_key_value_heads": 2`, `"num_key_value_heads": 3`, "4 attention heads"},
		"width per head":      {`"hidden_size": 32`, `"hidden_size": 33`, "hidden_size 33"},
		"odd head":            {`"head_dim": 8`, `"head_dim": 7`, "head_dim is 7"},
		"no layers":           {`"num_hidden_layers": 2`, `"num_hidden_layers": 0`, "layers is 0"},
		"enormous layers":     {`"num_hidden_layers": 2`, `"num_hidden_layers": 1000000000`, "1000000000"},
		"enormous vocabulary": {`"vocab_size": 48`, `"vocab_size": 1000000000000`, "1000000000000"},
		"token id":            {`"eos_token_id": 2`, `"eos_token_id": 48`, "EOS token id 48"},
		"token id's type":     {`"eos_token_id": 2`, `"eos_token_id": "</s>"`, "eos_token_id"},
		"epsilon":             {`"rms_norm_eps": 1e-05`, `"rms_norm_eps": 0`, "epsilon is 0"},
		"type":                {`"hidden_size": 32`, `"hidden_size": "32"`, "hidden_size is a string there"},
		"not JSON":            {`"hidden_size": 32`, `hidden_size = 32`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, "tied")
			if name == "width per head" {
				filetest.Replace(t, files, configFile, `"head_dim": 8,`, "")
			}
			filetest.Replace(t, files, configFile, c.old, c.replacement)
			delete(files, weightsFile) // refused before a weight is read
			_, err := OpenFS(files, "models/tiny")
			filetest.Refused(t, err, filepath.Join("models", "tiny", "config.json"), c.want)
		})
	}
}

func TestSettingsOfOneFamilyAreRefusedByTheirNames(t *testing.T) {
	for change, want := range map[string]string{
		`"hidden_activation": "gelu"`:                                   `hidden_activation is "gelu"`,
		`"rope_parameters": {"rope_type": "yarn", "factor": 4}`:         `rope_parameters has "factor"`,
		`"rope_parameters": {"sliding_attention": {"rope_theta": "1"}}`: "rope_parameters of sliding_attention",
		`"use_bidirectional_attention": true`:                           "use_bidirectional_attention is true",
		`"sliding_window": -3`:                                          "sliding window is -3",
		`"sliding_window_pattern": 0`:                                   "sliding_window_pattern is 0",
		`"layer_types": ["full_attention"]`:                             "layer_types has 1 names",
		`"layer_types": ["full_attention", "chunked_attention"]`:        `"chunked_attention"`,
		`"attn_logit_softcapping": -1`:                                  "attn_logit_softcapping is -1",
	} {
		_, _, err := parseConfig([]byte(`{"model_type": "gemma3_text", "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8,
			"num_hidden_layers": 2, "num_attention_heads": 4, ` + change + `}`))
		filetest.Refused(t, err, want)
	}
}

func TestAByteOrderMarkIsNamed(t *testing.T) {
	_, _, err := parseConfig([]byte("\ufeff{}"))
	filetest.Refused(t, err, "byte order mark", "UTF-8 without one")
}

func TestDamagedFoldersAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		model string
		spoil func(testing.TB, fstest.MapFS)
		want  []string
	}{
		"no configuration": {"tied", func(_ testing.TB, f fstest.MapFS) { delete(f, configFile) }, []string{"config.json"}},
		"no weights":       {"tied", func(_ testing.TB, f fstest.MapFS) { delete(f, weightsFile) }, []string{weightsFile, indexFile}},
		"truncated weights": {"tied", func(_ testing.TB, f fstest.MapFS) {
			f[weightsFile].Data = f[weightsFile].Data[:60000]
		}, []string{weightsFile, "tensor", "truncated"}},
		"truncated header": {"tied", func(_ testing.TB, f fstest.MapFS) {
			f[weightsFile].Data = f[weightsFile].Data[:100]
		}, []string{weightsFile, "100", "truncated"}},
		"empty weights":   {"tied", func(_ testing.TB, f fstest.MapFS) { f[weightsFile].Data = nil }, []string{weightsFile, "0 bytes"}},
		"enormous header": {"tied", func(_ testing.TB, f fstest.MapFS) { f[weightsFile].Data[7] = 0xff }, []string{weightsFile, "header"}},
		"corrupt header":  {"tied", func(_ testing.TB, f fstest.MapFS) { f[weightsFile].Data[8] = '!' }, []string{weightsFile, "header is corrupt"}},
		"element type": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, weightsFile, `"model.norm.weight":{"dtype":"F32"`, `"model.norm.weight":{"dtype":"I32"`)
		}, []string{weightsFile, "model.norm.weight", "I32", "F32, F16 and BF16"}},
		"element type that is newer": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, weightsFile, `"model.norm.weight":{"dtype":"F32"`, `"model.norm.weight":{"dtype":"F8_E4M3"`)
			f[weightsFile].Data[0] += 4
		}, []string{weightsFile, "model.norm.weight", "F8_E4M3", "F32, F16 and BF16"}},
		"lengths": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, weightsFile, `"model.norm.weight":{"dtype":"F32","shape":[32]`, `"model.norm.weight":{"dtype":"F32","shape":[16]`)
		}, []string{weightsFile, "model.norm.weight", "[16]"}},
		"empty shape": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, weightsFile, `"model.norm.weight":{"dtype":"F32","shape":[32]`, `"model.norm.weight":{"dtype":"F32","shape":[0]`+" ")
		}, []string{weightsFile, "model.norm.weight", "[0]"}},
		"element type of another kind": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, weightsFile, `"model.norm.weight":{"dtype":"F32"`, `"model.norm.weight":{"dtype":null`)
		}, []string{weightsFile, "model.norm.weight", "dtype"}},
		"overlap": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[16],"data_offsets":[0,64]},
				"lm_head.weight":{"dtype":"F32","shape":[16],"data_offsets":[60,124]}}`, 124)
		}, []string{"lm_head.weight begins at byte", "within tensor model.norm.weight"}},
		"hole": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[16],"data_offsets":[4,68]}}`, 68)
		}, []string{"model.norm.weight begins at byte", "must follow one another"}},
		"surplus bytes": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}`, 65)
		}, []string{"its tensors end at byte"}},
		"tensor twice": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[16],"data_offsets":[0,64]},
				"model.norm.weight":{"dtype":"F32","shape":[16],"data_offsets":[64,128]}}`, 128)
		}, []string{"model.norm.weight stands twice"}},
		"shape twice": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[8],"shape":[16],"data_offsets":[0,64]}}`, 64)
		}, []string{"model.norm.weight", `"shape"`, "each once"}},
		"many dimensions": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[1,1,1,1,16],"data_offsets":[0,64]}}`, 64)
		}, []string{"model.norm.weight", "5 dimensions", "at most 4"}},
		"overflowing shape": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,64]}}`, 64)
		}, []string{"model.norm.weight", "impossible shape"}},
		"end before begin": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"model.norm.weight":{"dtype":"F32","shape":[16],"data_offsets":[64,0]}}`, 64)
		}, []string{"model.norm.weight", "truncated"}},
		"long name": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00005-of-00005.safetensors"].Data = filetest.Safetensors(`{"`+strings.Repeat("n", 2000)+`":{"dtype":"F32","shape":[16],"data_offsets":[0,64]}}`, 64)
		}, []string{"2000 bytes", "at most 1024"}},
		"enormous configuration": {"tied", func(_ testing.TB, f fstest.MapFS) {
			f[configFile].Data = append(f[configFile].Data, bytes.Repeat([]byte(" "), tensorfile.MaxConfig)...)
		}, []string{configFile, "more than the 1048576 bytes"}},
		"many shards": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			var b strings.Builder
			for i := range 1025 {
				fmt.Fprintf(&b, `,"t%d":"%d.safetensors"`, i, i)
			}
			f[indexFile].Data = []byte(`{"weight_map":{` + b.String()[1:] + `}}`)
		}, []string{"1025 files", "at most 1024"}},
		"wrong shape": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, configFile, `"intermediate_size": 64`, `"intermediate_size": 48`)
		}, []string{weightsFile, "gate_proj", "[64 32]", "[48 32]"}},
		"missing tensor": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, configFile, `"num_hidden_layers": 2`, `"num_hidden_layers": 3`)
		}, []string{"model.layers.2.input_layernorm.weight", "lack"}},
		"surplus tensor": {"tied", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, configFile, `"num_hidden_layers": 2`, `"num_hidden_layers": 1`)
		}, []string{"model.layers.1.", "no part"}},
		"missing shard": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			delete(f, "model-00003-of-00005.safetensors")
		}, []string{"model-00003-of-00005.safetensors", "shard is missing"}},
		"swapped shards": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) {
			f["model-00003-of-00005.safetensors"] = f["model-00004-of-00005.safetensors"]
		}, []string{"stands in"}},
		"misplaced tensor": {"untied_sharded", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, indexFile, `"lm_head.weight": "model-00005`, `"lm_head.weight": "model-00004`)
		}, []string{"lm_head.weight", "model-00004-of-00005.safetensors"}},
		"shard elsewhere": {"untied_sharded", func(t testing.TB, f fstest.MapFS) {
			filetest.Replace(t, f, indexFile, `"lm_head.weight": "model`, `"lm_head.weight": "../model`)
		}, []string{indexFile, `"../model-00005-of-00005.safetensors"`}},
		"corrupt index": {"untied_sharded", func(_ testing.TB, f fstest.MapFS) { f[indexFile].Data[0] = '!' }, []string{indexFile}},
		"empty index":   {"untied_sharded", func(_ testing.TB, f fstest.MapFS) { f[indexFile].Data = []byte("{}") }, []string{indexFile, "weight_map"}},
	} {
		t.Run(name, func(t *testing.T) {
			files := folder(t, c.model)
			c.spoil(t, files)
			_, err := OpenFS(files, "models/tiny")
			filetest.Refused(t, err, append(c.want, "open model", filepath.Join("models", "tiny"))...)
		})
	}
}

func TestOpenRefusesPathsThatAreNoModel(t *testing.T) {
	_, err := Open(filepath.Join("testdata", "absent"))
	filetest.Refused(t, err, "absent", "Hugging Face folder")
	_, err = Open("doc.go")
	filetest.Refused(t, err, "doc.go", "neither a folder nor a GGUF file")
}

func TestTensorRefusesNaNAndInfinity(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(-1)} {
		files := folder(t, "tied")
		data := files[weightsFile].Data
		binary.LittleEndian.PutUint32(data[len(data)-8:], math.Float32bits(float32(bad)))
		c, err := OpenFS(files, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Tensor("model.norm.weight")
		filetest.Refused(t, err, "model.norm.weight", "element 30", weightsFile)
	}
}

func TestTensorRefusesUnknownNames(t *testing.T) {
	c := openTest(t, filepath.Join("testdata", "checkpoints", "tied"))
	for _, name := range []string{
		"lm_head.weight", "model.layers.2.mlp.up_proj.weight", "model.layers.-1.mlp.up_proj.weight",
		"model.layers.00.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.bias", "model.layers.0..weight", "",
	} {
		_, err := c.Tensor(name)
		filetest.Refused(t, err, "no tensor", name)
	}
}

func TestAFolderWithoutATokenizerOpensAndSaysSoWhenAsked(t *testing.T) {
	_, err := openTest(t, filepath.Join("testdata", "checkpoints", "tied")).Tokenizer()
	filetest.Refused(t, err, "tokenizer.json")
}

func TestATokenizerLargerThanTheModelIsRefused(t *testing.T) {
	files := folder(t, "tied")
	data, err := os.ReadFile(filepath.Join("..", "tokenizer", "testdata", "tokenizers", "digits.json"))
	if err != nil {
		t.Fatal(err)
	}
	files[tokenizerFile] = &fstest.MapFile{Data: data}
	c, err := OpenFS(files, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Tokenizer()
	filetest.Refused(t, err, "tokenizer.json", "embeds 48")
}

// streamed is a file system whose files cannot be read at any place.
type streamed struct{ fs.FS }

func (s streamed) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	return struct{ fs.File }{f}, err
}

func TestAnyFileSystemWillDo(t *testing.T) {
	c, err := OpenFS(streamed{folder(t, "version4")}, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	other := openTest(t, filepath.Join("testdata", "checkpoints", "version4"))
	a, err := c.Hash()
	b, err2 := other.Hash()
	if err != nil || err2 != nil || a != b {
		t.Errorf("hashes %s, %v and %s, %v differ with the place", a, err, b, err2)
	}
	for name, x := range readAll(t, other) {
		if y, err := c.Tensor(name); err != nil || filetest.SumOf(x) != filetest.SumOf(y) {
			t.Errorf("%s differs: %v", name, err)
		}
	}
}

func TestHashSeesEveryFile(t *testing.T) {
	seen := map[string]string{}
	for name, spoil := range map[string]func(fstest.MapFS){
		"as it is":          func(fstest.MapFS) {},
		"another weight":    func(f fstest.MapFS) { f["model-00005-of-00005.safetensors"].Data[4000]++ },
		"another setting":   func(f fstest.MapFS) { filetest.Replace(t, f, configFile, "1e-05", "1e-06") },
		"another tokenizer": func(f fstest.MapFS) { f[tokenizerFile] = &fstest.MapFile{Data: []byte("{}")} },
	} {
		files := folder(t, "untied_sharded")
		spoil(files)
		c, err := OpenFS(files, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		hash, err := c.Hash()
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[hash]; ok {
			t.Errorf("%q and %q have the same hash", name, other)
		}
		seen[hash] = name
	}
}
