package grid

import (
	"errors"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sweep/sweep"
)

// command is a [command]: the program that trains the runs of a grid, or of an arm, in
// place of the built-in trainer.
//
//	[command]
//	run     = ["python", "train.py", "--lora_alpha", "{alpha}", "--output_dir", "{dir}"]
//	files   = ["train.py", "data/*.jsonl"]   # part of the runs' identity
//	env     = { TOKENIZERS_PARALLELISM = "false" }
//	metrics = "trainer_state"                # or { from = ..., names = { loss = "train_loss" } }
//	gpus    = 1                              # a run's share: 0.5, 1, 2 ...; 0 is none
//	timeout = "6h"
type command struct {
	sweep.Command                  // without Stated
	keys          map[string]place // where each key stands
}

// commandKey is a key of a [command].
type commandKey struct {
	name    string
	allowed string
	set     func(c *sweep.Command, raw any) error // the error is a clause about raw
}

// commandKeys are all keys, in the order in which to explain them.
func commandKeys() []commandKey {
	const duration = `a time in quotes, such as "90s", "6h" or "2d"`
	length := func(name string, of func(c *sweep.Command) *time.Duration) commandKey {
		return commandKey{name, duration, func(c *sweep.Command, raw any) (err error) {
			*of(c), err = toDuration(raw)
			return err
		}}
	}
	return []commandKey{
		{"run", `a list of texts, the program first, such as ["python", "train.py", "--lr", "{lr}"]`, func(c *sweep.Command, raw any) (err error) {
			c.Run, err = toRun(raw)
			return err
		}},
		{"env", `a table of texts, such as { WANDB_MODE = "offline" }`, func(c *sweep.Command, raw any) (err error) {
			c.Env, err = toEnv(raw)
			return err
		}},
		{"template", "the name of a file in quotes", func(c *sweep.Command, raw any) (err error) {
			c.Template, err = toFileName(raw)
			return err
		}},
		{"files", `a list of names and patterns, such as ["train.py", "data/*.jsonl"]`, func(c *sweep.Command, raw any) (err error) {
			c.Files, err = toPatterns(raw)
			return err
		}},
		{"gpus", "0 for none, a share of one such as 0.5, or a whole number of them", func(c *sweep.Command, raw any) (err error) {
			c.GPUs, err = toShare(raw)
			return err
		}},
		length("timeout", func(c *sweep.Command) *time.Duration { return &c.Timeout }),
		length("start_timeout", func(c *sweep.Command) *time.Duration { return &c.StartTimeout }),
		length("quiet_timeout", func(c *sweep.Command) *time.Duration { return &c.QuietTimeout }),
		length("grace", func(c *sweep.Command) *time.Duration { return &c.Grace }),
		{"copies", "true or false", func(c *sweep.Command, raw any) (err error) {
			var ok bool
			if c.Copies, ok = raw.(bool); !ok {
				err = errors.New("is no flag")
			}
			return err
		}},
		{"metrics", "one of " + strings.Join(sweep.MetricSources(), ", ") + ", or a table with from, pattern, names and higher", func(c *sweep.Command, raw any) (err error) {
			c.Metrics, err = toMetrics(raw)
			return err
		}},
	}
}

// decodeCommand returns the [command] in s, nil where there is none.
func (d *decoder) decodeCommand(s section) *command {
	if s.values["command"] == nil {
		return nil
	}
	table := d.subtable(s, "command")
	c := &command{Command: sweep.Command{Dir: d.folder()}, keys: map[string]place{"": {d.file, table.path}}}
	d.setCommand(c, table)
	if c.Run == nil && table.values["run"] == nil {
		p := Problem{Key: table.key("run"), Line: d.lines[table.path], Fault: "is missing", Allowed: commandKeys()[0].allowed}
		if s.path != "" {
			p.Fault = "is missing: [arm.command] takes the place of all of [command], so repeat what is to stay"
		}
		d.note(p)
	}
	return c
}

// folder is that of the file, from the root of the file system.
func (d *decoder) folder() string {
	dir := filepath.Dir(d.file)
	if whole, err := filepath.Abs(dir); err == nil {
		return whole
	}
	return dir
}

// setCommand sets what a table of a command says.
func (d *decoder) setCommand(c *command, table section) {
	all := commandKeys()
	for _, name := range table.names() {
		i := slices.IndexFunc(all, func(k commandKey) bool { return k.name == name })
		if i < 0 {
			var known []string
			for _, k := range all {
				known = append(known, k.name)
			}
			d.noteUnknown(table, name, known...)
			continue
		}
		at := place{d.file, table.key(name)}
		c.keys[name] = at
		if err := all[i].set(&c.Command, table.values[name]); err != nil {
			d.note(Problem{Key: at.key, Given: tomlText(table.values[name]), Fault: err.Error(), Allowed: all[i].allowed})
		}
	}
}

// at returns the place of a key of the command, or of its table where it has no such key.
func (c *command) at(key string) place {
	if at, ok := c.keys[key]; ok {
		return at
	}
	return c.keys[""]
}

// withSet returns a command with what the [set.command] in s replaces of it.
func (d *decoder) withSet(c *command, s section) *command {
	if s.values["command"] == nil {
		return c
	}
	table := d.subtable(s, "command")
	if c == nil {
		d.note(Problem{Key: table.path, Fault: "sets something of a command, and there is none here; write a [command] in the grid"})
		return nil
	}
	changed := &command{Command: c.Command, keys: map[string]place{}}
	for name, at := range c.keys {
		changed.keys[name] = at
	}
	d.setCommand(changed, table)
	return changed
}

