package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Command is a program of a person's own that trains runs, in place of the built-in
// trainer: the table [command] of a grid.
//
// Texts in Run and Env, and the file Template, may hold placeholders: the name of a
// parameter in braces, such as {lr}, or one of CommandPlaceholders. In Run and Env, {{ and
// }} stand for braces.
type Command struct {
	Run      []string          `json:"run"`                // the program and its arguments, with placeholders; no shell reads them
	Env      map[string]string `json:"env,omitempty"`      // variables beside those of this process, with placeholders
	Template string            `json:"template,omitempty"` // file that is rendered for each run, "" for none; relative to Dir
	Files    []string          `json:"files,omitempty"`    // patterns of the files whose content is part of a run's identity; relative to Dir
	Metrics  CommandMetrics    `json:"metrics,omitzero"`
	Dir      string            `json:"dir"` // folder of the grid file, in which the program runs

	GPUs         *float64      `json:"gpus,omitempty"`          // a run's share: whole ones, or part of one; nil is one where the machine has any
	Timeout      time.Duration `json:"timeout,omitempty"`       // of an attempt; 0 is none
	StartTimeout time.Duration `json:"start_timeout,omitempty"` // until the first metric; 0 is none
	QuietTimeout time.Duration `json:"quiet_timeout,omitempty"` // between two metrics; 0 is none
	Grace        time.Duration `json:"grace,omitempty"`         // between SIGTERM and SIGKILL; 0 is DefaultGrace
	Copies       bool          `json:"copies,omitempty"`        // record runs that are equal by symmetry as copies of each other
	Stated       []string      `json:"stated,omitempty"`        // parameters that the grid sets, those of its own among them, ascending; nothing is known of the others
}

// DefaultGrace is how long a program may take to end after SIGTERM.
const DefaultGrace = 30 * time.Second

// CommandMetrics says where a command's metrics are, and what they are called there.
type CommandMetrics struct {
	From    string            `json:"from,omitempty"`    // one of MetricSources; "" takes the first that has any
	Pattern string            `json:"pattern,omitempty"` // regular expression for From = "pattern", with named groups such as (?P<loss>...)
	Names   map[string]string `json:"names,omitempty"`   // what the program calls step, loss, grad_norm and eval_loss, by these names
	Higher  []string          `json:"higher,omitempty"`  // metrics that are better when they are higher, ascending
}

// MetricSources returns the places where metrics may be, in the order in which they are
// looked for: the file $SWEEP_METRICS, JSON lines or the Trainer's on stdout, the Trainer's
// trainer_state.json, TensorBoard's event files and, for a pattern, any line.
func MetricSources() []string {
	return []string{"file", "stdout", "trainer_state", "tensorboard", SourcePattern}
}

// SourcePattern is the one of MetricSources that needs a pattern.
const SourcePattern = "pattern"

// CommandPlaceholders returns the placeholders that are no parameters, without their
// braces: {args} is --name value for all of Command.Arguments, {args:hydra} is name=value,
// and each stands for several arguments; {params} is the path of a JSON file with the
// parameters that are stated, {params.yaml} and {params.toml} likewise; {template} is that
// of the rendered template, {dir} the run's folder, {key} and {name} the run's.
func CommandPlaceholders() []string {
	return []string{"args", "args:hydra", "params", "params.json", "params.yaml", "params.toml", "template", "dir", "key", "name"}
}

// States reports whether the grid sets a parameter, by its own name. A run of the built-in
// trainer has all of them.
func (p *Params) States(name string) bool {
	return p.Command == nil || slices.Contains(p.Command.Stated, name)
}

// ProgramOf is how people call a command, such as "python train.py": its program and the
// arguments up to the first that is an option or has a placeholder.
func ProgramOf(c *Command) string {
	var words []string
	for i, word := range c.Run {
		if i > 0 && (strings.HasPrefix(word, "-") || strings.Contains(word, "{")) {
			break
		}
		words = append(words, word)
	}
	if len(words) > 0 {
		words[0] = words[0][strings.LastIndexAny(words[0], `/\`)+1:]
	}
	return strings.Join(words, " ")
}

// identity writes what of a command decides its runs, beside the content of its files.
func (c *Command) identity() string {
	text, _ := json.Marshal(Command{Run: c.Run, Env: c.Env, Template: c.Template, Metrics: c.Metrics, Stated: c.Stated}) // has nothing that cannot be marshalled
	return "command = " + string(text) + "\n"
}

// keyOfCommand is the Key of a run that a command trains: over its argument list, its
// files and the parameters that the grid sets.
func (e Encoder) keyOfCommand(p Params, in Inputs) string {
	var text strings.Builder
	text.WriteString(p.Command.identity())
	text.WriteString("files = " + in.Command + "\n")
	for i := range e.all {
		if q := &e.all[i]; p.States(q.Name) {
			text.WriteString(q.Name + " = " + q.Canonical(q.value(&p)) + "\n")
		}
	}
	text.WriteString(p.Custom.text())
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])
}
