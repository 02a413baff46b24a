package grid

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"sweep/sweep"
	"sweep/sweep/regular"
)

// place is where something stands: the file, which may be an included one, and the key.
type place struct{ file, key string }

// problem returns a Problem at the place, without its Fault.
func (p place) problem() Problem { return Problem{File: p.file, Key: p.key} }

// library holds what the files of one grid share.
type library struct {
	folder string                    // of the grid
	held   map[string]string         // texts of files that stand in the grid, in [[included]]
	read   []includedFile            // files that were read
	lines  map[string]map[string]int // of the keys of each file

	survey  *survey          // of all files, once the grid was looked through
	decoded map[string]parts // files that were included before, by inclusion.id
	size    int              // bytes of the grid and of the files read
	values  int              // on all axes

	adapters adapters                // that the grid and its files name
	pinned   pins                    // names on the Hugging Face hub that they have
	counts   counts                  // of rows, by [[counted]]
	counted  map[string]sweep.Params // the settings of each of counts
}

type includedFile struct {
	File string `toml:"file"` // relative to the grid's folder
	Text string `toml:"text"`
}

// name returns the name that a file has in the grid's [[included]].
func (l *library) name(file string) string {
	if relative, err := filepath.Rel(l.folder, file); err == nil {
		file = relative
	}
	return filepath.ToSlash(file)
}

// text returns the text of a file, from the grid's [[included]] if it is there.
func (l *library) text(file string) (string, error) {
	name := l.name(file)
	if text, ok := l.held[name]; ok {
		return text, nil
	}
	if i := slices.IndexFunc(l.read, func(f includedFile) bool { return f.File == name }); i >= 0 {
		return l.read[i].Text, nil
	}
	text, err := regular.Read(file, maxText)
	if err != nil {
		return "", err
	}
	if l.size += len(text); l.size > maxText {
		return "", fmt.Errorf("with it the grid has more than the %d bytes that are allowed", maxText)
	}
	l.read = append(l.read, includedFile{name, string(text)})
	return string(text), nil
}

// bundle returns the text of a grid and, as [[included]], of the files that were read
// for it, so that it means the same when these are changed or gone.
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

// decodeIncluded reads the [[included]] files of the grid.
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

// inclusion is what a table includes.
type inclusion struct {
	name string   // of the file, as it stands there
	set  []string // settings that replace some of the file's, as ParseSpec takes them
}

// String writes it as a grid has it.
func (in inclusion) String() string {
	if len(in.set) == 0 {
		return tomlText(in.name)
	}
	return fmt.Sprintf("{ file = %s, set = %s }", tomlText(in.name), tomlText(anys(in.set)))
}

// inclusionOf reads what a table includes. What is wrong is left out.
func inclusionOf(raw any) (in inclusion) {
	if table, ok := raw.(map[string]any); ok {
		list, _ := table["set"].([]any)
		for _, setting := range list {
			if text, ok := setting.(string); ok {
				in.set = append(in.set, text)
			}
		}
		raw = table["file"]
	}
	in.name, _ = raw.(string)
	return in
}

// decodeInclusion reads what s includes, and notes what is wrong.
func (d *decoder) decodeInclusion(s section) inclusion {
	raw := s.values["include"]
	in := inclusionOf(raw)
	table, ok := raw.(map[string]any)
	if !ok {
		in.name = d.textOf(s.key("include"), raw)
		return in
	}
	within := section{path: s.key("include"), values: table}
	for _, name := range sortedKeys(table) {
		if name != "file" && name != "set" {
			d.noteUnknown(within, name, "file", "set")
		}
	}
	in.name = d.textOf(within.key("file"), table["file"])
	if list, ok := table["set"].([]any); table["set"] != nil && (!ok || len(list) != len(in.set)) {
		d.note(Problem{Key: within.key("set"), Given: tomlText(table["set"]), Fault: "is no list of texts", Allowed: `settings in quotes, as in ["steps=400", "grid.alpha=[8, 64]"]`})
	}
	return in
}

// include returns the content of the file that s includes, if it includes one.
func (d *decoder) include(s section) (base parts) {
	if s.values["include"] == nil {
		return parts{}
	}
	key := s.key("include")
	in := d.decodeInclusion(s)
	name := in.name
	if name == "" {
		return parts{}
	}
	if !sweep.IsVisiblePath(name) {
		d.note(Problem{Key: key, Given: tomlText(name), Fault: sweep.ErrHiddenPath.Error()})
		return parts{}
	}
	file := d.beside(name)
	if slices.Contains(d.chain, file) {
		d.note(Problem{Key: key, Given: tomlText(name), Fault: "closes a circle: " + strings.Join(append(slices.Clone(d.chain), file), " includes ")})
		return parts{}
	}
	id := in.id(file)
	if base, ok := d.library.decoded[id]; ok {
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
	if text, err = addSettings(text, in.set); err != nil {
		d.note(Problem{Line: d.lines[key], Key: key + ".set", Fault: "has " + err.Error()})
		return parts{}
	}
	sub := newDecoder(file, text, d.library)
	sub.chain = append(slices.Clone(d.chain), file)
	base = sub.parts()
	for i, p := range sub.problems {
		if set, ok := strings.CutPrefix(p.Key, "set."); ok && p.File == file && len(in.set) > 0 {
			sub.problems[i].File, sub.problems[i].Line, sub.problems[i].Key = d.file, d.lines[key], key+".set: "+set
		}
	}
	d.add(sub.problems)
	d.more += sub.more
	d.library.decoded[id] = base
	return base
}

// id tells what is included of a file from what else may be.
func (in inclusion) id(file string) string {
	return strings.Join(append([]string{file}, in.set...), "\n")
}

// beside returns the path, from the current folder, of a file that this file names.
func (d *decoder) beside(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(d.file), name)
}
