package grid

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"sweep/sweep"
)

// decoder turns the text of a grid file into a Spec, noting every problem on
// the way.
type decoder struct {
	file       string
	text       string
	lines      map[string]int // of keys such as "grid.lr"
	parameters []sweep.Parameter
	problems   []Problem
	more       int // problems beyond those kept
	library    *library
	chain      []string // files, each of which includes the next, down to this one
	imported   bool     // the runs were trained elsewhere, and their paths lead nowhere here
}

// newDecoder returns a decoder of a file that belongs to a library. If the library is
// nil, the file is the grid itself, and gets a new one.
func newDecoder(file, text string, l *library) *decoder {
	if l == nil {
		l = &library{
			folder: filepath.Dir(file), held: map[string]string{}, lines: map[string]map[string]int{},
			decoded: map[string]parts{}, adapters: adapters{}, pinned: pins{}, counts: counts{}, counted: map[string]sweep.Params{}, survey: &survey{},
		}
	}
	return &decoder{
		file: file, text: text, parameters: sweep.Parameters(),
		library: l, chain: []string{filepath.Clean(file)},
	}
}

// parts is the content of a grid file and of what it includes.
type parts struct {
	name, question string
	imported       string
	unnamed        bool // the file has no name at all
	common         settings
	arms           []named
	predictions    []prediction
}

// named is an arm's name and settings.
type named struct {
	name string
	settings
}

// decode returns the Spec, which is complete only if there are no problems.
func (d *decoder) decode() *Spec {
	all := d.parts()
	spec := &Spec{Name: all.name, Question: all.question, File: d.file, Source: d.text, Imported: all.imported, adapters: d.library.adapters, counts: d.library.counts, counted: d.library.counted}
	if all.unnamed {
		d.note(Problem{Key: "name", Fault: "is missing", Allowed: nameAllowed})
	}
	if !d.fewEnough(all) {
		return spec
	}
	spec.predictions, spec.customs = all.predictions, d.library.customs()
	spec.Arms = d.assembleAll(all)
	for i := range spec.Arms {
		if d.knowsAdapters(&spec.Arms[i]) { // else NewPlan asks, and decodes again
			d.check(spec, &spec.Arms[i])
		}
	}
	return spec
}

// parts reads the file and what it includes. The settings of the file replace those
// that it includes.
func (d *decoder) parts() (own parts) {
	if !d.decodable() {
		return own
	}
	d.lines = keyLines(d.text)
	d.library.lines[d.file] = d.lines
	values := map[string]any{}
	meta, err := toml.Decode(d.text, &values)
	if err != nil {
		d.note(syntaxProblem(err))
		return own
	}
	own.unnamed = values["name"] == nil
	root := section{keys: meta.Keys(), values: values}
	for _, key := range root.names() {
		switch key {
		case "name":
			own.name = d.textOf(key, values[key])
			d.checkName(key, own.name)
		case "question":
			own.question = d.textOf(key, values[key])
		case "imported":
			own.imported, d.imported = d.textOf(key, values[key]), true
		case "arm", "include", "included", "pinned", "starting", "counted", "predict", "set":
		default:
			if tables := settingTables(); !slices.Contains(tables, key) {
				d.noteUnknown(root, key, slices.Concat([]string{"name", "question", "include"}, tables, []string{"arm", "predict"})...)
			}
		}
	}
	d.decodeIncluded(root)
	if d.library.survey.seen == nil {
		d.library.survey = d.survey(values)
		if n := len(d.library.customs()); n > maxCustoms {
			d.note(Problem{Fault: fmt.Sprintf("commands have %d parameters of their own, but at most %d are allowed", n, maxCustoms)})
			return own
		}
	}
	d.decodePinned(root)
	d.decodeStarting(root)
	d.decodeCounted(root)
	base := d.include(root)
	own.question = cmp.Or(own.question, base.question)
	set := d.decodeSettings(root)
	set.command = d.decodeCommand(root)
	own.common = d.override(base.common, set)
	own.arms = d.decodeArms(root, base.arms)
	own = d.decodeSet(root, own)
	own.predictions = d.decodePredictions(root, base.predictions)
	return own
}

func (d *decoder) textOf(key string, raw any) string {
	s, ok := raw.(string)
	if !ok || s == "" {
		d.note(Problem{Key: key, Given: tomlText(raw), Fault: "is no text", Allowed: "text in quotes"})
	}
	return s
}

const nameAllowed = "letters, digits, '.', '_' and '-', starting with a letter or digit"

