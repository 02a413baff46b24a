package pretrained

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"sweep/trainer/architecture"
)

// checkNeutral refuses a configuration that asks for other arithmetic than the
// family's. A window of at least as many tokens as the model has positions never
// closes.
func checkNeutral(all map[string]json.RawMessage, a *architecture.Architecture, positions int) error {
	neutral, read := architecture.Neutral(), defaults(a)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		off, ok := neutral[key]
		_, reads := read[key]
		if ok && !reads && present(all[key]) && amount(all[key], off) != off {
			return fmt.Errorf("%s is %s, which no plain %s has, and is not read", key, all[key], a.Title)
		}
	}
	if a.HuggingFace.Windows == architecture.NoWindows || a.HuggingFace.Windows == architecture.AllWindows {
		var kinds []string
		if err := json.Unmarshal(all["layer_types"], &kinds); present(all["layer_types"]) && err != nil {
			return fmt.Errorf("layer_types is %s, but must be a list of names", all["layer_types"])
		}
		for _, kind := range kinds {
			if kind != allTokens {
				return fmt.Errorf("layer_types has %q, but only %q is read of a %s", kind, allTokens, a.Title)
			}
		}
	}
	window, used := all["sliding_window"], all["use_sliding_window"]
	_, reads := read["sliding_window"]
	if !reads && present(window) && string(used) != "false" && amount(window, 0) != 0 && amount(window, -1) < float64(positions) {
		return fmt.Errorf("sliding_window is %s, but only attention to all %d positions is read of a %s", window, positions, a.Title)
	}
	return nil
}

// amount reads a number or a switch; an empty list or object counts as 0.
// Anything else becomes a number other than off.
func amount(raw json.RawMessage, off float64) float64 {
	switch text := string(bytes.TrimSpace(raw)); text {
	case "false", "[]", "{}":
		return 0
	case "true":
		return 1
	default:
		if x, err := strconv.ParseFloat(text, 64); err == nil {
			return x
		}
		return off - 1
	}
}
