package report

import (
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
)

// unknownModel stands for that of runs whose grid leaves it to their command.
const unknownModel = "a model that its command chooses"

// modelOfEach returns the model of each result. To a command a model is a text; where that
// leads to a model of the built-in trainer, it is that one. Runs of an unknown model count
// to the model of the others, if these have one alone: the sweep sets them side by side.
func modelOfEach(results []sweep.Result) []string {
	local := map[string]string{} // models of the built-in trainer, by where they are
	for i := range results {
		if r := &results[i]; r.Params.Command == nil {
			local[place("", r.Params.Model)] = r.Params.Model
		}
	}
	models := make([]string, len(results))
	for i := range results {
		models[i] = modelOf(&results[i], local)
	}
	known := slices.DeleteFunc(distinct(models), func(model string) bool { return model == unknownModel })
	for i, model := range models {
		if model == unknownModel && len(known) == 1 {
			models[i] = known[0]
		}
	}
	return models
}

func modelOf(r *sweep.Result, local map[string]string) string {
	switch c := r.Params.Command; {
	case !r.Knows("model"):
		return unknownModel
	case c == nil:
		return r.Params.Model
	default:
		for _, at := range []string{place(c.Dir, r.Params.Model), r.Params.Model} {
			if ours, found := local[at]; found {
				return ours
			}
		}
		return r.Params.Model
	}
}

// place is where a model lies that is named in a folder, "" for the current one, or its name
// among those that are built in or on the Hugging Face hub.
func place(dir, model string) string {
	if name, onHub := strings.CutPrefix(model, "hf:"); onHub || strings.HasPrefix(model, "builtin:") {
		return name
	}
	if dir == "" {
		if whole, err := filepath.Abs(model); err == nil {
			return whole
		}
	}
	if filepath.IsAbs(model) {
		return filepath.Clean(model)
	}
	return filepath.Join(dir, model)
}

// distinct returns each of the texts once, in the order in which they first come.
func distinct(texts []string) (all []string) {
	for _, text := range texts {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}
