package adapter

import (
	"bytes"
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
	Targets []string          // the modules that it has factors of, as Shortest spells them
	Factors map[string]Factor // by module, such as "model.layers.0.self_attn.q_proj"

	// RankPattern and AlphaPattern have the ranks and alphas of modules that do not have R
	// and Alpha, by the ends of their names or regular expressions for these. What is read
	// has no key that matches no module, and no two that differ on one.
	RankPattern, AlphaPattern map[string]float64
}

// Factor is the two low-rank factors of one projection.
type Factor struct {
	R int
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
// other than the plain one, a factor of another shape, factors of other modules
// than the configuration names, and a NaN or an infinity are errors.
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
	a := j.adapter()
	a.Factors = map[string]Factor{}
	if err = a.readFactors(weights, c, j.ranks); err == nil {
		err = a.checkModules(j.selection, c)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", weights.Name(), err)
	}
	a.Targets = Shortest(c, slices.Collect(maps.Keys(a.Factors)))
	if err := j.readTables(a, slices.Sorted(maps.Keys(a.Factors))); err != nil {
		return nil, fmt.Errorf("%s: %w", configuration.Name(), err)
	}
	return a, nil
}

// Files are the names of an adapter's files in its folder, ascending.
func Files() []string { return []string{configFile, weightsFile} }

// openFiles opens the two files of an adapter, the configuration first.
func openFiles(dir string) ([]*tensorfile.File, error) {
	var files []*tensorfile.File
	for _, base := range Files() {
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
		return `the adapter_model.bin beside it is a pickle, which may run anything and is not read; convert it in its folder: python -c "import torch; from safetensors.torch import save_file; save_file({k: v.contiguous() for k, v in torch.load('adapter_model.bin', weights_only=True).items()}, 'adapter_model.safetensors', metadata={'format': 'pt'})"`
	}
	return "name a folder that PEFT's save_pretrained wrote"
}

func closeAll(files []*tensorfile.File) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// readFactors reads every tensor of the adapter's weights.
func (a *Adapter) readFactors(f *tensorfile.File, c architecture.Config, ranks table) error {
	tensors, err := tensorfile.ReadSafetensors(f)
	if err != nil {
		return err
	}
	if err := checkNames(tensors); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(tensors)) {
		if err := a.readFactor(key, tensors[key], c, ranks); err != nil {
			return fmt.Errorf("tensor %s %w", key, err)
		}
	}
	if len(a.Factors) == 0 {
		return errors.New("it holds no factors")
	}
	return nil
}

// checkNames refuses weights that hold more than one adapter: names such as "default"
// stand in the keys of a model's state_dict, where PEFT's files have none.
func checkNames(tensors map[string]tensorfile.Tensor) error {
	first := ""
	for _, key := range slices.Sorted(maps.Keys(tensors)) {
		_, _, name, ok := cutFactor(key)
		switch {
		case !ok:
		case first == "":
			first = key
		default:
			if _, _, other, _ := cutFactor(first); other != name {
				return fmt.Errorf("tensor %s is of the adapter %q, %s of %q, and only one is read; save them apart", key, name, first, other)
			}
		}
	}
	return nil
}

func (a *Adapter) readFactor(key string, t tensorfile.Tensor, c architecture.Config, ranks table) error {
	module, isA, ok := splitFactor(key)
	if err := checkFactorName(key); err != nil {
		return err
	}
	shape := c.Shape(module + ".weight")
	if !ok || len(shape) != 2 || !slices.Contains(c.Of().Projections(), lastPart(module)) {
		return fmt.Errorf("is no factor of one of the projections %q of a model with %d layers; it belongs to another model", c.Of().Projections(), c.Layers)
	}
	rank, err := ranks.of(module, float64(a.R))
	if err != nil {
		return err
	}
	r := int(rank)
	want := []int{shape[0], r}
	if isA {
		want = []int{r, shape[1]}
	}
	if !slices.Equal(t.Shape, want) {
		return fmt.Errorf("has shape %v, but r or rank_pattern (%d) and the model ask for %v", t.Shape, r, want)
	}
	x, err := t.Read()
	if err == nil {
		err = tensorfile.CheckFinite(x)
	}
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	factor := a.Factors[module]
	factor.R = r
	if isA {
		factor.A = x
	} else {
		factor.B = x
	}
	a.Factors[module] = factor
	return nil
}

// checkFactorName refuses, with what to do about them, names of tensors that
// adapters hold beside the factors.
func checkFactorName(key string) error {
	if strings.Contains(key, "embed_tokens") || strings.Contains(key, "lm_head") {
		return errors.New("is of the embedding or the head, which PEFT saves if they were trained or the vocabulary was enlarged, but only factors of projections are read; save with save_embedding_layers=False if they are the base model's")
	}
	return nil
}

