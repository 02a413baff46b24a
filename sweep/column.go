package sweep

import (
	"math"
	"slices"
	"strings"
)

// Column is one fact about a run, by which runs are listed, sorted and selected.
type Column struct {
	Name  string
	Doc   string
	Value func(Result) any // an int, a float64, a bool or a string; NaN or "" where it is not Known

	known func(Result) bool // nil where every run has it
}

// Known reports whether the run has the fact at all. A loss that is NaN is known;
// that of a run which never ended, or was never evaluated, is not.
func (c Column) Known(r Result) bool {
	if text, ok := c.Value(r).(string); ok {
		return text != ""
	}
	return c.known == nil || c.known(r)
}

// Columns returns all columns: those on the outcome of a run, its parameters, what it read
// and where it was trained, and those of commands' own that are given.
func Columns(own ...Column) []Column {
	return slices.Concat(outcomeColumns(), ParameterColumns(), originColumns(), own)
}

// OwnColumns returns the columns of what runs have of commands' own: their parameters and
// the measures that they logged.
func OwnColumns(results []Result) []Column {
	var names []string
	for i := range results {
		names = append(names, results[i].Measures.Names()...)
	}
	slices.Sort(names)
	return CommandColumns(CustomParameters(results), slices.Compact(names))
}

// CommandColumns returns the columns of parameters of commands' own and of measures. A
// measure has the column of its name or, where another has that, "logged." before it.
func CommandColumns(custom []Parameter, measures []string) []Column {
	columns := customColumns(custom)
	var taken []string
	for _, c := range Columns(columns...) {
		taken = append(taken, c.Name)
	}
	for _, name := range measures {
		columns = append(columns, measureColumn(name, ColumnOfMeasure(name, taken)))
	}
	return columns
}

// measureColumn is the column of a measure.
func measureColumn(measure, name string) Column {
	value := func(r Result) (float64, bool) { return r.Measures.Value(measure) }
	return Column{
		Name: name, Doc: "last value that the command logged",
		Value: func(r Result) any {
			if x, has := value(r); has {
				return x
			}
			return math.NaN()
		},
		known: func(r Result) bool { _, has := value(r); return has },
	}
}

// ParameterColumns returns the columns of the parameters, in their order, and then of
// those of commands' own that are given.
func ParameterColumns(custom ...Parameter) (columns []Column) {
	for _, q := range Parameters() {
		columns = append(columns, Column{Name: q.Name, Doc: q.Doc, Value: q.shown, known: func(r Result) bool { return r.Knows(q.Name) }})
	}
	return append(columns, customColumns(custom)...)
}

func customColumns(custom []Parameter) (columns []Column) {
	for _, q := range custom {
		columns = append(columns, Column{Name: q.Name, Doc: q.Doc, Value: q.shown, known: func(r Result) bool { return q.Value(r.Params) != nil }})
	}
	return columns
}

