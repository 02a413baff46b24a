package architecture

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// All lists the architectures that are read. They are made once, for they are
// looked up at every name and shape, and must not be changed.
func All() []*Architecture { return registry() }

var registry = sync.OnceValue(func() []*Architecture {
	return []*Architecture{
		llama(), mistral(), ministral(), qwen2(), qwen3(), gemma(), gemma2(), gemma3(), phi3(),
		olmo(), olmo2(), olmo3(), granite(), smolLM3(), cohere(), cohere2(),
	}
})

// Find returns the architecture of this name, nil if there is none.
func Find(name string) *Architecture {
	return find(func(a *Architecture) bool { return a.Name == name })
}

// FindGGUF returns the architecture that GGUF files call so, nil if there is
// none. Families that share a name are told by a key that has says to be there.
func FindGGUF(name string, has func(key string) bool) *Architecture {
	named := func(a *Architecture) bool { return name != "" && a.GGUF.Name == name }
	special := find(func(a *Architecture) bool { return named(a) && a.GGUF.Key != "" && has(a.GGUF.Key) })
	plain := find(func(a *Architecture) bool { return named(a) && a.GGUF.Key == "" })
	return cmp.Or(special, plain)
}

func find(is func(*Architecture) bool) *Architecture {
	all := All()
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

// Listed quotes the names of all architectures, as name has them, for messages.
func Listed(name func(*Architecture) string) string {
	var names []string
	for _, a := range All() {
		if quoted := fmt.Sprintf("%q", name(a)); name(a) != "" && !slices.Contains(names, quoted) {
			names = append(names, quoted)
		}
	}
	return strings.Join(names, ", ")
}

// Projections lists the linear layers that an adapter may target in some
// architecture, each once, in the order of the forward pass.
func Projections() []string {
	var list []string
	for _, a := range All() {
		for _, p := range a.Projections() {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	return list
}
