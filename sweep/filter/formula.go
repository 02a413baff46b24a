package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"sweep/sweep"
)

// Formula computes a number from other parameters of the same cell, such as
// "0.02 * sqrt(16/alpha)". It may hold + - * / ^, parentheses and the functions of
// arithmetic, all on float64, and gives the same bits on every machine.
type Formula struct {
	reads   []sweep.Parameter
	program *vm.Program
}

// NewFormula compiles a formula on numeric parameters, which may be some of the commands'
// own that are given. An error is a *SyntaxError.
func NewFormula(text string, custom ...sweep.Parameter) (*Formula, error) {
	if err := checkLength(text); err != nil {
		return nil, &SyntaxError{Fault: err.Error()}
	}
	parameters := slices.Concat(sweep.Parameters(), custom)
	r := &formulaReader{parameters: parameters}
	options := append(arithmetic(),
		expr.Env(formulaNames(parameters)), expr.DisableAllBuiltins(), expr.Patch(r), expr.Optimize(false), expr.AsFloat64())
	program, err := expr.Compile(withIdentifiers(text, namesOf(custom)), options...)
	if r.err != nil {
		return nil, r.err
	}
	if err != nil {
		return nil, &SyntaxError{Fault: "is no formula: " + formulaError(err)}
	}
	return &Formula{r.reads, program}, nil
}

// FormulaAllowed returns, in words, what a formula may hold.
func FormulaAllowed() string {
	return "numbers, numeric parameters, + - * / ^ and " + strings.Join(functionNames(), ", ")
}

// Reads returns the names of the parameters that the formula reads.
func (f *Formula) Reads() []string {
	names := make([]string, len(f.reads))
	for i, q := range f.reads {
		names[i] = q.Name
	}
	return names
}

// Evaluate returns the formula's value for p, which may be infinite or NaN. The error
// is a clause about the formula.
func (f *Formula) Evaluate(p *sweep.Params) (float64, error) {
	names := make(map[string]any, len(f.reads))
	for _, q := range f.reads {
		names[asLetters.Replace(q.Name)] = q.Number(p)
	}
	v, err := vm.Run(f.program, names)
	if err != nil {
		return 0, errors.New(formulaError(err))
	}
	return v.(float64), nil
}

// formulaError returns the message of an error, without the copy of the text that
// shows its place.
func formulaError(err error) string {
	if placed, ok := errors.AsType[*file.Error](err); ok {
		if placed.Prev != nil {
			return placed.Prev.Error()
		}
		return placed.Message
	}
	return err.Error()
}

// formulaNames returns what a formula may read, each with a value of its type.
func formulaNames(parameters []sweep.Parameter) map[string]any {
	names := map[string]any{}
	for _, q := range parameters {
		if q.IsNumeric() {
			names[asLetters.Replace(q.Name)] = 0.0
		}
	}
	return names
}

// formulaReader is a visitor of a formula's syntax tree. It allows arithmetic only,
// turns every number into a float64 and every power into a call, and collects the
// parameters that are read.
type formulaReader struct {
	parameters []sweep.Parameter
	reads      []sweep.Parameter
	err        *SyntaxError // on the first node that is not arithmetic
}

// Visit handles one node, after those below it.
func (r *formulaReader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.FloatNode:
	case *ast.IntegerNode:
		if !sweep.IsExact(int64(n.Value)) {
			r.blame(inexact(n.Value), "")
		}
		ast.Patch(node, &ast.FloatNode{Value: float64(n.Value)})
	case *ast.IdentifierNode:
		r.read(n.Value)
	case *ast.CallNode:
	case *ast.UnaryNode:
		r.hold(n.Operator, "+", "-")
	case *ast.BinaryNode:
		r.hold(n.Operator, "+", "-", "*", "/", "^", "**")
		callPower(node)
	default:
		r.blame("holds what is no arithmetic", "")
	}
}

// inexact returns why a whole number may not stand in a formula.
func inexact(n int) string {
	return fmt.Sprintf("holds %d, where whole numbers go up to %d", n, int64(sweep.MaxWhole))
}

// callPower turns a power into a call of pow.
func callPower(node *ast.Node) {
	if n, ok := (*node).(*ast.BinaryNode); ok && (n.Operator == "^" || n.Operator == "**") {
		ast.Patch(node, &ast.CallNode{
			Callee:    &ast.IdentifierNode{Value: "pow"},
			Arguments: []ast.Node{n.Left, n.Right},
		})
	}
}

func (r *formulaReader) hold(operator string, known ...string) {
	if !slices.Contains(known, operator) {
		r.blame("has the operator "+operator, "")
	}
}

func (r *formulaReader) read(name string) {
	i := slices.IndexFunc(r.parameters, func(q sweep.Parameter) bool { return asLetters.Replace(q.Name) == name })
	switch {
	case slices.Contains(functionNames(), name):
	case i < 0:
		r.blame(fmt.Sprintf("names the unknown %q", name), sweep.NearestParameter(name))
	case !r.parameters[i].IsNumeric():
		r.blame(fmt.Sprintf("reads %s, which is no number", name), "")
	case !slices.ContainsFunc(r.reads, func(q sweep.Parameter) bool { return q.Name == r.parameters[i].Name }):
		r.reads = append(r.reads, r.parameters[i])
	}
}

func (r *formulaReader) blame(fault, nearest string) {
	if r.err == nil {
		r.err = &SyntaxError{Fault: fault, Nearest: nearest}
	}
}
