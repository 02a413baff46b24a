package adapter

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// ReadSettings reads of a PEFT folder what Read reads, but for the
// Factors, and asks no model whether they fit. Where it cannot tell without one that a
// projection has factors in every layer, Targets have the whole names of its modules.
func ReadSettings(dir string) (*Adapter, error) {
	a, err := readSettings(dir)
	if err != nil {
		return nil, fmt.Errorf("read adapter: %w", err)
	}
	return a, nil
}

func readSettings(dir string) (a *Adapter, err error) {
	files, err := openFiles(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	data, err := files[0].Content(tensorfile.MaxConfig)
	if err != nil {
		return nil, err
	}
	j, err := parseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", files[0].Name(), err)
	}
	tensors, err := tensorfile.ReadSafetensors(files[1])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", files[1].Name(), err)
	}
	a = j.adapter()
	modules := held(tensors)
	if a.Targets, err = j.spell(modules); err == nil {
		err = j.readTables(a, modules)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", files[0].Name(), err)
	}
	return a, nil
}

// adapter returns the settings that are of all modules.
func (j *config) adapter() *Adapter {
	return &Adapter{R: j.R, Alpha: j.Alpha, RSLoRA: j.RSLoRA, Dropout: j.Dropout}
}

// readTables fills in the settings of single modules, given all that the adapter has.
func (j *config) readTables(a *Adapter, modules []string) (err error) {
	if a.RankPattern, err = j.ranks.unordered(modules); err == nil {
		a.AlphaPattern, err = j.alphas.unordered(modules)
	}
	return err
}

// held lists the projections that tensors are factors of, sorted.
func held(tensors map[string]tensorfile.Tensor) []string {
	names := map[string]bool{}
	for key := range tensors {
		if module, _, ok := splitFactor(key); ok && slices.Contains(architecture.Projections(), lastPart(module)) {
			names[module] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// spell is Shortest without a model. A projection is in every layer if the adapter has it
// from the first to the highest layer of any module, and its configuration selects the
// next one as well, which the model then does not have.
func (j *config) spell(modules []string) ([]string, error) {
	layers := 0
	for _, module := range modules {
		if layer, _, _, ok := cutLayer(module); ok {
			layers = max(layers, layer+1)
		}
	}
	inLayers, next := map[string]int{}, map[string]bool{}
	for _, module := range modules {
		if _, _, _, ok := cutLayer(module); !ok {
			continue
		}
		projection := lastPart(module)
		if inLayers[projection]++; inLayers[projection] > 1 {
			continue
		}
		selected, err := j.has(inOtherLayer(module, layers))
		if err != nil {
			return nil, err
		}
		next[projection] = selected
	}
	return spell(architecture.Projections(), modules, func(projection string) bool {
		return next[projection] && inLayers[projection] == layers
	}), nil
}
