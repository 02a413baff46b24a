package llama

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// fileSystem is a folder of a configuration and weights.
func fileSystem(configuration, weights []byte) fstest.MapFS {
	return fstest.MapFS{configFile: {Data: configuration}, weightsFile: {Data: weights}}
}

// small is a configuration that uses every setting.
func small() Config {
	return Config{
		Vocab: 5, Width: 6, Hidden: 7, Layers: 2, Heads: 4, KVHeads: 2, HeadDim: 10, MaxPositions: 64, NormEps: 1e-6,
		Rope: Rope{Theta: 5e5, Type: "llama3", Factor: 8, LowFreq: 1, HighFreq: 4, OriginalPositions: 32},
		BOS:  -1, EOS: 4, Pad: 3,
	}
}

// ramp fills every tensor with values that bfloat16 holds.
func ramp(c Config) map[string][]float32 {
	tensors := map[string][]float32{}
	for i, name := range c.Names() {
		x := make([]float32, product(c.Shape(name)))
		for j := range x {
			x[j] = float32((i+j)%64) / 64
		}
		tensors[name] = x
	}
	return tensors
}

func product(shape []int) int {
	n := 1
	for _, size := range shape {
		n *= size
	}
	return n
}

func TestACheckpointComesBackAsItWasWritten(t *testing.T) {
	tokenizer, err := os.ReadFile(filepath.Join("testdata", "tokenizers", "digits.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dtype := range []string{"F32", "BF16"} {
		for _, tied := range []bool{false, true} {
			c := small()
			c.Vocab, c.Tied = 600, tied
			want := ramp(c)
			dir := filepath.Join(t.TempDir(), "new", "model")
			if err := WriteCheckpoint(dir, c, want, dtype, tokenizer); err != nil {
				t.Fatal(err)
			}
			got := openTest(t, dir)
			if got.Config != c {
				t.Errorf("configuration is %+v, want %+v", got.Config, c)
			}
			if _, err := got.Tokenizer(); err != nil {
				t.Error(err)
			}
			for name, x := range readAll(t, got) {
				if !slices.Equal(x, want[name]) {
					t.Errorf("%s %s differs", dtype, name)
				}
			}
		}
	}
}

func TestWriteCheckpointWritesTheSameBytesTwice(t *testing.T) {
	c := small()
	var hashes []string
	for range 2 {
		dir := t.TempDir()
		if err := WriteCheckpoint(dir, c, ramp(c), "BF16", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		hash, err := openTest(t, dir).Hash()
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("hashes %q differ", hashes)
	}
}

func TestWriteCheckpointRefusesWhatCannotBeReadBack(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*Config, map[string][]float32) (dtype string)
		want  string
	}{
		"dtype":          {func(*Config, map[string][]float32) string { return "F64" }, `"F64"`},
		"missing tensor": {func(_ *Config, x map[string][]float32) string { delete(x, "model.norm.weight"); return "F32" }, "model.norm.weight has 0"},
		"surplus tensor": {func(_ *Config, x map[string][]float32) string { x["model.bias"] = nil; return "F32" }, "model.bias"},
		"short tensor": {func(_ *Config, x map[string][]float32) string {
			x["lm_head.weight"] = x["lm_head.weight"][1:]
			return "F32"
		}, "lm_head.weight has 29"},
		"NaN": {func(_ *Config, x map[string][]float32) string {
			x["lm_head.weight"][3] = float32(math.NaN())
			return "F32"
		}, "lm_head.weight has NaN at element 3"},
		"beyond bfloat16": {func(_ *Config, x map[string][]float32) string {
			x["lm_head.weight"][3] = math.MaxFloat32
			return "BF16"
		}, "BF16"},
		"configuration": {func(c *Config, _ map[string][]float32) string { c.KVHeads = 3; return "F32" }, "heads"},
	} {
		t.Run(name, func(t *testing.T) {
			configuration := small()
			tensors := ramp(configuration)
			dtype := c.spoil(&configuration, tensors)
			dir := filepath.Join(t.TempDir(), "model")
			refused(t, WriteCheckpoint(dir, configuration, tensors, dtype, nil), "write model", dir, c.want)
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s was made: %v", dir, err)
			}
		})
	}
}

