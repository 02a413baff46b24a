package tensorfile

import (
	"fmt"
	"strings"
)

// maxParts is more files than a model is split into.
const maxParts = 1 << 12

// Parts names the files, in the folder of the first, that hold the rest of a
// model that llama.cpp's gguf-split has split: none for one that is whole. The
// metadata are in the first.
func (g *GGUF) Parts() ([]string, error) {
	m := g.Fields()
	count, number := m.IntegerOr("split.count", 1), m.IntegerOr("split.no", 0)
	if m.Err() != nil {
		return nil, m.Err()
	}
	if count == 0 || count == 1 && number == 0 {
		return nil, nil
	}
	if count < 1 || count > maxParts {
		return nil, fmt.Errorf("split.count is %d, but must be in 0..%d", count, maxParts)
	}
	part := func(number int) string { return fmt.Sprintf("-%05d-of-%05d.gguf", number+1, count) }
	if number != 0 {
		return nil, fmt.Errorf("it is part %d of a model that is split into %d files; name the first, which ends in %s", number+1, count, part(0))
	}
	name, ok := strings.CutSuffix(g.file.base, part(0))
	if !ok {
		return nil, fmt.Errorf("it is the first of %d files, but its name does not end in %s, from which the others are found; rename them, or merge them with `llama-gguf-split --merge`", count, part(0))
	}
	var names []string
	for i := 1; i < count; i++ {
		names = append(names, name+part(i))
	}
	return names, nil
}

// Join adds the tensors of one of the files that Parts names.
func (g *GGUF) Join(part *GGUF) error {
	m, first := part.Fields(), g.Fields()
	number, count := m.Integer("split.no"), m.Integer("split.count")
	if m.Err() != nil {
		return m.Err()
	}
	if want := len(g.parts) + 1; number != want || count != first.Integer("split.count") {
		return fmt.Errorf("it is to be part %d of %d, but its split.no is %d and its split.count %d", want+1, first.Integer("split.count"), number, count)
	}
	g.parts = append(g.parts, part)
	return nil
}

// whole lists the file and its parts.
func (g *GGUF) whole() []*GGUF { return append([]*GGUF{g}, g.parts...) }

// checkCount compares the tensors of all parts with what the first says.
func (g *GGUF) checkCount() error {
	total := 0
	for _, part := range g.whole() {
		total += len(part.tensors)
	}
	m := g.Fields()
	if want := m.IntegerOr("split.tensors.count", total); want != total {
		return fmt.Errorf("split.tensors.count is %d, but the files hold %d tensors; they do not belong together", want, total)
	}
	return m.Err()
}
