package trainer

import (
	"context"
	"fmt"
	"strings"

	"sweep/sweep"
	"sweep/trainer/builtin"
	"sweep/trainer/data"
	"sweep/trainer/hub"
	"sweep/trainer/pretrained"
)

// uses says what the parameters that may name a repository on the Hugging Face hub use
// it as.
var uses = map[string]hub.Use{"model": hub.Model, "data": hub.Rows, "data_eval": hub.Rows, "adapter": hub.Adapter}

// source is a name that a parameter has.
type source struct{ parameter, name string }

// FindOnHub looks up what a name on the Hugging Face hub stands for, and how much of it
// is still to be fetched. The parameter that has the name decides which files are
// needed. It asks the hub once for each.
func (t *Trainer) FindOnHub(ctx context.Context, parameter, name string, watch hub.Watch) (*hub.Found, error) {
	return t.found.get(source{parameter, name}, func() (*hub.Found, error) {
		h, err := sweep.ParseHubName(name)
		if err != nil {
			return nil, err
		}
		client, err := t.hub()
		if err != nil {
			return nil, err
		}
		return client.Find(ctx, h, uses[parameter], watch)
	})
}

// place is the path that a name leads to: its place in the cache for one on the hub.
func (t *Trainer) place(name string) (string, error) {
	if !sweep.IsHubName(name) {
		return name, nil
	}
	h, err := sweep.ParseHubName(name)
	if err != nil {
		return "", err
	}
	client, err := t.hub()
	if err != nil {
		return "", err
	}
	path, err := client.Path(h)
	if err != nil {
		return "", fmt.Errorf("%w; `sweep plan GRID.toml --fetch` fetches what a grid names", err)
	}
	return path, nil
}

// openModel opens "builtin:tiny", a Hugging Face folder, a .gguf file or what a name on
// the hub stands for.
func (t *Trainer) openModel(name string) (*pretrained.Model, error) {
	if builtinName, ok := strings.CutPrefix(name, "builtin:"); ok {
		return openBuiltin(builtinName)
	}
	path, err := t.place(name)
	if err != nil {
		return nil, err
	}
	m, err := pretrained.Open(path)
	return m, hub.Hint(err, name, hub.Model)
}

// readRows reads "builtin:NAME", a file or what a name on the hub stands for.
func (t *Trainer) readRows(name string, columns data.Columns) (*data.Rows, error) {
	if builtinName, ok := strings.CutPrefix(name, "builtin:"); ok {
		text, err := builtin.Data(builtinName)
		if err != nil {
			return nil, err
		}
		return data.Parse(strings.NewReader(string(text)), name, columns)
	}
	path, err := t.place(name)
	if err != nil {
		return nil, err
	}
	rows, err := data.Read(path, columns)
	return rows, hub.Hint(err, name, hub.Rows)
}