// maxName is the largest length of a name. It is part of file names, which may have
// 255 characters at most.
const maxName = 100

// The form of a name, and the names that Windows takes for devices, whatever their
// extension.
var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	device   = regexp.MustCompile(`^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)
)

// checkName notes the name of a sweep or an arm that is not safe in file names or on a
// command line. An empty name has been noted before.
func (d *decoder) checkName(key, name string) {
	p := Problem{Key: key, Given: tomlText(name)}
	switch {
	case name == "":
		return
	case !nameForm.MatchString(name):
		p.Fault, p.Allowed = "is no name", nameAllowed
	case len(name) > maxName:
		p.Fault, p.Allowed = fmt.Sprintf("is %d characters long, too many for the files that are called by it", len(name)), fmt.Sprintf("%d at the most", maxName)
	case device.MatchString(name):
		p.Fault, p.Allowed = "is a device on Windows, where no file can be called so", "another name"
	default:
		return
	}
	d.note(p)
}

// resolve turns a path that is relative to the grid file's folder into one that opens
// from the current folder.
func (d *decoder) resolve(q sweep.Parameter, v any) any {
	path, ok := v.(string)
	if q.Kind != sweep.KindPath || !ok || path == "" || d.imported || strings.HasPrefix(path, "builtin:") {
		return v
	}
	path, name := d.locate(d.library.pinned.at(q.Name, path))
	if q.Name == "adapter" {
		d.library.adapters.at(path, name)
	}
	return path
}

// locate returns the path from the current folder of what this file names, and its name
// in the whole grid, which is relative to the grid's folder. Absolute paths and names on
// the Hugging Face hub stay.
func (d *decoder) locate(path string) (place, name string) {
	if filepath.IsAbs(path) || sweep.IsHubName(path) {
		return path, path
	}
	place = d.beside(path)
	return place, d.library.name(place)
}

func (d *decoder) noteUnknown(s section, name string, known ...string) {
	d.note(Problem{Key: s.key(name), Fault: "is unknown here", Allowed: strings.Join(known, ", "), Nearest: sweep.Nearest(name, known)})
}

// valueProblem says why the parameter does not take a value.
func valueProblem(q sweep.Parameter, key string, raw any, why error) Problem {
	p := Problem{Key: key, Given: tomlText(raw), Fault: why.Error(), Allowed: q.Allowed()}
	if s, ok := raw.(string); ok && q.Kind == sweep.KindChoice {
		p.Nearest = sweep.Nearest(s, q.Choices)
	}
	if list, ok := raw.([]any); ok && q.IsList() {
		p.Nearest = nearestElement(list, q.Choices)
	}
	if table, ok := raw.(map[string]any); ok && q.Kind == sweep.KindTexts {
		names := make([]any, 0, len(table))
		for _, name := range sortedKeys(table) {
			names = append(names, name)
		}
		p.Nearest = nearestElement(names, q.Choices)
	}
	return p
}

// nearestElement returns the choice that was most likely meant by the first unknown
// name in the list.
func nearestElement(list []any, choices []string) string {
	for _, element := range list {
		if s, ok := element.(string); ok && !slices.Contains(choices, s) {
			return sweep.Nearest(s, choices)
		}
	}
	return ""
}

func (d *decoder) note(p Problem) {
	p.File = cmp.Or(p.File, d.file)
	if lines := d.library.lines[p.File]; p.Line == 0 {
		p.Line = cmp.Or(lines[p.Key], lines[p.Key+"[1]"])
	}
	d.add([]Problem{p})
}

// add keeps the first problems of a grid, and counts the others.
func (d *decoder) add(problems []Problem) {
	kept := min(len(problems), maxProblems-len(d.problems))
	d.problems = append(d.problems, problems[:kept]...)
	d.more += len(problems) - kept
}

// noteOnce notes a problem, unless it was noted for another arm.
func (d *decoder) noteOnce(p Problem) {
	if !slices.ContainsFunc(d.problems, func(q Problem) bool {
		return q.File == cmp.Or(p.File, d.file) && q.Key == p.Key && q.Fault == p.Fault
	}) {
		d.note(p)
	}
}

func syntaxProblem(err error) Problem {
	if parse, ok := errors.AsType[toml.ParseError](err); ok {
		message := strings.ReplaceAll(parse.Message, "out of range for int64", fmt.Sprintf("beyond what TOML's integers hold, %d to %d", math.MinInt64, math.MaxInt64))
		return Problem{Line: parse.Position.Line, Fault: "this is no TOML: " + message}
	}
	return Problem{Fault: "this is no TOML: " + err.Error()}
}
