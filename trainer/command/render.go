package command

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sweep/sweep"
)

// rendering fills in the placeholders of a run.
type rendering struct {
	run      sweep.Run
	folder   folder
	all      []parameter
	values   map[string]string // by placeholder
	args     []parameter       // that {args} stands for
	template []sweep.TextPart  // of the template, nil without one
	used     []string          // placeholders of the command and of its template
}

// newRendering reads the template and gets ready to fill in a run's placeholders.
func newRendering(run sweep.Run, at folder) (*rendering, error) {
	r := &rendering{run: run, folder: at, all: parameters(run.Params)}
	used, err := run.Params.Command.Placeholders()
	if err != nil {
		return nil, err
	}
	if run.Params.Command.Template != "" {
		text, err := readTemplate(run.Params.Command)
		if err != nil {
			return nil, err
		}
		r.template = sweep.ParseTemplate(text)
		used = append(used, sweep.PlaceholdersIn(r.template)...)
	}
	r.used = used
	names := run.Params.Command.Arguments(used)
	r.args = slices.DeleteFunc(slices.Clone(r.all), func(p parameter) bool { return !slices.Contains(names, p.name) })
	r.values = map[string]string{"dir": string(at), "key": run.Key, "name": run.Name, "template": at.own(r.templateName())}
	for name, f := range forms() {
		r.values[name] = at.own(f.file)
	}
	for _, p := range r.all {
		r.values[p.name] = argument(p.value)
	}
	return r, nil
}

// templateName is the name of the rendered template, with the ending of the template.
func (r *rendering) templateName() string {
	return "template" + filepath.Ext(r.run.Params.Command.Template)
}

// write writes the files that the placeholders stand for.
func (r *rendering) write() error {
	for placeholder, f := range forms() {
		if placeholder != "params" && !slices.Contains(r.used, placeholder) {
			continue
		}
		if err := r.folder.write(f.file, f.text(r.all)); err != nil {
			return err
		}
	}
	if r.template == nil {
		return nil
	}
	if err := r.checkTemplate(); err != nil {
		return err
	}
	return r.folder.write(r.templateName(), []byte(sweep.FillIn(r.template, r.value)))
}

// arguments returns the program and its arguments.
func (r *rendering) arguments() (all []string, err error) {
	for _, text := range r.run.Params.Command.Run {
		parts, err := sweep.ParseArgument(text)
		if err != nil {
			return nil, err
		}
		if len(parts) == 1 && parts[0].Placeholder != "" {
			if several, ok := r.several(parts[0].Placeholder); ok {
				all = append(all, several...)
				continue
			}
		}
		all = append(all, sweep.FillIn(parts, r.value))
	}
	return all, nil
}

// several returns what a placeholder that is an argument of its own stands for, where
// that may be several.
func (r *rendering) several(placeholder string) (all []string, ok bool) {
	switch placeholder {
	case "args":
		for _, p := range r.args {
			all = append(all, "--"+p.name, argument(p.value))
		}
		return all, true
	case "args:hydra":
		for _, p := range r.args {
			all = append(all, p.name+"="+argument(p.value))
		}
		return all, true
	default:
		return nil, false
	}
}

// value is that of a placeholder within a text.
func (r *rendering) value(placeholder string) string {
	if several, ok := r.several(placeholder); ok {
		return strings.Join(several, " ")
	}
	return r.values[placeholder]
}

// sweepVariable begins the names of the variables that tell a program of its run.
const sweepVariable = "SWEEP_"

// variables returns what tells the program of its run, by the names of the variables.
func (r *rendering) variables(attempt int, deadline time.Time) map[string]string {
	p := r.run.Params
	all := map[string]string{
		paramsVariable: r.folder.own(forms()["params"].file), "SWEEP_KEY": r.run.Key, "SWEEP_DIR": string(r.folder),
		"SWEEP_ATTEMPT": strconv.Itoa(attempt), "SWEEP_RESUME": "0", "SWEEP_STEPS": strconv.Itoa(p.Steps), "SWEEP_SEED": strconv.Itoa(p.Seed),
		"SWEEP_METRICS": r.folder.metrics(attempt),
	}
	if attempt > 1 {
		all["SWEEP_RESUME"] = "1"
	}
	if !deadline.IsZero() {
		all["SWEEP_DEADLINE"] = strconv.FormatInt(deadline.Unix(), 10)
	}
	return all
}

// unbuffered has Python write each line of its output at once, to a file, too.
const unbuffered = "PYTHONUNBUFFERED"

// environment is the whole environment of the program: that of this process, with what a
// grant of GPUs changed in it, the variables of the grid, and those of sweep.
func (r *rendering) environment(granted []string, attempt int, deadline time.Time) ([]string, error) {
	all := map[string]string{unbuffered: "1"}
	for _, entry := range granted {
		if name, value, ok := strings.Cut(entry, "="); ok && !strings.HasPrefix(name, sweepVariable) {
			all[name] = value
		}
	}
	for name, text := range r.run.Params.Command.Env {
		parts, err := sweep.ParseArgument(text)
		if err != nil {
			return nil, fmt.Errorf("env.%s: %w", name, err)
		}
		all[name] = sweep.FillIn(parts, r.value)
	}
	maps.Copy(all, r.variables(attempt, deadline))
	var entries []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		entries = append(entries, name+"="+all[name])
	}
	return entries, nil
}

// readTemplate reads the template of a command.
func readTemplate(c *sweep.Command) (string, error) {
	text, err := os.ReadFile(inDir(c, c.Template))
	if err != nil {
		return "", fmt.Errorf("template = %q: %w", c.Template, err)
	}
	return string(text), nil
}

// inDir is a path relative to the command's folder.
func inDir(c *sweep.Command, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Dir, path)
}
