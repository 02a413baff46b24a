package grid

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"sweep/sweep"
	"sweep/sweep/filter"
)

// prediction is a [[predict]]: what the grid says beforehand that its runs will show.
type prediction struct {
	at    place          // of the table
	lines map[string]int // of the keys of its file
	sweep.Prediction
	where     *filter.Filter  // nil for all cells
	parameter sweep.Parameter // By, unless that is "" or "arm"
	ends      [2]string       // From and To as the file has them, for runs of commands
}

// predictKeys are the keys of a [[predict]].
func predictKeys() []string {
	return []string{"says", "quantity", "along", "by", "from", "to", "metric", "where", "above", "below", "equals"}
}

// Predictions returns what the grid predicts, in file order.
func (s *Spec) Predictions() []sweep.Prediction {
	var all []sweep.Prediction
	for _, p := range s.predictions {
		all = append(all, p.Prediction)
	}
	return all
}

// Predicted returns what the grid predicts, each with those of the results that it is
// about, compared by its metric. Results belong to the cells that are named as they are.
func (s *Spec) Predicted(results []sweep.Result) []sweep.Predicted {
	all := make([]sweep.Predicted, len(s.predictions))
	if len(all) == 0 {
		return nil
	}
	for i, p := range s.predictions {
		all[i].Prediction = p.Prediction
	}
	find := s.finder()
	for _, r := range results {
		params, known := find(r.Name)
		if !known {
			continue
		}
		cell := sweep.Run{Name: r.Name, Arm: r.Arm, Params: params}
		for i, p := range s.predictions {
			r.Metric = p.Metric
			switch side, err := p.side(cell); {
			case err != nil: // NewPlan has refused it
			case side == atTo:
				all[i].Cells = append(all[i].Cells, r)
			case side == atFrom:
				all[i].Against = append(all[i].Against, r)
			}
		}
	}
	return all
}

// side says what a cell is to a prediction.
type side int

const (
	outside side = iota // not what it is about
	atTo                // at To, or the prediction compares nothing
	atFrom
)

func (p prediction) side(cell sweep.Run) (side, error) {
	if p.where != nil {
		if holds, err := p.where.Match(sweep.Result{Run: cell}); err != nil || !holds {
			return outside, err
		}
	}
	if p.By == "" {
		return atTo, nil
	}
	value, from, to := cell.Arm, p.From, p.To
	if p.By != "arm" {
		value = sweep.FormatValue(p.parameter.Value(cell.Params))
		if cell.Params.Command != nil {
			from, to = p.ends[0], p.ends[1]
		}
	}
	switch value {
	case to:
		return atTo, nil
	case from:
		return atFrom, nil
	}
	return outside, nil
}

