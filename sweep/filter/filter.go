package filter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"sweep/sweep"
)

// Filter is a condition on a run's parameters and columns, such as
// "r = 8 and alpha > 16". It may hold = != < <= > >=, and or not, in, contains,
// startsWith, endsWith and matches, arithmetic, and text in quotes. Comparing a
// number that is not there yet gives false.
type Filter struct {
	text    string
	program *vm.Program
	reads   []sweep.Column
}

// New compiles a condition, which may read the columns of commands' own that are given.
// An error says in which column of the text, from 1, something is wrong, and what would be
// right.
func New(text string, own ...sweep.Column) (*Filter, error) {
	f, err := compile(text, sweep.Columns(own...))
	switch {
	case err == nil:
		return f, nil
	case err.Column == 0:
		return nil, fmt.Errorf("%q is no condition: %w; write one such as %q", text, err, ConditionExample)
	default:
		return nil, fmt.Errorf("%q, %w", text, err)
	}
}

// NewCondition compiles a condition on parameters alone, for grids. An error is a
// *SyntaxError.
func NewCondition(text string, custom ...sweep.Parameter) (*Filter, error) {
	return known(text, sweep.ParameterColumns(custom...))
}

// NewSelection compiles a condition on what a grid says of a cell: its parameters and
// its arm. An error is a *SyntaxError.
func NewSelection(text string, custom ...sweep.Parameter) (*Filter, error) {
	columns := sweep.ParameterColumns(custom...)
	for _, c := range sweep.Columns() {
		if c.Name == "arm" {
			columns = append(columns, c)
		}
	}
	return known(text, columns)
}