func outcomeColumns() []Column {
	return []Column{
		fact("run", "name in its sweep", func(r Result) any { return r.Name }),
		fact("key", "identity", func(r Result) any { return r.Key }),
		fact("arm", "arm of its grid", func(r Result) any { return r.Arm }),
		fact("state", "pending, running, done, diverged ("+WhenDiverged+"), failed or pruned", func(r Result) any { return string(r.stateOf()) }),
		fact("attempt", "how often it was begun", func(r Result) any { return r.Attempt }),
		{
			Name: "trained", Doc: "steps trained so far; 'steps' has how many there are to be",
			Value: func(r Result) any { return max(r.Steps, r.Progress.Step) },
			known: func(r Result) bool { return !r.unfinished() || r.Progress.Begun() },
		},
		{
			Name: "last_loss", Doc: "training loss at the last step so far, of a run in training or stopped",
			Value: func(r Result) any { return r.Progress.Loss },
			known: func(r Result) bool { return r.Progress.Begun() },
		},
		fact("owner", "who trains it now: the host and the number of the process", func(r Result) any { return r.Progress.Owner }),
		loggedFigure("loss", "mean training loss over the last tenth of the steps", func(o Outcome) float64 { return o.Loss }),
		figureOf("eval_loss", "evaluation loss at the end", func(o Outcome) float64 { return o.EvalLoss }, func(r Result) bool { return r.Evaluated }),
		figureOf("match", "share of the held-out rows completed as they are, at the end", func(o Outcome) float64 { return o.Match.Share() }, func(r Result) bool { return r.Match.Known() }),
		loggedFigure("first_loss", "loss before training", func(o Outcome) float64 { return o.FirstLoss }),
		figureOf("first_match", "match before training", func(o Outcome) float64 { return o.FirstMatch.Share() }, func(r Result) bool { return r.FirstMatch.Known() }),
		{
			Name: "tokens_per_second", Doc: "speed of training, so far where it goes on; a copy has none",
			Value: speedOf,
			known: func(r Result) bool { return !math.IsNaN(speedOf(r).(float64)) },
		},
		loggedFigure("seconds", "wall time", func(o Outcome) float64 { return o.Seconds }),
		fact("curve_hash", "hash over every bit of the curve", func(r Result) any { return r.CurveHash }),
		fact("copy_of", "key of the run that was trained in its place, if any", func(r Result) any { return r.CopyOf }),
		fact("tags", "what a person called it by 'sweep note', separated by commas", func(r Result) any { return strings.Join(r.Note.Tags, ",") }),
		fact("note", "what a person wrote about it", func(r Result) any { return r.Note.Text }),
		fact("error", "why it failed", func(r Result) any { return r.Error }),
	}
}

func originColumns() []Column {
	return []Column{
		fact("model_hash", "SHA-256 of the model", func(r Result) any { return r.Inputs.Model }),
		fact("data_hash", "SHA-256 of the training rows", func(r Result) any { return r.Inputs.Data }),
		fact("data_eval_hash", "SHA-256 of the evaluation rows, where they are named", func(r Result) any { return r.Inputs.DataEval }),
		fact("adapter_hash", "SHA-256 of the starting adapter, where it is named", func(r Result) any { return r.Inputs.Adapter }),
		fact("chat_template_hash", "SHA-256 of the chat template, where it is named", func(r Result) any { return r.Inputs.ChatTemplate }),
		fact("command", "program and arguments of the command that trains it, with placeholders", func(r Result) any { return commandText(r.Params.Command) }),
		fact("command_hash", "SHA-256 of the files of that command", func(r Result) any { return r.Inputs.Command }),
		fact("environment", "where that command ran, as it and this program took note of it", func(r Result) any { return r.Environment }),
		trainedFact("numerics", "version of the trainer's arithmetic", func(r Result) any { return r.Inputs.Numerics }),
		fact("version", "of the program that trained it", func(r Result) any { return r.Provenance.Version }),
		fact("revision", "VCS revision it was built from", func(r Result) any { return r.Provenance.Revision }),
		trainedFact("dirty", "whether it was built from a modified tree", func(r Result) any { return r.Provenance.Dirty }),
		fact("cpu", "processor it was trained on", func(r Result) any { return r.Provenance.CPU }),
		fact("kernels", "instruction set of the kernels", func(r Result) any { return r.Provenance.Kernels }),
		fact("go", "version of Go", func(r Result) any { return r.Provenance.Go }),
		fact("source", "file that a run trained elsewhere was imported from", func(r Result) any { return r.Provenance.Source }),
		fact("source_hash", "SHA-256 of that file", func(r Result) any { return r.Provenance.SourceHash }),
		fact("imported", "SHA-256 of what was imported, which is in the key", func(r Result) any { return r.Inputs.Imported }),
		fact("foreign", "its settings that are no parameters here", func(r Result) any { return r.Provenance.Foreign }),
		fact("unstated", "parameters that nothing told, so that they are unknown whatever they are shown as", func(r Result) any { return strings.Join(r.Unknown(), ", ") }),
	}
}

