package adapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"sweep/sweep/regular"
	"sweep/trainer/tensorfile"
)

// cardFile is what PEFT and the hub call the description of an adapter.
const cardFile = "README.md"

// Copy writes the files of an adapter's folder into another as they are, its README.md
// among them if there is one, and returns the base model that its configuration names.
// If base is not "", the configuration names that instead. Where one of the files is there
// already, that is an error. An error leaves the folder as it was.
func Copy(dir, from, base string) (model string, err error) {
	model, err = copyFolder(dir, from, base)
	if err != nil {
		return "", fmt.Errorf("copy adapter %s: %w", from, err)
	}
	return model, nil
}

func copyFolder(dir, from, base string) (model string, err error) {
	files, err := openFiles(from)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, closeAll(files)) }()
	configuration, err := files[0].Content(tensorfile.MaxConfig)
	if err != nil {
		return "", err
	}
	if configuration, model, err = withBase(configuration, base); err != nil {
		return "", fmt.Errorf("%s: %w", files[0].Name(), err)
	}
	out := []tensorfile.OutFile{
		{Base: weightsFile, Write: files[1].WriteAll},
		tensorfile.OutBytes(configFile, configuration),
	}
	switch card, err := regular.Read(filepath.Join(from, cardFile), tensorfile.MaxConfig); {
	case err == nil:
		out = append(out, tensorfile.OutBytes(cardFile, card))
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	return model, tensorfile.WriteNew(dir, out)
}

// withBase returns a configuration with another base model, or as it is if base is "",
// and the base model that it names.
func withBase(configuration []byte, base string) (changed []byte, model string, err error) {
	const key = "base_model_name_or_path"
	var all map[string]any
	decoder := json.NewDecoder(bytes.NewReader(configuration))
	decoder.UseNumber() // which writes numbers as they were
	if err := decoder.Decode(&all); err != nil {
		return nil, "", fmt.Errorf("is no configuration of an adapter: %w", err)
	}
	if base == "" {
		model, _ = all[key].(string)
		return configuration, model, nil
	}
	all[key] = base
	changed, err = json.MarshalIndent(all, "", "  ")
	return append(changed, '\n'), base, err
}