func toRun(raw any) ([]string, error) {
	texts, err := toListOfTexts(raw)
	switch {
	case err != nil:
		if text, ok := raw.(string); ok {
			return nil, fmt.Errorf("is one text, and no shell is there to split it; write %s", tomlText(anys(strings.Fields(text))))
		}
		return nil, err
	case len(texts) == 0 || texts[0] == "":
		return nil, errors.New("names no program")
	}
	for i, text := range texts {
		parts, err := sweep.ParseArgument(text)
		if err != nil {
			return nil, fmt.Errorf("has the argument %s, which %w", strconv.Quote(text), err)
		}
		if several := severalIn(parts); several != "" && (len(parts) > 1 || i == 0) {
			return nil, fmt.Errorf("has {%s} in %s, where it stands for several arguments; write it as an argument of its own", several, strconv.Quote(text))
		}
	}
	return texts, nil
}

// severalIn returns the first placeholder that stands for several arguments, or "".
func severalIn(parts []sweep.TextPart) string {
	for _, part := range parts {
		if word, _, _ := strings.Cut(part.Placeholder, ":"); word == "args" {
			return part.Placeholder
		}
	}
	return ""
}

// ownVariable begins the names of the variables that every run has.
const ownVariable = "SWEEP_"

func toEnv(raw any) (map[string]string, error) {
	table, ok := raw.(map[string]any)
	if !ok {
		return nil, errors.New("is no table")
	}
	env := map[string]string{}
	for _, name := range sortedKeys(table) {
		text, ok := table[name].(string)
		switch {
		case !ok:
			return nil, fmt.Errorf("has no text for %s; write %s = %s", name, name, strconv.Quote(strings.Trim(tomlText(table[name]), `"`)))
		case name == "" || strings.ContainsAny(name, "=\x00") || !sweep.IsVisiblePath(name):
			return nil, fmt.Errorf("has %s, which is no name of a variable", strconv.Quote(name))
		case strings.HasPrefix(name, ownVariable):
			return nil, fmt.Errorf("has %s, which every run is given; choose a name without %s", name, ownVariable)
		case strings.Contains(text, "\x00"):
			return nil, fmt.Errorf("has a character in %s that no variable can hold", name)
		}
		parts, err := sweep.ParseArgument(text)
		if err != nil {
			return nil, fmt.Errorf("has %s = %s, which %w", name, strconv.Quote(text), err)
		}
		if several := severalIn(parts); several != "" {
			return nil, fmt.Errorf("has {%s} in %s, where it stands for several arguments; write it in run, as an argument of its own", several, name)
		}
		env[name] = text
	}
	return env, nil
}

func toFileName(raw any) (string, error) {
	name, ok := raw.(string)
	switch {
	case !ok || name == "":
		return "", errors.New("is no text")
	case !sweep.IsVisiblePath(name):
		return "", sweep.ErrHiddenPath
	}
	return name, nil
}

func toPatterns(raw any) ([]string, error) {
	names, err := toListOfTexts(raw)
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		if _, err := toFileName(name); err != nil {
			return nil, fmt.Errorf("has %s, which %w", strconv.Quote(name), err)
		}
		if _, err := path.Match(filepath.ToSlash(name), ""); err != nil {
			return nil, fmt.Errorf("has %s, which is no pattern: a bracket is open, or a character is missing", strconv.Quote(name))
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("has %s twice", strconv.Quote(name))
		}
	}
	return names, nil
}

func toShare(raw any) (*float64, error) {
	x, ok := sweep.Number(raw)
	switch {
	case !ok || math.IsNaN(x) || math.IsInf(x, 0):
		return nil, errors.New("is no number")
	case x < 0:
		return nil, errors.New("is below 0")
	case x > 1 && x != math.Trunc(x):
		return nil, errors.New("is more than one and not whole: a run shares one with others, or has several to itself")
	case x > maxGPUs:
		return nil, fmt.Errorf("is more than %d", maxGPUs)
	}
	return &x, nil
}

// maxGPUs is above what any machine has.
const maxGPUs = 1024

// days is a whole number of days at the beginning of a time.
var days = regexp.MustCompile(`^([0-9]{1,5})d`)

// toDuration reads a time as time.ParseDuration has it, with days before it, as in "2d12h".
func toDuration(raw any) (time.Duration, error) {
	text, ok := raw.(string)
	if !ok {
		return 0, errors.New("is no text")
	}
	var whole time.Duration
	rest := text
	if found := days.FindStringSubmatch(text); found != nil {
		n, _ := strconv.Atoi(found[1]) // five digits at the most
		whole, rest = time.Duration(n)*24*time.Hour, text[len(found[0]):]
	}
	length, err := time.ParseDuration(rest)
	switch {
	case rest == "" && text != "":
		length = 0
	case err != nil:
		return 0, errors.New("is no time")
	}
	if whole += length; whole <= 0 || length < 0 {
		return 0, errors.New("is no time above 0; leave it out for none")
	}
	return whole, nil
}

// toListOfTexts reads a list of texts that programs and files can have.
func toListOfTexts(raw any) ([]string, error) {
	list, ok := raw.([]any)
	if !ok {
		return nil, errors.New("is no list of texts")
	}
	texts := make([]string, len(list))
	for i, element := range list {
		if texts[i], ok = element.(string); !ok {
			return nil, fmt.Errorf("has %s, which is no text; write %s", tomlText(element), strconv.Quote(tomlText(element)))
		}
		if strings.Contains(texts[i], "\x00") {
			return nil, errors.New("has a character that no argument can hold")
		}
	}
	return texts, nil
}
