package adapter

import (
	"errors"
	"fmt"
	"slices"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// ReadSettings reads of a PEFT folder what Read reads, but for the
// Factors, and asks no model whether they fit: Targets are the projections that
// the weights have a factor of.
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
	a = &Adapter{R: j.R, Alpha: j.Alpha, RSLoRA: j.RSLoRA, Dropout: j.Dropout}
	tensors, err := tensorfile.ReadSafetensors(files[1])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", files[1].Name(), err)
	}
	held := map[string]bool{}
	for key := range tensors {
		if module, _, ok := splitFactor(key); ok {
			held[lastPart(module)] = true
		}
	}
	a.Targets = slices.DeleteFunc(architecture.Projections(), func(name string) bool { return !held[name] })
	return a, nil
}
