package command

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/trainer/command/metrics"
)

// Inspect checks what of a command can be checked before it runs: its program, its files,
// its template, and that all parameters that the grid states get to it.
func (t *Trainer) Inspect(p sweep.Params) (sweep.Inputs, error) {
	if err := metrics.Check(p.Command.Metrics); err != nil {
		return sweep.Inputs{}, err
	}
	r, err := newRendering(sweep.Run{Params: p}, "")
	if err != nil {
		return sweep.Inputs{}, err
	}
	words, err := r.arguments()
	if err == nil {
		_, err = find(p.Command, words)
	}
	if err != nil {
		return sweep.Inputs{}, err
	}
	if err := r.checkTemplate(); err != nil {
		return sweep.Inputs{}, err
	}
	files, err := t.contents.read(p.Command)
	if err != nil {
		return sweep.Inputs{}, err
	}
	if lost := p.Command.Unreached(r.used, files.mentions); len(lost) > 0 {
		return sweep.Inputs{}, fmt.Errorf("%s: the grid sets it, and it does not get to the command; write {%s} in run, env or the template, or {args} or {params} in run for all parameters, or name under files the file that reads the path in %s",
			strings.Join(lost, ", "), lost[0], paramsVariable)
	}
	return sweep.Inputs{Command: files.hash}, nil
}

// checkTemplate refuses placeholders of a template that stand for nothing.
func (r *rendering) checkTemplate() error {
	for _, name := range sweep.PlaceholdersIn(r.template) {
		if _, ok := r.values[name]; ok && name != "template" {
			continue
		}
		instead := fmt.Sprintf(`write \{%s} for text in braces`, name)
		if near := sweep.Nearest(name, slices.Concat(r.run.Params.Command.Stated, sweep.CommandPlaceholders())); near != "" && near != name {
			instead = fmt.Sprintf("did you mean {%s}? Or %s", near, instead)
		}
		return fmt.Errorf("template = %q: {%s} stands for nothing in it: the grid sets no such parameter; %s", r.run.Params.Command.Template, name, instead)
	}
	return nil
}

// Notes are for a person, on what of a command may not be as they think.
func (t *Trainer) Notes(p sweep.Params) (notes []string, err error) {
	names, err := named(p.Command)
	if err != nil {
		return nil, err
	}
	for _, word := range p.Command.Run {
		info, err := os.Stat(inDir(p.Command, word))
		if err != nil || !info.Mode().IsRegular() || filepath.IsAbs(word) {
			continue
		}
		if name := filepath.ToSlash(filepath.Clean(word)); !slices.Contains(names, name) {
			notes = append(notes, fmt.Sprintf("%s is not among the files of [command]: when it changes, runs that are done stay as they are; write files = [%q]", word, name))
		}
	}
	return notes, nil
}

// Estimate returns the steps of a run as its work. What memory a command takes is not
// known.
func (t *Trainer) Estimate(p sweep.Params) (sweep.Estimate, error) {
	return sweep.Estimate{Work: float64(p.Steps)}, nil
}

// CommandLine returns the program and the arguments that train a run, and the folder that
// it runs in.
func (t *Trainer) CommandLine(run sweep.Run) (words []string, dir string, err error) {
	at, err := folderOf(t.runs, run.Key)
	if err != nil {
		return nil, "", err
	}
	r, err := newRendering(run, at)
	if err != nil {
		return nil, "", err
	}
	words, err = r.arguments()
	return words, run.Params.Command.Dir, err
}
