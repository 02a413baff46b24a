package adapter

import (
	"encoding/binary"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile/filetest"
)

// tied is the model of the adapters in testdata.
func tied() architecture.Config {
	return architecture.Config{Architecture: architecture.Llama, Vocab: 48, Width: 32, Hidden: 64, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 8}
}

// small is a model whose sizes all differ.
func small() architecture.Config {
	return architecture.Config{Architecture: architecture.Llama, Vocab: 5, Width: 6, Hidden: 7, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 10}
}

// tiny is a model of some hundred weights: what is fuzzed must be small to be
// fast.
func tiny() architecture.Config {
	return architecture.Config{Architecture: architecture.Llama, Vocab: 4, Width: 2, Hidden: 2, Layers: 1, Heads: 1, KVHeads: 1, HeadDim: 2}
}

// goldens are the SHA-256 of every tensor of the adapters in testdata, as PEFT
// loads it.
func goldens(t testing.TB) map[string]map[string]string {
	t.Helper()
	var g map[string]map[string]string
	filetest.ReadJSON(t, filepath.Join("testdata", "golden.json"), &g)
	return g
}

func TestAdaptersReadAsPEFTWroteThem(t *testing.T) {
	base := tied()
	all := goldens(t)
	for name, want := range map[string]Adapter{
		"qv":         {R: 2, Alpha: 4, Targets: []string{"q_proj", "v_proj"}},
		"all_rslora": {R: 3, Alpha: 2.5, RSLoRA: true, Targets: base.Of().Projections()},
	} {
		a, err := Read(filepath.Join("testdata", "adapters", name), base)
		if err != nil {
			t.Fatal(err)
		}
		if a.R != want.R || a.Alpha != want.Alpha || a.RSLoRA != want.RSLoRA || !slices.Equal(a.Targets, want.Targets) {
			t.Errorf("%s reads as r %d, alpha %v, rsLoRA %v, targets %q, want %+v", name, a.R, a.Alpha, a.RSLoRA, a.Targets, want)
		}
		for module, f := range a.Factors {
			key := "base_model.model." + module
			if filetest.SumOf(f.A) != all[name][key+".lora_A.weight"] || filetest.SumOf(f.B) != all[name][key+".lora_B.weight"] {
				t.Errorf("%s: the factors of %s differ from PEFT's", name, module)
			}
		}
		if 2*len(a.Factors) != len(all[name]) {
			t.Errorf("%s: %d factors, want %d", name, 2*len(a.Factors), len(all[name]))
		}
	}
}

func TestEncodeAdapterWritesTheBytesThatPEFTWrites(t *testing.T) {
	base := tied()
	for name := range goldens(t) {
		dir := filepath.Join("testdata", "adapters", name)
		a, err := Read(dir, base)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, "adapter_model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s: %d bytes differ from PEFT's %d", name, len(got), len(want))
		}
	}
}

// smallAdapter is an adapter on the q and down projections of small.
func smallAdapter() *Adapter {
	a := &Adapter{R: 2, Alpha: 16, Targets: []string{"q_proj", "down_proj"}, Factors: map[string]Factor{}}
	c := small()
	for _, module := range linears(c) {
		if !slices.Contains(a.Targets, lastPart(module)) {
			continue
		}
		shape := c.Shape(module + ".weight")
		f := Factor{R: 2, A: make([]float32, 2*shape[1]), B: make([]float32, 2*shape[0])}
		f.A[1], f.B[2] = float32(shape[0]), float32(shape[1])
		a.Factors[module] = f
	}
	return a
}

func TestAnAdapterComesBackAsItWasWritten(t *testing.T) {
	want := smallAdapter()
	dir := filepath.Join(t.TempDir(), "adapter")
	if err := Write(dir, want, "models/tiny"); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir, small())
	if err != nil {
		t.Fatal(err)
	}
	same := maps.EqualFunc(got.Factors, want.Factors, func(x, y Factor) bool { return slices.Equal(x.A, y.A) && slices.Equal(x.B, y.B) })
	if !same || got.R != want.R || got.Alpha != want.Alpha || got.RSLoRA != want.RSLoRA || !slices.Equal(got.Targets, want.Targets) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

func TestAdapterHashSeesBothFiles(t *testing.T) {
	seen := map[string]bool{}
	for _, change := range []func(*Adapter){
		func(*Adapter) {},
		func(a *Adapter) { a.Alpha++ },
		func(a *Adapter) { a.Factors["model.layers.0.self_attn.q_proj"].A[0]++ },
	} {
		a := smallAdapter()
		change(a)
		dir := t.TempDir()
		if err := Write(dir, a, ""); err != nil {
			t.Fatal(err)
		}
		hash, err := Hash(dir)
		if err != nil || seen[hash] {
			t.Errorf("hash %s, %v: an error, or seen before", hash, err)
		}
		seen[hash] = true
	}
}