func TestAFailedWriteLeavesTheFolderAsItWas(t *testing.T) {
	dir := t.TempDir()
	c := small()
	if err := os.MkdirAll(filepath.Join(dir, configFile, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteCheckpoint(dir, c, ramp(c), "F32", nil); err == nil {
		t.Fatal("no error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestBFloat16RoundsToEven(t *testing.T) {
	for x, want := range map[float32]uint16{
		1: 0x3f80, -2: 0xc000, 1 + 1.0/256: 0x3f80, 1 + 3.0/256: 0x3f82, 1 + 1.0/256 + 1.0/65536: 0x3f81, 0: 0,
	} {
		if got := floatToBF16(x); got != want {
			t.Errorf("floatToBF16(%v) = %#x, want %#x", x, got, want)
		}
	}
}

func TestHalvesConvertExactly(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x0001: 0x1p-24, 0x83ff: -1023 * 0x1p-24, 0x7c00: math.Inf(1),
	} {
		if got := halfToFloat(h); float64(got) != want {
			t.Errorf("halfToFloat(%#x) = %v, want %v", h, got, want)
		}
	}
	if x := halfToFloat(0x7e00); x == x {
		t.Errorf("halfToFloat(0x7e00) = %v, want NaN", x)
	}
}

// smallAdapter is an adapter on the q and down projections of small.
func smallAdapter() *Adapter {
	a := &Adapter{R: 2, Alpha: 16, Targets: []string{"q_proj", "down_proj"}, Factors: map[string]Factor{}}
	c := small()
	for _, module := range modules(a.Targets, c) {
		shape := c.Shape(module + ".weight")
		f := Factor{A: make([]float32, 2*shape[1]), B: make([]float32, 2*shape[0])}
		f.A[1], f.B[2] = float32(shape[0]), float32(shape[1])
		a.Factors[module] = f
	}
	return a
}

func TestAnAdapterComesBackAsItWasWritten(t *testing.T) {
	want := smallAdapter()
	dir := filepath.Join(t.TempDir(), "adapter")
	if err := WriteAdapter(dir, want, "models/tiny"); err != nil {
		t.Fatal(err)
	}
	got, err := ReadAdapter(dir, small())
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
		if err := WriteAdapter(dir, a, ""); err != nil {
			t.Fatal(err)
		}
		hash, err := AdapterHash(dir)
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
			if err := WriteAdapter(dir, smallAdapter(), ""); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, adapterConfigFile)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := fstest.MapFS{"x": {Data: data}}
			replace(t, files, "x", c.old, c.replacement)
			if err := os.WriteFile(path, files["x"].Data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = ReadAdapter(dir, small())
			refused(t, err, "read adapter", dir, c.want)
		})
	}
}

func TestAdaptersOfAnotherModelAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := WriteAdapter(dir, smallAdapter(), ""); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"fewer layers": {func(c *Config) { c.Layers = 1 }, "model.layers.1."},
		"more layers":  {func(c *Config) { c.Layers = 3 }, "model.layers.2."},
		"wider":        {func(c *Config) { c.Width = 8 }, "[8 2]"},
	} {
		other := small()
		c.change(&other)
		_, err := ReadAdapter(dir, other)
		t.Run(name, func(t *testing.T) { refused(t, err, adapterWeightsFile, c.want) })
	}
	_, err := ReadAdapter(filepath.Join(dir, "absent"), small())
	refused(t, err, "absent", "PEFT")
}

func TestEncodeAdapterRefusesWhatPEFTCannotLoad(t *testing.T) {
	a := smallAdapter()
	a.Factors["model.layers.0.self_attn.q_proj"].B[0] = float32(math.NaN())
	_, err := EncodeAdapter(a)
	refused(t, err, "q_proj.lora_B", "NaN")
	a = smallAdapter()
	a.R = 0
	_, err = EncodeAdapter(a)
	refused(t, err, "r is 0")
}

func TestARescaledAdapterIsThatOfRescaledFactors(t *testing.T) {
	const module = "model.layers.0.self_attn.q_proj"
	adapter := func(a, b float32) *Adapter {
		f := Factor{A: []float32{1, -0.3, 1e-20, 0, 7, 2}, B: []float32{0.1, 3, -5, 1e10}}
		for i := range f.A {
			f.A[i] *= a
		}
		for i := range f.B {
			f.B[i] *= b
		}
		return &Adapter{R: 2, Alpha: 4, Factors: map[string]Factor{module: f}}
	}
	encode := func(a *Adapter) []byte {
		b, err := EncodeAdapter(a)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got, err := RescaleAdapter(encode(adapter(1, 1)), 3, -2)
	if want := encode(adapter(8, 0.25)); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
	if _, err := RescaleAdapter(encode(adapter(1, 1)), 0, 127); err == nil || !strings.Contains(err.Error(), "lora_B") {
		t.Errorf("an overflow gives %v", err)
	}
	if _, err := RescaleAdapter([]byte("no adapter"), 1, 1); err == nil {
		t.Error("what is no adapter was rescaled")
	}
}
