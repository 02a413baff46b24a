package pretrained

import (
	"fmt"
	"slices"

	"sweep/trainer/architecture"
)

// Transformers' names of what a layer attends to.
const (
	allTokens  = "full_attention"
	lastTokens = "sliding_attention"
)

// setLayers reads which layers have a window, and which do without the rotary
// embedding.
func (j *configJSON) setLayers(c *architecture.Config, a *architecture.Architecture) error {
	if j.Layers < 0 || j.Layers > 1<<12 {
		return nil // refused by Check
	}
	unturned, err := j.unturned()
	if err != nil {
		return err
	}
	windowed, err := j.windowed(a, unturned)
	if err != nil {
		return err
	}
	if a.HuggingFace.WindowsTurn {
		unturned = make([]bool, j.Layers)
		for i := range unturned {
			unturned[i] = windowed == nil || !windowed[i]
		}
	}
	c.Unturned = unturned
	window := or(j.Window, 0)
	// One of at least as many tokens as the model has positions never closes; its layers may still turn otherwise.
	closes := window < j.MaxPositions || c.LocalRope != nil
	if closes && slices.Contains(windowed, true) {
		c.Window, c.Windowed = window, windowed
	}
	return nil
}

// windowed says which layers have a window, nil for none.
func (j *configJSON) windowed(a *architecture.Architecture, unturned []bool) ([]bool, error) {
	rule := a.HuggingFace.Windows
	if rule == architecture.NoWindows {
		return nil, nil
	}
	if j.LayerTypes != nil && rule != architecture.AllWindows {
		return j.listedWindows()
	}
	if j.Window == nil || !or(j.UseWindow, true) {
		return nil, nil
	}
	if rule == architecture.AlternatingWindows && j.WindowPattern <= 0 {
		return nil, fmt.Errorf("sliding_window_pattern is %d, but must be positive", j.WindowPattern)
	}
	list := make([]bool, j.Layers)
	for i := range list {
		switch rule {
		case architecture.AlternatingWindows:
			list[i] = (i+1)%j.WindowPattern != 0
		case architecture.LateWindows:
			list[i] = i >= j.MaxWindowLayers
		case architecture.UnturnedWindows:
			list[i] = unturned[i]
		default:
			list[i] = true
		}
	}
	return list, nil
}

// listedWindows reads layer_types.
func (j *configJSON) listedWindows() ([]bool, error) {
	if len(j.LayerTypes) != j.Layers {
		return nil, fmt.Errorf("layer_types has %d names, but num_hidden_layers is %d", len(j.LayerTypes), j.Layers)
	}
	list := make([]bool, j.Layers)
	for i, kind := range j.LayerTypes {
		switch {
		case kind == lastTokens && (j.Window == nil || !or(j.UseWindow, true)):
			return nil, fmt.Errorf("layer_types has %q, but no sliding_window is set or used; give one, or list %q", kind, allTokens)
		case kind != allTokens && kind != lastTokens:
			return nil, fmt.Errorf("layer_types has %q, but only %q and %q are read", kind, allTokens, lastTokens)
		}
		list[i] = kind == lastTokens
	}
	return list, nil
}

// unturned says which layers do without the rotary embedding, nil for none.
func (j *configJSON) unturned() ([]bool, error) {
	if j.UnturnedEvery == 0 && j.Turned == nil {
		return nil, nil
	}
	list := make([]bool, j.Layers)
	switch {
	case j.Turned != nil && len(j.Turned) != j.Layers:
		return nil, fmt.Errorf("no_rope_layers has %d values, but num_hidden_layers is %d", len(j.Turned), j.Layers)
	case j.Turned == nil && j.UnturnedEvery < 0:
		return nil, fmt.Errorf("no_rope_layer_interval is %d, but must be positive", j.UnturnedEvery)
	}
	for i := range list {
		if j.Turned != nil {
			list[i] = j.Turned[i] == 0
		} else {
			list[i] = (i+1)%j.UnturnedEvery == 0
		}
	}
	return list, nil
}
