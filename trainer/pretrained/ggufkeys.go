package pretrained

import (
	"slices"
	"strings"

	"sweep/trainer/architecture"
	"sweep/trainer/tensorfile"
)

// ggufRope reads the rotary embedding as llama.cpp does: a factor without a
// type, or under its old key, is linear, and the type "none" has no factor.
func ggufRope(m *tensorfile.Fields, name string) architecture.Rope {
	r := architecture.Rope{Theta: m.NumberOr(name+".rope.freq_base", 10000), Type: m.TextOr(name+".rope.scaling.type", "linear")}
	factor := m.NumberOr(name+".rope.scaling.factor", m.NumberOr(name+".rope.scale_linear", 0))
	switch {
	case r.Type == "none", r.Type == "linear" && (factor == 0 || factor == 1):
		r.Type = "default"
	case r.Type == "linear":
		r.Factor = factor
	}
	return r
}

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
	return ok && (value == off || off == 0 && value == int64(0))
}
