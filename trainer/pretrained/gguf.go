package pretrained

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"sweep/trainer/tensorfile"
	"sweep/trainer/tokenizer"
)

// openGGUF opens a GGUF file, with the others that a split model has beside it,
// as a model. On an error it still returns the files, to be closed.
func openGGUF(fsys fs.FS, base, name string) (*Model, error) {
	m := &Model{name: name, gguf: true}
	g, err := m.readGGUF(fsys, base)
	if err != nil {
		return m, err
	}
	parts, err := g.Parts()
	if err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	for _, part := range parts {
		p, err := m.readGGUF(fsys, part)
		if err != nil {
			return m, fmt.Errorf("%s is split into %d files: %w", name, 1+len(parts), err)
		}
		if err := g.Join(p); err != nil {
			return m, fmt.Errorf("%s: %w", m.files[len(m.files)-1].Name(), err)
		}
	}
	if m.Config, m.Contradictions, err = configOf(g); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	if m.tensors, err = g.Tensors(m.Config.Of().HuggingFaceName); err != nil {
		return m, err
	}
	for _, setting := range []string{allFactors, shortFactors, longFactors} {
		delete(m.tensors, setting)
	}
	m.tokenizer = func() (*tokenizer.Tokenizer, error) {
		t, err := tokenizer.ParseGGUF(g.Fields())
		if err == nil {
			err = t.CheckSize(m.Config.Vocab)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return t, nil
	}
	m.chatTemplate = func() (ChatTemplate, error) { return ggufChatTemplate(g.Fields(), name) }
	return m, nil
}

// readGGUF reads the header of one of the model's files, which lie in one
// folder.
func (m *Model) readGGUF(fsys fs.FS, base string) (*tensorfile.GGUF, error) {
	f, err := tensorfile.OpenFile(fsys, base, filepath.Join(filepath.Dir(m.name), base))
	if err != nil {
		return nil, err
	}
	m.files = append(m.files, f)
	g, err := tensorfile.ReadGGUF(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return g, nil
}
