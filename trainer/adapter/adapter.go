package adapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep/regular"
	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// Adapter is a LoRA adapter (arXiv 2106.09685): to the weight W [out, in] of
// every projection it names, it adds scale * B A, where the scale is Alpha/R,
// or Alpha/sqrt(R) with RSLoRA (arXiv 2312.03732).
type Adapter struct {
	R       int
	Alpha   float64
	RSLoRA  bool
	Dropout float64           // of each projection's input to A, in training
	Targets []string          // of the architecture's projections, in their order; each in every layer
	Factors map[string]Factor // by module, such as "model.layers.0.self_attn.q_proj"
}

// Factor is the two low-rank factors of one projection.
type Factor struct {
	A []float32 // [r, in]
	B []float32 // [out, r]
}

const (
	configFile  = "adapter_config.json"
	weightsFile = "adapter_model.safetensors"
	prefix      = "base_model.model."
)

// Read reads a PEFT folder (adapter_config.json and
// adapter_model.safetensors) for a model of configuration c. A variant of LoRA
// other than the plain one, a factor of another shape, a projection that lacks
// in a layer, and a NaN or an infinity are errors.
func Read(dir string, c architecture.Config) (*Adapter, error) {
	a, err := read(dir, c)
	if err != nil {
		return nil, fmt.Errorf("read adapter: %w", err)
	}
	return a, nil
}

func read(dir string, c architecture.Config) (a *Adapter, err error) {
	files, err := openFiles(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	return decode(files[0], files[1], c)
}

// decode reads an adapter from its two open files.
func decode(configuration, weights *tensorfile.File, c architecture.Config) (*Adapter, error) {
	data, err := configuration.Content(tensorfile.MaxConfig)
	if err != nil {
		return nil, err
	}
	j, err := parseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configuration.Name(), err)
	}
	a := &Adapter{R: j.R, Alpha: j.Alpha, RSLoRA: j.RSLoRA, Dropout: j.Dropout, Factors: map[string]Factor{}}
	if err = a.readFactors(weights, c); err == nil {
		err = a.checkTargets(j.Targets, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", weights.Name(), err)
	}
	return a, nil
}

// openFiles opens the two files of an adapter, the configuration first.
func openFiles(dir string) ([]*tensorfile.File, error) {
	var files []*tensorfile.File
	for _, base := range []string{configFile, weightsFile} {
		f, err := tensorfile.OpenIn(regular.Folder(dir), dir, base)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("%w; %s", err, hint(dir))
			}
			return nil, errors.Join(err, closeAll(files))
		}
		files = append(files, f)
	}
	return files, nil
}

// hint says what to do about a folder that lacks a file of an adapter.
func hint(dir string) string {
	if _, err := os.Stat(filepath.Join(dir, "adapter_model.bin")); err == nil {
		return "the adapter_model.bin beside it is not read; load the adapter in PEFT and save it again with save_pretrained, which writes safetensors"
	}
	return "name a folder that PEFT's save_pretrained wrote" + tensorfile.HubHint(dir)
}

func closeAll(files []*tensorfile.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// readFactors reads every tensor of the adapter's weights.
func (a *Adapter) readFactors(f *tensorfile.File, c architecture.Config) error {
	tensors, err := tensorfile.ReadSafetensors(f)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(tensors)) {
		if err := a.readFactor(key, tensors[key], c); err != nil {
			return fmt.Errorf("tensor %s %w", key, err)
		}
	}
	if len(a.Factors) == 0 {
		return errors.New("it holds no factors")
	}
	return nil
}

func (a *Adapter) readFactor(key string, t tensorfile.Tensor, c architecture.Config) error {
	module, isA, ok := splitFactor(key)
	if err := checkFactorName(key); err != nil {
		return err
	}
	shape := c.Shape(module + ".weight")
	if !ok || len(shape) != 2 || !slices.Contains(c.Of().Projections(), lastPart(module)) {
		return fmt.Errorf("is no factor of one of the projections %q of a model with %d layers; it belongs to another model", c.Of().Projections(), c.Layers)
	}
	want := []int{shape[0], a.R}
	if isA {
		want = []int{a.R, shape[1]}
	}
	if !slices.Equal(t.Shape, want) {
		return fmt.Errorf("has shape %v, but r = %d and the model ask for %v", t.Shape, a.R, want)
	}
	x, err := t.Read()
	if err == nil {
		err = tensorfile.CheckFinite(x)
	}
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	factor := a.Factors[module]
	if isA {
		factor.A = x
	} else {
		factor.B = x
	}
	a.Factors[module] = factor
	return nil
}

// checkFactorName refuses, with what to do about them, names of tensors that
// adapters hold beside the factors, or hold them by.
func checkFactorName(key string) error {
	switch {
	case strings.Contains(key, ".lora_A.default.") || strings.Contains(key, ".lora_B.default."):
		return errors.New("has the adapter's name \"default\" in it, as in a model's state_dict; save the adapter with PEFT's save_pretrained, which leaves it out")
	case strings.Contains(key, "embed_tokens") || strings.Contains(key, "lm_head"):
		return errors.New("is of the embedding or the head, which PEFT saves if they were trained or the vocabulary was enlarged, but only factors of projections are read; save with save_embedding_layers=False if they are the base model's")
	}
	return nil
}

// splitFactor splits PEFT's name of a factor into the module and which of the
// two it is.
func splitFactor(key string) (module string, isA, ok bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	if module, isA = strings.CutSuffix(rest, ".lora_A.weight"); isA {
		return module, true, ok
	}
	module, isB := strings.CutSuffix(rest, ".lora_B.weight")
	return module, false, ok && isB
}

