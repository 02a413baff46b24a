package grid

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"sweep/sweep/regular"
)

// place is where something stands in a grid or in a file that it includes.
type place struct{ file, key string }

// problem is one of the place, without its fault.
func (p place) problem() Problem { return Problem{File: p.file, Key: p.key} }

// library is the files that a grid consists of.
type library struct {
	folder string                    // of the grid
	held   map[string]string         // texts that came with the grid, in its [[included]]
	read   []includedFile            // that did not
	lines  map[string]map[string]int // of the keys of each file

	decoded map[string]parts // files that were included before
	size    int              // bytes of the grid and of the files read
	values  int              // on all axes

	adapters adapters // that the grid and its files name
}

type includedFile struct {
	File string `toml:"file"` // relative to the grid's folder
	Text string `toml:"text"`
}

// name is the file as the grid's [[included]] calls it.
func (l *library) name(file string) string {
	if relative, err := filepath.Rel(l.folder, file); err == nil {
		file = relative
	}
	return filepath.ToSlash(file)
}

// text returns what the file says, from the grid itself if that holds it.
func (l *library) text(file string) (string, error) {
	name := l.name(file)
	if text, ok := l.held[name]; ok {
		return text, nil
	}
	text, err := regular.Read(file, maxText)
	if err != nil {
		return "", err
	}
	if l.size += len(text); l.size > maxText {
		return "", fmt.Errorf("with it the grid has more than the %d bytes that are allowed", maxText)
	}
	if !slices.ContainsFunc(l.read, func(f includedFile) bool { return f.File == name }) {
		l.read = append(l.read, includedFile{name, string(text)})
	}
	return string(text), nil
}

// bundle returns the text of a grid with the files that it read, so that it
// means the same where they are changed or gone.
func (l *library) bundle(text string) (string, error) {
	if len(l.read) == 0 {
		return text, nil
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(text, "\n") + "\n\n# What it includes, as it was read.\n")
	for _, f := range l.read {
		if strings.Contains(f.Text, "'''") || strings.Contains(f.Text, "\r") {
			quoted, err := toml.Marshal(map[string]any{"included": []includedFile{f}})
			if err != nil {
				return "", fmt.Errorf("keep the included file %s: %w", f.File, err)
			}
			b.Write(quoted)
			continue
		}
		fmt.Fprintf(&b, "[[included]]\nfile = %q\ntext = '''\n%s\n'''\n", f.File, strings.TrimRight(f.Text, "\n"))
	}
	return b.String(), nil
}

// decodeIncluded takes the files that came with the grid.
func (d *decoder) decodeIncluded(root section) {
	for _, table := range d.subtables(root, "included") {
		for _, name := range table.names() {
			if name != "file" && name != "text" {
				d.noteUnknown(table, name, "file", "text")
			}
		}
		file := d.textOf(table.key("file"), table.values["file"])
		text := d.textOf(table.key("text"), table.values["text"])
		d.library.held[d.library.name(d.beside(file))] = text
	}
}

// include returns what the file says that s includes, nothing if it includes
// none.
func (d *decoder) include(s section) (base parts) {
	raw := s.values["include"]
	if raw == nil {
		return parts{}
	}
	key := s.key("include")
	name := d.textOf(key, raw)
	if name == "" {
		return parts{}
	}
	if !isVisiblePath(name) {
		d.note(Problem{Key: key, Given: tomlText(name), Fault: errHiddenPath.Error()})
		return parts{}
	}
	file := d.beside(name)
	if slices.Contains(d.chain, file) {
		d.note(Problem{Key: key, Given: tomlText(name), Fault: "closes a circle: " + strings.Join(append(slices.Clone(d.chain), file), " includes ")})
		return parts{}
	}
	if base, ok := d.library.decoded[file]; ok {
		return base
	}
	if len(d.chain) > maxIncludes {
		d.note(Problem{Key: key, Given: tomlText(name), Fault: fmt.Sprintf("is the %dth file of which each includes the next, but at most %d are allowed", len(d.chain), maxIncludes)})
		return parts{}
	}
	text, err := d.library.text(file)
	if err != nil {
		cause := err
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			cause = failed.Err
		}
		d.note(Problem{Key: key, Given: tomlText(name), Fault: fmt.Sprintf("cannot be read at %s: %v", file, cause)})
		return parts{}
	}
	sub := newDecoder(file, text, d.library)
	sub.chain = append(slices.Clone(d.chain), file)
	base = sub.parts()
	d.add(sub.problems)
	d.more += sub.more
	d.library.decoded[file] = base
	return base
}

// beside is a file that this one names, as it opens from here.
func (d *decoder) beside(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(d.file), name)
}
