package analysis

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"sweep/sweep"
)

// A Contrast is all in which two runs differ.
type Contrast struct {
	Params     []Disagreement
	Inputs     []Disagreement
	Provenance []Disagreement
	Outcome    []Disagreement
	Curves     CurveContrast
}

// A Disagreement is a fact that two runs do not share.
type Disagreement struct {
	Name          string
	First, Second any // a text, a number or a flag
}

// A CurveContrast says where two curves part.
type CurveContrast struct {
	Shared int  // points at the start that are equal to the bit
	Equal  bool // all points are
	// Parts is the first point at which they differ: in what, and by which
	// values. Step is that of the point, of the longer curve where one has ended.
	Step   int
	Parts  string // "step", "loss", "grad_norm", "eval_loss", or "end" where one has ended
	Values [2]float64
}

// ContrastOf tells what two runs differ in, given their curves.
func ContrastOf(first, second sweep.Result, curves [2][]sweep.Point) Contrast {
	c := Contrast{
		Inputs:     disagreements(fields(first.Inputs), fields(second.Inputs)),
		Provenance: disagreements(fields(first.Provenance), fields(second.Provenance)),
		Curves:     contrastCurves(curves[0], curves[1]),
	}
	var params, outcomes [2][]field
	for i, r := range []sweep.Result{first, second} {
		for _, q := range sweep.Parameters() {
			if results := []sweep.Result{first, second}; !follows(results, q.Name) {
				params[i] = append(params[i], factOf(q.Name, r))
			}
		}
		for _, name := range []string{"state", "trained", "loss", "eval_loss", "first_loss", "error"} {
			outcomes[i] = append(outcomes[i], factOf(name, r))
		}
	}
	c.Params, c.Outcome = disagreements(params[0], params[1]), disagreements(outcomes[0], outcomes[1])
	return c
}

// factOf is a run's value in a column that exists.
func factOf(name string, r sweep.Result) field {
	column, _ := sweep.LookupColumn(name)
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

func contrastCurves(first, second []sweep.Point) CurveContrast {
	for i := range max(len(first), len(second)) {
		if i >= len(first) || i >= len(second) {
			longer := slices.Concat(first[min(i, len(first)):], second[min(i, len(second)):])
			return CurveContrast{Shared: i, Step: longer[0].Step, Parts: "end"}
		}
		if name, values := unlike(first[i], second[i]); name != "" {
			return CurveContrast{Shared: i, Step: first[i].Step, Parts: name, Values: values}
		}
	}
	return CurveContrast{Shared: len(first), Equal: true}
}

// unlike names the first value in which two points differ, NaNs being equal.
func unlike(p, q sweep.Point) (name string, values [2]float64) {
	if p.Evaluated != q.Evaluated {
		return "eval_loss", [2]float64{evaluation(p), evaluation(q)}
	}
	for _, v := range []struct {
		name string
		x, y float64
	}{
		{"step", float64(p.Step), float64(q.Step)},
		{"loss", p.Loss, q.Loss},
		{"grad_norm", p.GradNorm, q.GradNorm},
		{"eval_loss", p.EvalLoss, q.EvalLoss},
	} {
		same := math.Float64bits(v.x) == math.Float64bits(v.y) || math.IsNaN(v.x) && math.IsNaN(v.y)
		if !same {
			return v.name, [2]float64{v.x, v.y}
		}
	}
	return "", values
}

// evaluation is the evaluation loss, NaN where there is none.
func evaluation(p sweep.Point) float64 {
	if !p.Evaluated {
		return math.NaN()
	}
	return p.EvalLoss
}
