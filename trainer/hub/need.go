package hub

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/trainer/data"
)

// Use is what a name on the hub is used as. It decides which files are needed.
type Use string

// The uses of names.
const (
	Model   Use = "model"
	Adapter Use = "adapter"
	Rows    Use = "data"
)

// request asks which files of a repository a name needs.
type request struct {
	name    sweep.HubName
	listing listing
	content func(File) ([]byte, error) // of a small file
}

// needs returns for each use the path in the repository of what is used, and the files
// that are needed of it, or says why there is nothing to be used.
var needs = map[Use]func(request) (path string, files []File, err error){
	Model: needsOfModel, Adapter: needsOfAdapter, Rows: needsOfRows,
}

// besideWeights are the files that say how a model computes, and how text becomes its
// tokens.
var besideWeights = []string{
	"config.json", "generation_config.json",
	"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
	"vocab.json", "merges.txt", "tokenizer.model", "tokenizer.model.v*", "*.tiktoken", "tekken.json",
	"chat_template.jinja", "chat_template.json", "additional_chat_templates/*.jinja",
}

const (
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
)

// needsOfModel is a .gguf file, if the name ends in one, or the files of a folder.
func needsOfModel(r request) (string, []File, error) {
	if f, ok := r.listing.files[r.name.Path]; ok {
		if !strings.HasSuffix(strings.ToLower(f.Path), ".gguf") {
			return "", nil, fmt.Errorf("%s: a model is the whole repository, a folder in it or a .gguf file; this is another file", r.name)
		}
		return f.Path, r.parts(f), nil
	}
	files := r.listing.matching(r.name.Path, besideWeights...)
	if _, ok := r.listing.files[r.at("config.json")]; !ok {
		return "", nil, r.noModel()
	}
	weights, err := r.weights()
	return r.name.Path, append(files, weights...), err
}

// splitName is the name of a file that llama.cpp's gguf-split has written.
var splitName = regexp.MustCompile(`^(.*)-[0-9]{5}(-of-[0-9]{5}\.gguf)$`)

// parts is a .gguf file, with the others that the model is split into.
func (r request) parts(f File) []File {
	found := splitName.FindStringSubmatch(f.Path)
	if found == nil {
		return []File{f}
	}
	return slices.DeleteFunc(r.listing.below(""), func(other File) bool {
		part := splitName.FindStringSubmatch(other.Path)
		return part == nil || part[1] != found[1] || part[2] != found[2]
	})
}

// at is the path of a file in the folder that is named.
func (r request) at(base string) string { return path.Join(r.name.Path, base) }

// weights is the file with the weights, or the index with its shards.
func (r request) weights() ([]File, error) {
	if f, ok := r.listing.files[r.at(weightsFile)]; ok {
		return []File{f}, nil
	}
	index, ok := r.listing.files[r.at(indexFile)]
	if !ok {
		return nil, r.noSafetensors()
	}
	text, err := r.content(index)
	if err != nil {
		return nil, err
	}
	var shards struct {
		Home map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &shards); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r.name, index.Path, err)
	}
	files := []File{index}
	for tensor, base := range shards.Home {
		f, ok := r.listing.files[r.at(base)]
		if !ok {
			return nil, fmt.Errorf("%s: by %s tensor %s lies in %q, which the repository does not have", r.name, index.Path, tensor, base)
		}
		if !slices.Contains(files, f) {
			files = append(files, f)
		}
	}
	slices.SortFunc(files[1:], func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// noModel says what there is in place of a model.
func (r request) noModel() error {
	if len(r.listing.below(r.name.Path)) == 0 {
		return r.nothing()
	}
	if _, ok := r.listing.files[r.at("adapter_config.json")]; ok {
		return fmt.Errorf("%s: this is an adapter; name it as adapter, and as model the one that it was trained on", r.name)
	}
	if gguf := r.endingIn(".gguf"); len(gguf) > 0 {
		return fmt.Errorf("%s: it has no config.json but GGUF files; name one of them: %s", r.name, r.choices(gguf))
	}
	return fmt.Errorf("%s: it has no config.json, and so is no model that transformers saved", r.name)
}

// noSafetensors says what weights there are in place of safetensors.
func (r request) noSafetensors() error {
	if len(r.listing.matching(r.name.Path, "pytorch_model*.bin", "*.pth", "*.pt")) > 0 {
		return fmt.Errorf("%s: its weights are pickles, which can run code and are not read; load it in transformers, save it with save_pretrained, which writes safetensors, and name that folder", r.name)
	}
	if gguf := r.endingIn(".gguf"); len(gguf) > 0 {
		return fmt.Errorf("%s: it has no safetensors but GGUF files; name one of them: %s", r.name, r.choices(gguf))
	}
	return fmt.Errorf("%s: it has neither %s nor %s", r.name, weightsFile, indexFile)
}

// nothing says that a path leads nowhere.
func (r request) nothing() error {
	if r.name.Path == "" {
		return fmt.Errorf("%s: the repository is empty", r.name)
	}
	var names []string
	for _, f := range r.listing.below("") {
		names = append(names, f.Path)
	}
	hint := ""
	if near := sweep.Nearest(r.name.Path, names); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("%s: the repository has no file or folder %q%s", r.name, r.name.Path, hint)
}

// endingIn returns the files at the path of the name and below it that have one of the
// endings.
func (r request) endingIn(endings ...string) []File {
	return slices.DeleteFunc(r.listing.below(r.name.Path), func(f File) bool {
		return !slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(strings.ToLower(f.Path), ending) })
	})
}

