package command

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/regular"
)

var _ sweep.InputLister = (*Trainer)(nil)

// InputFiles lists what a run of p reads, as far as that is known: the files of its
// command, and what its model, data and other paths lead to, where these are relative to
// the command's folder or absolute and something is there.
func (t *Trainer) InputFiles(p sweep.Params) ([]sweep.Input, error) {
	hashes, err := t.Inspect(p)
	if err != nil {
		return nil, err
	}
	own, err := t.InputFile(sweep.InputOfCommand, p)
	if err != nil {
		return nil, err
	}
	own.Hash = hashes.Command
	all := []sweep.Input{own}
	for _, q := range sweep.Parameters() {
		if !isPath(q, p) {
			continue
		}
		if _, err := os.Stat(inDir(p.Command, *q.PathIn(&p))); err != nil {
			continue // a name that the program knows
		}
		in, err := t.InputFile(q.Name, p)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", q.Name, in.Name, err)
		}
		if !within(in, own) {
			all = append(all, in)
		}
	}
	return all, nil
}

// isPath reports whether a parameter may be a path for the program.
func isPath(q sweep.Parameter, p sweep.Params) bool {
	if q.Kind != sweep.KindPath || !p.States(q.Name) {
		return false
	}
	value := *q.PathIn(&p)
	return value != "" && !sweep.IsHubName(value) && !strings.HasPrefix(value, "builtin:")
}

// within reports whether all files of an input are some of another's.
func within(in, other sweep.Input) bool {
	return !slices.ContainsFunc(in.Files, func(f sweep.InputFile) bool {
		return !slices.ContainsFunc(other.Files, func(g sweep.InputFile) bool { return f.Path == g.Path })
	})
}

// InputFile lists the files that a run of p reads of one parameter, as they lie now: of a
// command those under files, its template, and the scripts among its words; of a path all
// files below it, as filesBelow has them.
func (t *Trainer) InputFile(parameter string, p sweep.Params) (sweep.Input, error) {
	if parameter != sweep.InputOfCommand {
		return t.pathInput(parameter, p)
	}
	c := p.Command
	names, err := named(c)
	if err != nil {
		return sweep.Input{}, err
	}
	if c.Template != "" {
		names = append(names, filepath.ToSlash(filepath.Clean(c.Template)))
	}
	names = append(names, scriptsOf(c)...)
	slices.Sort(names)
	in := sweep.Input{Parameter: parameter, Absolute: slices.ContainsFunc(append(slices.Clone(c.Files), c.Template), filepath.IsAbs)}
	for _, name := range slices.Compact(names) {
		if err := t.add(&in, name, inDir(c, filepath.FromSlash(name))); err != nil {
			return in, err
		}
	}
	return in, nil
}

// pathInput lists what a path leads to.
func (t *Trainer) pathInput(parameter string, p sweep.Params) (sweep.Input, error) {
	q, err := sweep.LookupParameter(parameter)
	if err != nil {
		return sweep.Input{}, err
	}
	in := sweep.Input{Parameter: parameter, Name: *q.PathIn(&p)}
	at := inDir(p.Command, in.Name)
	found, err := os.Stat(at)
	if err != nil {
		return in, err
	}
	if !found.IsDir() {
		in.Base = filepath.Base(at)
		return in, t.add(&in, in.Base, at)
	}
	root, err := filepath.EvalSymlinks(at)
	if err != nil {
		return in, err
	}
	files, err := filesBelow(root)
	if err != nil {
		return in, err
	}
	for _, path := range files {
		name, err := filepath.Rel(root, path)
		if err == nil {
			err = t.add(&in, filepath.ToSlash(name), filepath.Join(at, name))
		}
		if err != nil {
			return in, err
		}
	}
	slices.SortFunc(in.Files, func(a, b sweep.InputFile) int { return cmp.Compare(a.Name, b.Name) })
	return in, nil
}

// add adds a file to an input.
func (t *Trainer) add(in *sweep.Input, name, path string) error {
	read, err := t.contents.of(path)
	if err != nil {
		return err
	}
	found, err := os.Stat(path)
	if err == nil {
		in.Files = append(in.Files, sweep.InputFile{Name: name, SHA256: read.hash, Size: found.Size(), Executable: found.Mode()&0o111 != 0, Path: path})
	}
	return err
}

// scriptsOf are the words of a command that are files below its folder: scripts that its
// program reads, and the program itself if it is one.
func scriptsOf(c *sweep.Command) (names []string) {
	for i, word := range c.Run {
		name := filepath.Clean(word)
		if strings.ContainsAny(word, "{}") || !filepath.IsLocal(name) {
			continue
		}
		path := inDir(c, name)
		if i == 0 && (!strings.ContainsRune(filepath.ToSlash(word), '/') || !isScript(path)) {
			continue
		}
		if found, err := os.Stat(path); err != nil || !found.Mode().IsRegular() {
			continue
		}
		names = append(names, filepath.ToSlash(name))
	}
	return names
}

// isScript reports whether a file is for an interpreter, which it names.
func isScript(path string) bool {
	file, err := regular.Open(path)
	if err != nil {
		return false
	}
	start := make([]byte, 2)
	_, err = io.ReadFull(file, start)
	return errors.Join(err, file.Close()) == nil && string(start) == "#!"
}
