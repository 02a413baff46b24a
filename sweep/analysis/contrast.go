package analysis

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sweep/sweep"
)

// A Contrast is everything in which two runs differ.
type Contrast struct {
	Params     []Disagreement
	Inputs     []Disagreement
	Provenance []Disagreement
	Outcome    []Disagreement
	Curves     sweep.CurveContrast
}

// A Disagreement is a fact that two runs do not share.
type Disagreement struct {
	Name          string
	First, Second any // a text, a number or a flag; nil where a run does not have it
}

// ContrastOf finds what two runs differ in, given their curves.
func ContrastOf(first, second sweep.Result, curves [2][]sweep.Point) Contrast {
	c := Contrast{
		Inputs:     disagreements(fields(first.Inputs), fields(second.Inputs)),
		Provenance: disagreements(fields(first.Provenance), fields(second.Provenance)),
		Curves:     sweep.ContrastCurves(curves[0], curves[1]),
	}
	both := []sweep.Result{first, second}
	custom := sweep.CustomParameters(both)
	var params, outcomes [2][]field
	for i, r := range both {
		params[i] = append(params[i], commandOf(r))
		for _, q := range slices.Concat(sweep.Parameters(), custom) {
			if !follows(both, q.Name) {
				params[i] = append(params[i], factOf(q.Name, r, custom))
			}
		}
		for _, name := range []string{"state", "trained", "loss", "eval_loss", "first_loss", "error"} {
			outcomes[i] = append(outcomes[i], factOf(name, r, nil))
		}
	}
	c.Params, c.Outcome = disagreements(params[0], params[1]), disagreements(outcomes[0], outcomes[1])
	return c
}

// commandOf is the program that trains a run, with its arguments as the grid has them; nil
// where the built-in trainer does.
func commandOf(r sweep.Result) field {
	if r.Params.Command == nil {
		return field{"command", nil}
	}
	return field{"command", strings.Join(r.Params.Command.Run, " ")}
}

// factOf is a run's value in a column that exists.
func factOf(name string, r sweep.Result, custom []sweep.Parameter) field {
	column, _ := sweep.LookupColumn(name, custom...)
	if !column.Known(r) {
		return field{name, nil}
	}
	return field{name, column.Value(r)}
}

// field is a fact and its name.
type field struct {
	name  string
	value any
}

// fields are those of a struct, by their names in JSON.
func fields(v any) []field {
	value := reflect.ValueOf(v)
	all := make([]field, value.NumField())
	for i := range all {
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		all[i] = field{name, value.Field(i).Interface()}
	}
	return all
}

func disagreements(first, second []field) []Disagreement {
	var all []Disagreement
	for i, f := range first {
		if fmt.Sprint(f.value) != fmt.Sprint(second[i].value) { // so that NaNs agree
			all = append(all, Disagreement{f.name, f.value, second[i].value})
		}
	}
	return all
}
