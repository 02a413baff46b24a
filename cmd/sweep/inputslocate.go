package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sweep/sweep"
	"sweep/sweep/grid"
)

// locator finds what runs read on this machine.
type locator struct {
	trainer fineTuner
	cache   inputCache
	watch   func(fetching) // how a fetch from the hub gets on
}

// relocate finds the inputs of a run, and makes sure that it reads there what it was
// planned with, and by the same arithmetic. The error says what is missing or differs, and
// what to do.
func (l *locator) relocate(ctx context.Context, run sweep.Run, inputs []sweep.Input) (relocation, error) {
	r := relocation{fineTuner: l.trainer, paths: map[string]string{}}
	for _, in := range inputs {
		path, err := l.locate(ctx, r.of(run.Params), in)
		if err != nil {
			return relocation{}, err
		}
		if path != "" {
			r.paths[in.Parameter] = path
		}
	}
	err := r.check(run)
	if _, differs := errors.AsType[*inputsError](err); differs && run.TrainedHere() {
		// It may have read what lay at one of the paths before that was written to.
		r.fineTuner = l.trainer.anew()
		err = r.check(run)
	}
	if err != nil {
		return relocation{}, err
	}
	return r, nil
}

// locate finds an input of a run of p, and returns the path that stands for it here: ""
// where the run has that already.
func (l *locator) locate(ctx context.Context, p sweep.Params, in sweep.Input) (path string, err error) {
	switch {
	case sweep.IsHubName(in.Name):
		return "", l.fetchFromHub(ctx, in)
	case len(in.Files) == 0 && in.Parameter != sweep.InputOfCommand:
		return "", nil // it is built in
	}
	var looked []error
	for _, at := range l.places(in) {
		err := l.holds(p, in, at)
		if err == nil {
			return at, nil
		}
		looked = append(looked, err)
	}
	at := l.cache.cached(in)
	err = l.cache.fetch(ctx, in)
	if err == nil {
		err = l.holds(p, in, at)
	}
	if err == nil {
		return at, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if !errors.Is(err, errNotInStore) {
		return "", fmt.Errorf("%s: fetch it from the store: %w", inputName(in), err)
	}
	return "", l.nowhere(in, append(looked, err))
}

// places are where an input may lie, but for the store: "" is where the run has it.
func (l *locator) places(in sweep.Input) []string {
	all := []string{""}
	if in.Absolute {
		return all
	}
	all = append(all, l.cache.cached(in))
	if name := in.Name[strings.LastIndexAny(in.Name, `/\`)+1:]; name != "" {
		all = append(all, filepath.Join(l.cache.dir, name))
	}
	return all
}

// holds returns an error unless an input lies at a path, or for "" where the run has it.
func (l *locator) holds(p sweep.Params, in sweep.Input, path string) error {
	at := relocation{paths: map[string]string{in.Parameter: path}}.of(p)
	where := path
	if in.Parameter == sweep.InputOfCommand {
		where = at.Command.Dir
		if found, err := os.Stat(where); err != nil || !found.IsDir() {
			return fmt.Errorf("%s is not there", where)
		}
	} else if where == "" {
		where = in.Name
	}
	found, err := l.trainer.InputFile(in.Parameter, at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is not there, or not all of it", where)
	case err != nil:
		return fmt.Errorf("%s: %w", where, err)
	case !found.Same(in):
		return fmt.Errorf("%s %s", where, differenceOf(found, in))
	}
	return nil
}

// differenceOf says of what is found in the place of an input how it differs.
func differenceOf(found, want sweep.Input) string {
	has := map[string]string{}
	for _, f := range found.Files {
		has[f.Name] = f.SHA256
	}
	for _, f := range want.Files {
		switch here, ok := has[f.Name]; {
		case !ok:
			return fmt.Sprintf("has no %s", f.Name)
		case here != f.SHA256:
			return fmt.Sprintf("has another %s: its SHA-256 is %.12s, in the sweep %.12s", f.Name, here, f.SHA256)
		}
		delete(has, f.Name)
	}
	for _, f := range found.Files {
		if _, more := has[f.Name]; more {
			return fmt.Sprintf("has %s, too, which would be read", f.Name)
		}
	}
	return "differs"
}

// fetchFromHub fetches what a name on the hub stands for, unless its cache has it.
func (l *locator) fetchFromHub(ctx context.Context, in sweep.Input) error {
	found, err := l.trainer.find(ctx, grid.HubUse{Parameter: in.Parameter, Name: in.Name}, l.watch)
	if err == nil && found.files > 0 {
		err = found.fetch(ctx, l.watch)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", inputName(in), err)
	}
	return nil
}

// nowhere says where an input was looked for, and what to do.
func (l *locator) nowhere(in sweep.Input, looked []error) error {
	var places []string
	for _, err := range looked {
		places = append(places, err.Error())
	}
	text := fmt.Sprintf("%s is not on this machine: %s", inputName(in), strings.Join(places, "; "))
	switch {
	case in.Absolute:
		text += "; some of its files have absolute paths, and are needed there"
	case in.Parameter == sweep.InputOfCommand:
		text += fmt.Sprintf("; put its files into the folder of the grid, or queue the sweep again with --send-up-to %s", sweep.FormatBytes(in.Size()))
	default:
		text += fmt.Sprintf("; put it at its path or into the folder %s, or queue the sweep again with --send-up-to %s", l.cache.dir, sweep.FormatBytes(in.Size()))
	}
	return errors.New(text)
}
