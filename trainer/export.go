package trainer

import (
	"fmt"
	"path/filepath"
	"strings"

	"sweep/sweep"
	"sweep/trainer/adapter"
)

// WriteAdapter writes the adapter that a run ended with as a folder that PEFT
// loads: adapter_config.json and adapter_model.safetensors. It fails if the run
// left no adapter.
func WriteAdapter(dir string, r sweep.Result) error {
	switch {
	case r.Params.Method == "full":
		return fmt.Errorf("run %s has no adapter: it trained the whole model (method = \"full\")", r.Name)
	case r.Adapter == nil:
		return fmt.Errorf("run %s has no adapter: it is %s, and only runs that are done leave one", r.Name, r.State)
	}
	base := r.Params.Model
	if !strings.HasPrefix(base, "builtin:") {
		absolute, err := filepath.Abs(base)
		if err != nil {
			return fmt.Errorf("locate the model of run %s: %w", r.Name, err)
		}
		base = absolute
	}
	return adapter.WriteEncoded(dir, adapterSettings(r.Params), r.Adapter, base)
}

// adapterSettings are what PEFT has to know of an adapter to compute with its
// factors. It scales by alpha/r or alpha/sqrt(r), so that "alpha" alone is
// written as alpha * r.
func adapterSettings(p sweep.Params) *adapter.Adapter {
	a := &adapter.Adapter{R: p.R, Alpha: p.Alpha, RSLoRA: p.Scaling == "alpha/sqrt(r)", Dropout: p.Dropout, Targets: p.Targets}
	if p.Scaling == "alpha" {
		a.Alpha *= float64(p.R)
	}
	return a
}