// splitFactor splits PEFT's name of a factor into the module and which of the
// two it is.
func splitFactor(key string) (module string, isA, ok bool) {
	module, isA, _, ok = cutFactor(key)
	return module, isA, ok
}

// cutFactor is splitFactor, with the name of the adapter that stands before ".weight" in
// the keys of a model's state_dict, "" where there is none.
func cutFactor(key string) (module string, isA bool, name string, ok bool) {
	rest, prefixed := strings.CutPrefix(key, prefix)
	rest, suffixed := strings.CutSuffix(rest, ".weight")
	module, name, isA = strings.Cut(rest, ".lora_A")
	if !isA {
		var isB bool
		if module, name, isB = strings.Cut(rest, ".lora_B"); !isB {
			return module, false, "", false
		}
	}
	named := name == "" || len(name) > 1 && name[0] == '.' && !strings.Contains(name[1:], ".")
	return module, isA, strings.TrimPrefix(name, "."), prefixed && suffixed && named
}

func lastPart(module string) string { return module[strings.LastIndexByte(module, '.')+1:] }

// checkModules checks that the factors are those of the modules which the configuration
// selects, and both of each.
func (a *Adapter) checkModules(selected *selection, c architecture.Config) error {
	for _, name := range selected.names {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(a.Factors)), func(module string) bool { return endsIn(module, name) }) {
			return fmt.Errorf("target_modules lists %q, but no factor of it is here", name)
		}
	}
	for _, module := range linears(c) {
		wanted, err := selected.has(module)
		if err != nil {
			return err
		}
		f, held := a.Factors[module]
		switch {
		case held && (f.A == nil || f.B == nil):
			return fmt.Errorf("it lacks lora_A or lora_B of %s", module)
		case held && !wanted:
			return fmt.Errorf("it holds factors of %s, which the target_modules, exclude_modules and layers_to_transform beside it do not name", module)
		case wanted && !held && !selected.open:
			return fmt.Errorf("it lacks lora_A and lora_B of %s, which the target_modules beside it name", module)
		}
	}
	return nil
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

// Decode reads the factors in the bytes of an adapter_model.safetensors, by module.
func Decode(encoded []byte) (map[string]Factor, error) {
	tensors, err := tensorfile.ReadSafetensors(tensorfile.InMemory(weightsFile, encoded))
	if err != nil {
		return nil, fmt.Errorf("decode adapter: %w", err)
	}
	factors := map[string]Factor{}
	for key, t := range tensors {
		module, isA, ok := splitFactor(key)
		if !ok || len(t.Shape) != 2 {
			return nil, fmt.Errorf("decode adapter: tensor %s is no factor", key)
		}
		x, err := t.Read()
		if err != nil {
			return nil, fmt.Errorf("decode adapter: tensor %s: %w", key, err)
		}
		f := factors[module]
		if isA {
			f.R, f.A = t.Shape[0], x
		} else {
			f.R, f.B = t.Shape[1], x
		}
		factors[module] = f
	}
	return factors, nil
}

// Modules lists the modules that the bytes of an adapter_model.safetensors have factors
// of, sorted.
func Modules(encoded []byte) ([]string, error) {
	tensors, err := tensorfile.ReadSafetensors(tensorfile.InMemory(weightsFile, encoded))
	if err != nil {
		return nil, fmt.Errorf("list the modules of an adapter: %w", err)
	}
	return held(tensors), nil
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
	views := map[string]tensorfile.Output{}
	for _, module := range slices.Sorted(maps.Keys(a.Factors)) {
		f := a.Factors[module]
		if f.R <= 0 {
			return nil, fmt.Errorf("r of %s is %d, but must be positive", module, f.R)
		}
		for key, part := range map[string]struct {
			shape  []int
			values []float32
		}{
			prefix + module + ".lora_A.weight": {[]int{f.R, len(f.A) / f.R}, f.A},
			prefix + module + ".lora_B.weight": {[]int{len(f.B) / f.R, f.R}, f.B},
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
// Where one of its files is there already, that is an error. An error leaves the folder
// as it was.
func Write(dir string, a *Adapter, baseModel string) error {
	weights, err := Encode(a)
	if err != nil {
		return err
	}
	return WriteEncoded(dir, a, weights, baseModel)
}

// WriteEncoded is Write of an adapter whose Factors are what
// Encode made of them, with more files beside it.
func WriteEncoded(dir string, a *Adapter, weights []byte, baseModel string, more ...tensorfile.OutFile) error {
	configuration, err := encodeConfig(a, baseModel)
	if err == nil {
		err = tensorfile.WriteNew(dir, append([]tensorfile.OutFile{
			tensorfile.OutBytes(weightsFile, weights),
			tensorfile.OutBytes(configFile, append(configuration, '\n')),
		}, more...))
	}
	if err != nil {
		return fmt.Errorf("write adapter %s: %w", dir, err)
	}
	return nil
}
