package pretrained

import (
	"slices"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// unreadKey returns the first of the architecture's keys that is not read and
// may change what the model computes, "" if there is none.
func unreadKey(m *tensorfile.Fields, g architecture.GGUF) string {
	for _, key := range m.Keys() {
		name, ours := strings.CutPrefix(key, g.Name+".")
		known := slices.Contains(g.Read, name) || slices.Contains(g.Ignored, name)
		if ours && !known && !neutral(g, name, m.Value(key)) {
			return key
		}
	}
	return ""
}

// neutral reports whether a key has the value at which it changes nothing.
func neutral(g architecture.GGUF, name string, value any) bool {
	off, ok := g.Neutral[name]
	switch v := value.(type) {
	case bool:
		return ok && v == (off == 1)
	case int64:
		return ok && float64(v) == off
	default:
		return ok && value == off
	}
}