func lastPart(module string) string { return module[strings.LastIndexByte(module, '.')+1:] }

// checkTargets fills in Targets and checks that each has both factors in every
// layer, and that those the configuration lists are there.
func (a *Adapter) checkTargets(listed json.RawMessage, c architecture.Config) error {
	held := map[string]bool{}
	for module := range a.Factors {
		held[lastPart(module)] = true
	}
	var names []string
	if json.Unmarshal(listed, &names) == nil { // not a list: a pattern, or "all-linear"
		for _, name := range names {
			if !held[lastPart(name)] {
				return fmt.Errorf("target_modules lists %q, but no factor of it is here", name)
			}
		}
	}
	for _, target := range c.Of().Projections() {
		if held[target] {
			a.Targets = append(a.Targets, target)
		}
	}
	for _, module := range modules(a.Targets, c) {
		if f := a.Factors[module]; f.A == nil || f.B == nil {
			return fmt.Errorf("it lacks lora_A or lora_B of %s; an adapter must have every target in every layer", module)
		}
	}
	return nil
}

// modules lists the targets in every layer, in the order of the forward pass.
func modules(targets []string, c architecture.Config) []string {
	var list []string
	for _, name := range c.Names() {
		module := strings.TrimSuffix(name, ".weight")
		if slices.Contains(targets, lastPart(module)) {
			list = append(list, module)
		}
	}
	return list
}

// Hash returns the SHA-256, in hex, over the contents of an adapter's
// two files.
func Hash(dir string) (hash string, err error) {
	files, err := openFiles(dir)
	if err != nil {
		return "", fmt.Errorf("hash adapter: %w", err)
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	return tensorfile.Hash(files)
}

// Encode returns the bytes of PEFT's adapter_model.safetensors, float32.
// Equal adapters give equal bytes.
func Encode(a *Adapter) ([]byte, error) {
	views, err := a.views()
	if err != nil {
		return nil, fmt.Errorf("encode adapter: %w", err)
	}
	var b bytes.Buffer
	if err := tensorfile.WriteSafetensors(views, &b); err != nil {
		return nil, fmt.Errorf("encode adapter: %w", err)
	}
	return b.Bytes(), nil
}

// Rescale multiplies every factor A by 2^a and every B by 2^b in the bytes
// of an adapter_model.safetensors, which it leaves as they are. It gives the
// bytes that Encode gives of the multiplied factors, and errs where one
// overflows.
func Rescale(encoded []byte, a, b int) ([]byte, error) {
	rescaled, err := rescale(encoded, a, b)
	if err != nil {
		return nil, fmt.Errorf("rescale adapter: %w", err)
	}
	return rescaled, nil
}

func rescale(encoded []byte, a, b int) ([]byte, error) {
	tensors, err := tensorfile.ReadSafetensors(tensorfile.InMemory(weightsFile, encoded))
	if err != nil {
		return nil, err
	}
	views := map[string]tensorfile.Output{}
	for key, t := range tensors {
		_, isA, ok := splitFactor(key)
		if !ok {
			return nil, fmt.Errorf("tensor %s is no factor", key)
		}
		power := b
		if isA {
			power = a
		}
		x, err := t.Read()
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", key, err)
		}
		for i := range x {
			x[i] *= float32(math.Ldexp(1, power))
		}
		if views[key], err = tensorfile.NewOutput(tensorfile.F32, t.Shape, x); err != nil {
			return nil, fmt.Errorf("tensor %s %w", key, err)
		}
	}
	var out bytes.Buffer
	err = tensorfile.WriteSafetensors(views, &out)
	return out.Bytes(), err
}

func (a *Adapter) views() (map[string]tensorfile.Output, error) {
	if a.R <= 0 {
		return nil, fmt.Errorf("r is %d, but must be positive", a.R)
	}
	views := map[string]tensorfile.Output{}
	for _, module := range slices.Sorted(maps.Keys(a.Factors)) {
		f := a.Factors[module]
		for key, part := range map[string]struct {
			shape  []int
			values []float32
		}{
			prefix + module + ".lora_A.weight": {[]int{a.R, len(f.A) / a.R}, f.A},
			prefix + module + ".lora_B.weight": {[]int{len(f.B) / a.R, a.R}, f.B},
		} {
			v, err := tensorfile.NewOutput(tensorfile.F32, part.shape, part.values)
			if err != nil {
				return nil, fmt.Errorf("tensor %s %w", key, err)
			}
			views[key] = v
		}
	}
	return views, nil
}

// Write writes a folder that PEFT's from_pretrained reads. The
// baseModel is where PEFT will look for the model the adapter was trained on.
// An error leaves the folder as it was.
func Write(dir string, a *Adapter, baseModel string) error {
	weights, err := Encode(a)
	if err != nil {
		return err
	}
	return WriteEncoded(dir, a, weights, baseModel)
}

// WriteEncoded is Write of an adapter whose Factors are what
// Encode made of them.
func WriteEncoded(dir string, a *Adapter, weights []byte, baseModel string) error {
	configuration, err := encodeConfig(a, baseModel)
	if err == nil {
		err = tensorfile.WriteFolder(dir, []tensorfile.OutFile{
			tensorfile.OutBytes(weightsFile, weights),
			tensorfile.OutBytes(configFile, append(configuration, '\n')),
		})
	}
	if err != nil {
		return fmt.Errorf("write adapter %s: %w", dir, err)
	}
	return nil
}
