package pretrained

import (
	"io/fs"
	"slices"
)

// InFile reports whether the model is a GGUF file, or several that a model is split into,
// and no folder.
func (m *Model) InFile() bool { return m.gguf }

// Files are the names, with slashes and ascending, of all files in the model's folder that
// are read: those that its Hash is over, and its chat template.
func (m *Model) Files() (names []string) {
	for _, f := range m.files {
		names = append(names, f.Base())
	}
	if m.folder != nil {
		for _, base := range []string{tokenizerConfigFile, templateFile, toolTemplateFile} {
			if _, err := fs.Stat(m.folder, base); err == nil {
				names = append(names, base)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