// choices lists names of files, to be copied into a grid.
func (r request) choices(files []File) string {
	const few = 8
	var names []string
	for _, f := range files[:min(len(files), few)] {
		names = append(names, fmt.Sprintf("%q (%s)", r.name.In(f.Path), sweep.FormatBytes(f.Size)))
	}
	text := strings.Join(names, ", ")
	if len(files) > few {
		text += fmt.Sprintf(" or one of %d more", len(files)-few)
	}
	return text
}

// needsOfAdapter is the two files of an adapter.
func needsOfAdapter(r request) (string, []File, error) {
	var files []File
	for _, base := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		f, ok := r.listing.files[r.at(base)]
		if !ok {
			return "", nil, fmt.Errorf("%s: it has no %s, which an adapter that PEFT's save_pretrained wrote has", r.name, base)
		}
		files = append(files, f)
	}
	return r.name.Path, files, nil
}

// rowEndings are the endings of files that may hold rows.
var rowEndings = []string{".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet"}

// mayHoldRows reports whether a file is to be fetched for its rows, by its name.
func mayHoldRows(name string) bool {
	return slices.Contains(rowEndings, path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")))
}

// needsOfRows is the file that the name ends in, the files that match the pattern that
// it ends in, or those of a folder, and not below it.
func needsOfRows(r request) (string, []File, error) {
	if f, ok := r.listing.files[r.name.Path]; ok {
		return f.Path, []File{f}, nil
	}
	if isPattern(r.name.Path) {
		folder, _ := path.Split(r.name.Path)
		files := r.listing.matching(strings.TrimSuffix(folder, "/"), path.Base(r.name.Path))
		if len(files) == 0 {
			return "", nil, r.nothing()
		}
		return r.name.Path, files, nil
	}
	return r.folderOfRows()
}

// isPattern reports whether a path stands for the files whose names match it.
func isPattern(at string) bool { return strings.ContainsAny(path.Base(at), "*?[") }

// folderOfRows is the files of rows in a folder. If there are none, the only one below it
// will do.
func (r request) folderOfRows() (string, []File, error) {
	below := r.listing.below(r.name.Path)
	if len(below) == 0 {
		return "", nil, r.nothing()
	}
	below = slices.DeleteFunc(below, func(f File) bool { return !mayHoldRows(f.Path) })
	if len(below) == 0 {
		return "", nil, fmt.Errorf("%s: it has no file of rows that is read (%s)", r.name, strings.Join(rowEndings, ", "))
	}
	var names, folders []string
	files := map[string]File{}
	for _, f := range below {
		relative := strings.TrimPrefix(strings.TrimPrefix(f.Path, r.name.Path), "/")
		if folder, _, deeper := strings.Cut(relative, "/"); deeper {
			folders = append(folders, folder+"/")
		} else {
			names = append(names, relative)
			files[relative] = f
		}
	}
	rows, _, err := data.Choose(r.name.String(), names, slices.Compact(folders))
	switch {
	case err != nil && len(below) == 1:
		return below[0].Path, below, nil
	case err != nil:
		return "", nil, err
	}
	var chosen []File
	for _, name := range rows {
		chosen = append(chosen, files[name])
	}
	return r.name.Path, chosen, nil
}
