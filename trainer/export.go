package trainer

import (
	"fmt"
	"strings"

	"sweep/sweep"
	"sweep/trainer/adapter"
	"sweep/trainer/tensorfile"
)

// Export is an adapter of a run as other programs read it.
type Export struct {
	Dir    string // the folder to write
	Result sweep.Result
	Base   string // where PEFT looks for the base model: a folder, or a name on a hub
	Card   string // README.md, "" for none
}

// WriteAdapter writes the adapter that a run ended with as a folder that PEFT
// loads: adapter_config.json, adapter_model.safetensors and README.md. It fails if the
// run left no adapter, and where one of the files is there.
func WriteAdapter(e Export) error {
	if err := checkAdapter(e.Result); err != nil {
		return err
	}
	settings, err := adapterSettings(e.Result)
	if err != nil {
		return err
	}
	return adapter.WriteEncoded(e.Dir, settings, e.Result.Adapter, e.Base, e.card()...)
}

// card is the README.md, if there is one.
func (e Export) card() []tensorfile.OutFile {
	if e.Card == "" {
		return nil
	}
	return []tensorfile.OutFile{tensorfile.OutBytes("README.md", []byte(e.Card))}
}

// checkAdapter refuses a run that left no adapter.
func checkAdapter(r sweep.Result) error {
	switch {
	case r.Params.Method == "full":
		return fmt.Errorf("run %s has no adapter: it trained the whole model (method = \"full\")", r.Name)
	case r.Adapter == nil:
		return fmt.Errorf("run %s has no adapter: it is %s, and only runs that are done leave one", r.Name, r.State)
	}
	return nil
}

// adapterSettings are what PEFT has to know of an adapter to compute with its
// factors. It scales by alpha/r or alpha/sqrt(r), so that "alpha" alone is
// written as alpha * r, of each module. What targets select is written by names.
func adapterSettings(r sweep.Result) (*adapter.Adapter, error) {
	p := r.Params
	a := &adapter.Adapter{
		R: p.R, Alpha: p.Alpha, RSLoRA: p.Scaling == "alpha/sqrt(r)", Dropout: p.Dropout, Targets: p.Targets,
		RankPattern: p.RankPattern, AlphaPattern: p.AlphaPattern,
	}
	if r.Inputs.Targets != "" {
		a.Targets = strings.Fields(r.Inputs.Targets)
	}
	if p.Scaling != "alpha" {
		return a, nil
	}
	a.Alpha *= float64(p.R)
	if len(p.RankPattern)+len(p.AlphaPattern) == 0 {
		return a, nil
	}
	modules, err := adapter.Modules(r.Adapter)
	if err != nil {
		return nil, err
	}
	targets, err := adapter.Settings{R: p.R, Alpha: p.Alpha, RankPattern: p.RankPattern, AlphaPattern: p.AlphaPattern}.Of(modules)
	if err != nil {
		return nil, err
	}
	a.AlphaPattern = map[string]float64{}
	for _, t := range targets {
		if alpha := t.Alpha * float64(t.R); alpha != a.Alpha {
			a.AlphaPattern[t.Module] = alpha
		}
	}
	return a, nil
}