func TestAdaptersThatAreNotPlainLoRAAreRefusedByName(t *testing.T) {
	for name, c := range map[string]struct{ old, replacement, want string }{
		"type":       {`"LORA"`, `"IA3"`, `"IA3"`},
		"rank":       {`"r": 2`, `"r": 0`, "r is 0"},
		"other rank": {`"r": 2`, `"r": 3`, "[3 7]"},
		"alpha":      {`"lora_alpha": 16`, `"lora_alpha": -1`, "lora_alpha"},
		"dropout":    {`"lora_dropout": 0`, `"lora_dropout": 1`, "lora_dropout"},
		"bias":       {`"bias": "none"`, `"bias": "all"`, `"all"`},
		"DoRA":       {`"use_rslora": false`, `"use_dora": true`, "use_dora"},
		"pattern":    {`"use_rslora": false`, `"rank_pattern": {"q_proj": 4}`, "rank_pattern"},
		"layers":     {`"use_rslora": false`, `"layers_to_transform": [0]`, "layers_to_transform"},
		"saved":      {`"modules_to_save": null`, `"modules_to_save": ["lm_head"]`, "lm_head"},
		"parameters": {`"modules_to_save": null`, `"target_parameters": ["w"]`, "target_parameters"},
		"PiSSA":      {`"init_lora_weights": true`, `"init_lora_weights": "pissa"`, "pissa"},
		"new kind":   {`"use_rslora": false`, `"frob_config": {"x": 1}`, "frob_config"},
		"targets":    {`"q_proj"`, `"v_proj"`, `"v_proj"`},
		"not JSON":   {`"r": 2`, `"r" 2`, "JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := Write(dir, smallAdapter(), ""); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, configFile)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := fstest.MapFS{"x": {Data: data}}
			filetest.Replace(t, files, "x", c.old, c.replacement)
			if err := os.WriteFile(path, files["x"].Data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Read(dir, small())
			filetest.Refused(t, err, "read adapter", dir, c.want)
		})
	}
}

func TestAdaptersOfAnotherModelAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, smallAdapter(), ""); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*architecture.Config)
		want   string
	}{
		"fewer layers": {func(c *architecture.Config) { c.Layers = 1 }, "model.layers.1."},
		"more layers":  {func(c *architecture.Config) { c.Layers = 3 }, "model.layers.2."},
		"wider":        {func(c *architecture.Config) { c.Width = 8 }, "[8 2]"},
	} {
		other := small()
		c.change(&other)
		_, err := Read(dir, other)
		t.Run(name, func(t *testing.T) { filetest.Refused(t, err, weightsFile, c.want) })
	}
	_, err := Read(filepath.Join(dir, "absent"), small())
	filetest.Refused(t, err, "absent", "PEFT")
}

func TestEncodeAdapterRefusesWhatPEFTCannotLoad(t *testing.T) {
	a := smallAdapter()
	a.Factors["model.layers.0.self_attn.q_proj"].B[0] = float32(math.NaN())
	_, err := Encode(a)
	filetest.Refused(t, err, "q_proj.lora_B", "NaN")
	a = smallAdapter()
	a.Factors["model.layers.0.self_attn.q_proj"] = Factor{}
	_, err = Encode(a)
	filetest.Refused(t, err, "q_proj is 0")
}

func TestARescaledAdapterIsThatOfRescaledFactors(t *testing.T) {
	const module = "model.layers.0.self_attn.q_proj"
	adapter := func(a, b float32) *Adapter {
		f := Factor{R: 2, A: []float32{1, -0.3, 1e-20, 0, 7, 2}, B: []float32{0.1, 3, -5, 1e10}}
		for i := range f.A {
			f.A[i] *= a
		}
		for i := range f.B {
			f.B[i] *= b
		}
		return &Adapter{R: 2, Alpha: 4, Factors: map[string]Factor{module: f}}
	}
	encode := func(a *Adapter) []byte {
		b, err := Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got, err := Rescale(encode(adapter(1, 1)), 3, -2)
	if want := encode(adapter(8, 0.25)); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
	if _, err := Rescale(encode(adapter(1, 1)), 0, 127); err == nil || !strings.Contains(err.Error(), "lora_B") {
		t.Errorf("an overflow gives %v", err)
	}
	if _, err := Rescale([]byte("no adapter"), 1, 1); err == nil {
		t.Error("what is no adapter was rescaled")
	}
}

func TestAdaptersThatHoldMoreThanFactorsSaySo(t *testing.T) {
	base := tied()
	source := filepath.Join("testdata", "adapters", "qv")
	weights, err := os.ReadFile(filepath.Join(source, weightsFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, replacement, want string }{
		"two adapters": {"0.self_attn.q_proj.lora_A.weight", "0.self_attn.q_proj.lora_A.default.weight", "save them apart"},
		"an embedding": {"layers.0.self_attn.q_proj.lora_A.weight", "embed_tokens.weight", "embedding"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			copyFile(t, filepath.Join(source, configFile), dir)
			text := strings.Replace(string(weights[8:8+binary.LittleEndian.Uint64(weights)]), c.old, c.replacement, 1)
			whole := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), []byte(text), weights[8+binary.LittleEndian.Uint64(weights):])
			if err := os.WriteFile(filepath.Join(dir, weightsFile), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(dir, base)
			filetest.Refused(t, err, c.want)
			if strings.Contains(err.Error(), "another model") {
				t.Errorf("error is %v", err)
			}
		})
	}
	t.Run("a .bin", func(t *testing.T) {
		dir := t.TempDir()
		copyFile(t, filepath.Join(source, configFile), dir)
		if err := os.WriteFile(filepath.Join(dir, "adapter_model.bin"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(dir, base)
		filetest.Refused(t, err, "adapter_model.bin", "safetensors")
	})
}

func copyFile(t *testing.T, from, dir string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(from)), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAByteOrderMarkIsNamed(t *testing.T) {
	_, err := parseConfig([]byte("\ufeff{}"))
	filetest.Refused(t, err, "byte order mark", "UTF-8 without one")
}