// fact is a column that every run has, or one of texts, where "" is not known.
func fact(name, doc string, value func(Result) any) Column {
	return Column{Name: name, Doc: doc, Value: value}
}

// loggedFigure is a column of numbers that runs with an outcome have, but for those
// trained elsewhere for which nobody recorded it.
func loggedFigure(name, doc string, value func(Outcome) float64) Column {
	return figureOf(name, doc, value, func(r Result) bool { return logged(r, value(r.Outcome)) })
}

// logged reports whether x, of a run's outcome, was recorded at all.
func logged(r Result, x float64) bool { return r.Inputs.Imported == "" || !math.IsNaN(x) }

// figureOf is a column of numbers that only those runs with an outcome have for which
// has is true.
func figureOf(name, doc string, value func(Outcome) float64, has func(Result) bool) Column {
	known := func(r Result) bool { return r.stateOf().Final() && has(r) }
	return Column{Name: name, Doc: doc, known: known, Value: func(r Result) any {
		if !known(r) {
			return math.NaN()
		}
		return value(r.Outcome)
	}}
}

// speedOf is the speed of a run, NaN where it has none.
func speedOf(r Result) any {
	switch {
	case r.stateOf().Final() && r.CopyOf == "":
		return r.TokensPerSecond
	case r.Progress.TokensPerSecond > 0:
		return r.Progress.TokensPerSecond
	}
	return math.NaN()
}

// unfinished reports whether a run is still to be trained, or in training.
func (r Result) unfinished() bool { return r.stateOf() == StatePending || r.State == StateRunning }

// trainedFact is a column that runs have once they were begun here.
func trainedFact(name, doc string, value func(Result) any) Column {
	return Column{Name: name, Doc: doc, Value: value, known: func(r Result) bool { return r.Attempt > 0 && r.TrainedHere() }}
}

// commandText is a command's program and arguments, "" for none.
func commandText(c *Command) string {
	if c == nil {
		return ""
	}
	return strings.Join(c.Run, " ")
}

// stateOf is the state of a run, Pending if it was never begun.
func (r Result) stateOf() State {
	if r.State == "" {
		return StatePending
	}
	return r.State
}

// shown returns the value that a run has of the parameter, as Column.Value has it: NaN, ""
// or false where it does not know it, or has none.
func (q Parameter) shown(r Result) any {
	v := q.Value(r.Params)
	switch {
	case v == nil || !r.Knows(q.Name):
		return q.absent()
	case !q.custom:
		return plainValue(v)
	case kindOfCustom(v) == q.Kind:
		return v
	case q.Kind == KindText:
		return FormatValue(v)
	default:
		return q.absent()
	}
}

// absent is what a Column has in place of a value that there is not.
func (q Parameter) absent() any {
	switch {
	case q.IsNumeric():
		return math.NaN()
	case q.Kind == KindFlag:
		return false
	default:
		return ""
	}
}

// plainValue returns a value as people see it: a list or a table as one text.
func plainValue(v any) any {
	switch v.(type) {
	case []string, map[string]float64, Texts:
		return FormatValue(v)
	}
	return v
}

// LookupColumn returns the column of that name, which may be a parameter of commands' own
// that is given. The error for an unknown name suggests the one that was most likely meant.
func LookupColumn(name string, custom ...Parameter) (Column, error) {
	columns := Columns(customColumns(custom)...)
	if i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name }); i >= 0 {
		return columns[i], nil
	}
	return Column{}, &UnknownNameError{Kind: "parameter or column", Name: name, Nearest: NearestColumn(name)}
}

// NearestColumn returns the name of the column that was most likely meant by a
// misspelt name, or "" if none is near.
func NearestColumn(misspelt string) string {
	var outcomes []string
	for _, c := range Columns() {
		if !slices.ContainsFunc(Parameters(), func(q Parameter) bool { return q.Name == c.Name }) {
			outcomes = append(outcomes, c.Name)
		}
	}
	if known := NearestParameter(misspelt); known != "" {
		return known
	}
	return Nearest(misspelt, outcomes)
}