// decodePredictions reads the [[predict]]s of a file. They come after those that it
// includes, of which they replace those that say the same.
func (d *decoder) decodePredictions(root section, included []prediction) []prediction {
	all := slices.Clone(included)
	said := map[string]bool{}
	for _, table := range d.subtables(root, "predict") {
		p := d.decodePrediction(table)
		if said[p.Says] && p.Says != "" {
			d.note(Problem{Key: table.key("says"), Given: tomlText(p.Says), Fault: "is said by two predictions"})
		}
		said[p.Says] = true
		if i := slices.IndexFunc(included, func(q prediction) bool { return q.Says == p.Says }); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	if len(all) > maxPredictions {
		d.note(Problem{Key: "predict", Fault: fmt.Sprintf("has %d tables with those of included files, but at most %d are allowed", len(all), maxPredictions)})
	}
	return all
}

func (d *decoder) decodePrediction(table section) prediction {
	p := prediction{at: place{d.file, table.path}, lines: d.lines}
	for _, name := range table.names() {
		if !slices.Contains(predictKeys(), name) {
			d.noteUnknown(table, name, predictKeys()...)
		}
	}
	p.Says = d.required(table, "says", "a sentence in quotes")
	p.Quantity = d.required(table, "quantity", quantityNames())
	q, known := sweep.LookupPredictedQuantity(p.Quantity)
	if p.Quantity != "" && !known {
		d.note(Problem{
			Key: table.key("quantity"), Given: tomlText(p.Quantity), Fault: "is no quantity that can be predicted",
			Allowed: quantityNames(), Nearest: sweep.NearestPredictedQuantity(p.Quantity),
		})
	}
	if known {
		d.decodeAxes(table, q, &p)
		d.decodeMetric(table, q, &p)
		d.decodeBounds(table, q, &p)
	}
	if table.values["where"] != nil {
		p.where, _ = d.compiled(table, filter.NewSelection)
		if p.where != nil {
			p.Where = p.where.String()
		}
	}
	return p
}

func quantityNames() string {
	var names []string
	for _, q := range sweep.PredictedQuantities() {
		names = append(names, q.Name)
	}
	return strings.Join(names, ", ")
}

// required returns the text of a key, and notes if it is missing.
func (d *decoder) required(table section, name, allowed string) string {
	if table.values[name] == nil {
		d.note(Problem{Key: table.key(name), Line: d.lines[table.path], Fault: "is missing", Allowed: allowed})
		return ""
	}
	return d.textOf(table.key(name), table.values[name])
}

// decodeAxes reads along, by, from and to, as the quantity asks for them.
func (d *decoder) decodeAxes(table section, q sweep.PredictedQuantity, p *prediction) {
	refuse := func(names ...string) {
		for _, name := range names {
			if table.values[name] != nil {
				d.refuseBeside(table, name, q)
			}
		}
	}
	compares := []string{"by", "from", "to"}
	switch q.Form {
	case sweep.AlongAxis:
		p.Along = d.required(table, "along", "a numeric parameter, such as \"alpha\"")
		if p.Along != "" {
			if along, ok := d.axisOf(table, "along", p.Along, q); ok && !along.IsNumeric() {
				d.note(Problem{Key: table.key("along"), Given: tomlText(p.Along), Fault: "is no number, along which something could run"})
			}
		}
		if !slices.ContainsFunc(compares, func(name string) bool { return table.values[name] != nil }) {
			return
		}
	case sweep.BetweenSettings:
		refuse("along")
	case sweep.CountOfBits:
		refuse(append([]string{"along"}, compares...)...)
		return
	}
	d.decodeSides(table, q, p)
}

// axisOf returns the parameter that a key of the table names, as an axis of a quantity.
func (d *decoder) axisOf(table section, key, name string, of sweep.PredictedQuantity) (sweep.Parameter, bool) {
	q, known := d.named(name)
	switch {
	case !known:
		d.note(Problem{Key: table.key(key), Given: tomlText(name), Fault: "is no parameter", Nearest: sweep.NearestParameter(name)})
	case name == "lr" && of.AtBestLR:
		d.note(Problem{Key: table.key(key), Given: tomlText(name), Fault: "is no axis to predict about: the best lr is looked for; the quantity \"loss\" compares two lr"})
	case name == "seed":
		d.note(Problem{Key: table.key(key), Given: tomlText(name), Fault: "is no axis to predict about: seeds are averaged over"})
	default:
		return q, true
	}
	return q, false
}

// decodeSides reads the two values that are compared.
func (d *decoder) decodeSides(table section, quantity sweep.PredictedQuantity, p *prediction) {
	p.By = d.required(table, "by", "a parameter, or \"arm\"")
	if p.By == "" {
		return
	}
	if p.By != "arm" {
		var ok bool
		if p.parameter, ok = d.axisOf(table, "by", p.By, quantity); !ok {
			return
		}
	}
	if p.By == p.Along {
		d.note(Problem{Key: table.key("by"), Given: tomlText(p.By), Fault: "is the axis that the quantity runs along"})
	}
	for i, end := range []struct {
		key  string
		into *string
	}{{"from", &p.From}, {"to", &p.To}} {
		raw := table.values[end.key]
		switch {
		case raw == nil:
			d.note(Problem{Key: table.key(end.key), Line: d.lines[table.path], Fault: "is missing", Allowed: "one of the values of " + p.By})
		case p.By == "arm":
			*end.into = d.textOf(table.key(end.key), raw)
		default:
			v, err := p.parameter.Convert(raw)
			if err != nil {
				d.note(valueProblem(p.parameter, table.key(end.key), raw, err))
				continue
			}
			p.ends[i] = sweep.FormatValue(v)
			*end.into = sweep.FormatValue(d.resolve(p.parameter, v))
		}
	}
	if p.From == p.To && p.From != "" {
		d.note(Problem{Key: table.key("to"), Given: tomlText(table.values["to"]), Fault: "is compared with itself"})
	}
}

// decodeMetric reads what runs are compared by, the loss where nothing is said.
func (d *decoder) decodeMetric(table section, q sweep.PredictedQuantity, p *prediction) {
	raw := table.values["metric"]
	if raw == nil {
		return
	}
	switch metric := d.textOf(table.key("metric"), raw); {
	case q.Form == sweep.CountOfBits:
		d.refuseBeside(table, "metric", q)
	case metric == "loss":
	case metric == string(sweep.MetricMatch), d.library.survey.command && metric != "": // a command may log what it will
		p.Metric = sweep.Metric(metric)
	default:
		d.note(Problem{Key: table.key("metric"), Given: tomlText(metric), Fault: "is nothing that runs are compared by", Allowed: `"loss" or "match"`})
	}
}

// refuseBeside notes a key that says nothing of a quantity.
func (d *decoder) refuseBeside(table section, name string, q sweep.PredictedQuantity) {
	d.note(Problem{Key: table.key(name), Fault: "does not go with the quantity " + tomlText(q.Name) + "; take it out"})
}

// decodeBounds reads the interval.
func (d *decoder) decodeBounds(table section, q sweep.PredictedQuantity, p *prediction) {
	p.Above, p.Below = math.Inf(-1), math.Inf(1)
	given := 0
	for _, bound := range []struct {
		key  string
		into *float64
	}{{"above", &p.Above}, {"below", &p.Below}, {"equals", nil}} {
		raw := table.values[bound.key]
		if raw == nil {
			continue
		}
		given++
		x, ok := sweep.Number(raw)
		switch {
		case !ok || math.IsNaN(x) || math.IsInf(x, 0):
			d.note(Problem{Key: table.key(bound.key), Given: tomlText(raw), Fault: "is no number", Allowed: allowedBound(q)})
		case bound.into != nil:
			*bound.into = x
		case q.Form != sweep.CountOfBits:
			d.note(Problem{Key: table.key("equals"), Given: tomlText(raw), Fault: "can never be shown of a number that is measured with an error; give above and below"})
		case table.values["above"] != nil || table.values["below"] != nil:
			d.note(Problem{Key: table.key("equals"), Given: tomlText(raw), Fault: "leaves no room for above or below; keep one of them"})
		default:
			p.Above, p.Below = x, x
		}
	}
	switch {
	case given == 0:
		d.note(Problem{Key: table.path, Line: d.lines[table.path], Fault: "predicts no number", Allowed: "above, below or both; equals for a count"})
	case table.values["equals"] == nil && p.Above >= p.Below:
		d.note(Problem{Key: table.key("above"), Given: tomlText(table.values["above"]), Fault: "leaves nothing: below is " + sweep.FormatValue(p.Below)})
	}
}

func allowedBound(q sweep.PredictedQuantity) string {
	if q.Share {
		return "a share of 1, such as 0.05 for 5 %"
	}
	return "a number"
}

// checkPredictions refuses predictions that are about no cell, or about a metric that is
// not measured there.
func (s *Spec) checkPredictions() error {
	if len(s.predictions) == 0 {
		return nil
	}
	const to, from = 0, 1
	counts := make([][2]int, len(s.predictions))
	failed := make([]error, len(s.predictions))
	unmeasured := make([]string, len(s.predictions)) // a cell
	for c, params := range s.cells(nil) {
		for i, p := range s.predictions {
			at, err := p.side(sweep.Run{Name: c.Name, Arm: c.Arm, Params: params})
			failed[i] = cmp.Or(failed[i], err)
			if at != outside && !measures(params, p.Metric) {
				unmeasured[i] = cmp.Or(unmeasured[i], c.Name)
			}
			switch at {
			case atTo:
				counts[i][to]++
			case atFrom:
				counts[i][from]++
			case outside:
			}
		}
	}
	var problems []Problem
	for i, p := range s.predictions {
		problem := Problem{File: p.at.file, Key: p.at.key}
		switch {
		case failed[i] != nil:
			problem.Fault = "cannot be judged: " + failed[i].Error()
		case p.By == "" && counts[i][to] == 0:
			problem.Key, problem.Given, problem.Fault = p.at.key+".where", tomlText(p.Where), "selects no cell"
		case p.By != "" && counts[i][to] == 0:
			problem.Key, problem.Given, problem.Fault = p.at.key+".to", tomlText(p.To), "is of no cell"+p.selected()
		case p.By != "" && counts[i][from] == 0:
			problem.Key, problem.Given, problem.Fault = p.at.key+".from", tomlText(p.From), "is of no cell"+p.selected()
		case unmeasured[i] != "":
			problem.Key, problem.Given = p.at.key+".metric", tomlText(string(p.Metric))
			problem.Fault = fmt.Sprintf("is not measured in cell %s; %s, or narrow the condition", unmeasured[i], howMeasured(p.Metric))
		default:
			continue
		}
		problem.Line = cmp.Or(p.lines[problem.Key], p.lines[p.at.key])
		problems = append(problems, problem)
	}
	if len(problems) > 0 {
		return &SpecError{File: s.File, Problems: problems}
	}
	return nil
}

// measures reports whether a run may have a value of a metric.
func measures(p sweep.Params, m sweep.Metric) bool {
	switch m {
	case sweep.MetricLoss:
		return true
	case sweep.MetricMatch:
		return p.Measures(string(m))
	default:
		return p.Command != nil
	}
}

// howMeasured says how runs get a value of a metric.
func howMeasured(m sweep.Metric) string {
	if m == sweep.MetricMatch {
		return `set eval = ["loss", "match"] there`
	}
	return "have a command train it that logs " + string(m)
}

func (p prediction) selected() string {
	if p.Where == "" {
		return ""
	}
	return " where " + p.Where
}