func known(text string, columns []sweep.Column) (*Filter, error) {
	f, err := compile(text, columns)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ConditionExample is a condition to show in messages.
const ConditionExample = "r = 8 and alpha > 16"

func compile(text string, columns []sweep.Column) (*Filter, *SyntaxError) {
	if err := checkLength(text); err != nil {
		return nil, &SyntaxError{Fault: "it " + err.Error()}
	}
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	source, added := doubleEquals(withIdentifiers(text, all))
	r := &filterReader{known: map[string]sweep.Column{}, names: all}
	names := map[string]any{}
	some := sweep.Result{Run: sweep.Run{Params: sweep.Defaults()}}
	for _, c := range columns {
		name := asLetters.Replace(c.Name)
		r.known[name], names[name] = c, comparable64(c.Value(some))
	}
	options := append(arithmetic(), expr.Env(names), expr.DisableAllBuiltins(), expr.Patch(r), expr.AsBool())
	program, err := expr.Compile(source, options...)
	if err != nil {
		r.refuse(err)
	}
	if r.err != nil {
		if r.err.Column > 0 {
			r.err.Column = undouble(r.err.Column-1, added) + 1
		}
		return nil, r.err
	}
	return &Filter{text, program, r.reads}, nil
}

// String returns the condition's text.
func (f *Filter) String() string { return f.text }

// Reads returns the names of the columns that the condition reads.
func (f *Filter) Reads() []string {
	names := make([]string, len(f.reads))
	for i, c := range f.reads {
		names[i] = c.Name
	}
	return names
}

// Holds reports whether a condition that reads parameters alone is true for p. The
// error is a clause about the condition.
func (f *Filter) Holds(p sweep.Params) (bool, error) {
	return f.evaluate(sweep.Result{Run: sweep.Run{Params: p}})
}

func (f *Filter) evaluate(r sweep.Result) (bool, error) {
	names := make(map[string]any, len(f.reads))
	for _, c := range f.reads {
		names[asLetters.Replace(c.Name)] = comparable64(c.Value(r))
	}
	v, err := vm.Run(f.program, names)
	if err != nil {
		return false, errors.New(formulaError(err))
	}
	return v.(bool), nil
}

// Match reports whether the condition is true for a run.
func (f *Filter) Match(r sweep.Result) (bool, error) {
	holds, err := f.evaluate(r)
	if err != nil {
		return false, fmt.Errorf("%q for run %s: %w", f.text, r.Name, err)
	}
	return holds, nil
}

// Select returns the runs for which the condition is true.
func (f *Filter) Select(results []sweep.Result) ([]sweep.Result, error) {
	var selected []sweep.Result
	for _, r := range results {
		ok, err := f.Match(r)
		if err != nil {
			return nil, err
		}
		if ok {
			selected = append(selected, r)
		}
	}
	return selected, nil
}

// inPlainWords returns expr's message on a condition, without the names of Go types.
func inPlainWords(err error) string {
	words := strings.NewReplacer("float64", "number", "string", "text", "bool", "condition", "unexpected token EOF", "more is expected here")
	return mismatch.ReplaceAllString(words.Replace(formulaError(err)), "a $2 and a $3 do not go together with $1; a text stands in quotes and a number does not")
}

// mismatch is expr's message on operands of two types.
var mismatch = regexp.MustCompile(`invalid operation: (\S+) \(mismatched types (\w+) and (\w+)\)`)

// comparable64 makes every number a float64.
func comparable64(v any) any {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	return v
}

// doubleEquals replaces '=' by the '==' of expr, except in quotes. Added holds the
// places of the added runes in the text returned.
func doubleEquals(text string) (source string, added []int) {
	var b strings.Builder
	var quote, last rune
	runes := []rune(text)
	n := 0 // runes written
	for i, r := range runes {
		b.WriteRune(r)
		n++
		switch {
		case quote != 0:
			if r == quote && last != '\\' {
				quote = 0
			}
		case strings.ContainsRune("\"'`", r):
			quote = r
		case r == '=' && !strings.ContainsRune("=!<>", last) && (i+1 == len(runes) || runes[i+1] != '='):
			b.WriteRune('=')
			added = append(added, n)
			n++
		}
		last = r
	}
	return b.String(), added
}

// undouble turns a place in the text that doubleEquals returned into the place in the
// text that it was given.
func undouble(at int, added []int) int {
	before := 0
	for _, place := range added {
		if place < at {
			before++
		}
	}
	return at - before
}

// filterReader is a visitor of a condition's syntax tree. It turns every number into a
// float64 and every power into a call, and collects the columns that are read.
type filterReader struct {
	known map[string]sweep.Column
	names []string // of the columns that are known
	reads []sweep.Column
	err   *SyntaxError // on the first name that is unknown, or number that is too large
}

// refuse keeps what expr says of the condition, unless the reader has an error of
// its own.
func (r *filterReader) refuse(err error) {
	if placed, ok := errors.AsType[*file.Error](err); ok {
		r.blame(placed.From, SyntaxError{Fault: inPlainWords(err)})
	} else if r.err == nil {
		r.err = &SyntaxError{Fault: inPlainWords(err)}
	}
}

// blame keeps the first error, at a place in runes from 0.
func (r *filterReader) blame(at int, wrong SyntaxError) {
	if r.err == nil {
		wrong.Column = at + 1
		r.err = &wrong
	}
}

// Visit handles one node, after those below it.
func (r *filterReader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IntegerNode:
		if !sweep.IsExact(int64(n.Value)) {
			r.blame(n.Location().From, SyntaxError{Fault: inexact(n.Value)})
		}
		ast.Patch(node, &ast.FloatNode{Value: float64(n.Value)})
	case *ast.BinaryNode:
		callPower(node)
	case *ast.IdentifierNode:
		if c, ok := r.known[n.Value]; ok {
			if !slices.ContainsFunc(r.reads, func(d sweep.Column) bool { return d.Name == c.Name }) {
				r.reads = append(r.reads, c)
			}
		} else if !slices.Contains(functionNames(), n.Value) {
			r.blame(n.Location().From, r.unknownName(n.Value))
		}
	}
}

func (r *filterReader) unknownName(name string) SyntaxError {
	known := sweep.NearestColumn(name)
	if known == "" {
		known = sweep.Nearest(name, r.names)
	}
	if known == name {
		return SyntaxError{Fault: fmt.Sprintf("%s is not known before a run is trained; a grid's conditions read parameters", name)}
	}
	if known != "" {
		return SyntaxError{Fault: fmt.Sprintf("there is no parameter or column %q; did you mean %q?", name, known)}
	}
	return SyntaxError{Fault: fmt.Sprintf("there is no parameter or column %q; a text stands in quotes: '%s'", name, name), Unlisted: true}
}
