package sweep

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// A Prediction is what a grid says beforehand that its runs will show, and within
// which bounds: the rule by which it is judged.
type Prediction struct {
	Says     string // a sentence for people
	Quantity string // of which number: the name of a PredictedQuantity
	Along    string // the axis that the quantity runs along; "" for those that run along none
	By       string // the axis, or "arm", of which two values are compared; "" if none are
	From, To string // those values: the quantity at To is compared with that at From
	Metric   Metric // what its runs are compared by
	Where    string // condition on the cells that it is about, "" for all

	// The number is predicted to lie above and below these, which are -Inf and +Inf
	// where there is no such bound. Both are the number itself where no other is
	// predicted.
	Above, Below float64
}

// Predicted is a prediction with the runs that it is about, compared by its metric.
type Predicted struct {
	Prediction
	Cells   []Result // those at To, where two values are compared
	Against []Result // those at From, if so
}

// Measured is what is predicted, in words, such as "slope of the best lr along
// alpha, where steps = 56".
func (p Prediction) Measured() string {
	text := p.Quantity
	if p.Along != "" {
		text += " along " + p.Along
	}
	if p.By != "" {
		text += ", at " + p.By + " = " + p.To + " against " + p.From
	}
	if p.Metric != MetricLoss {
		text += ", by " + string(p.Metric)
	}
	if p.Where != "" {
		text += ", where " + p.Where
	}
	return text
}

// Interval is the bounds in words, such as "-0.65 to -0.4", "above 5 %" or "0".
func (p Prediction) Interval() string {
	switch {
	case p.Above == p.Below:
		return p.number(p.Above)
	case math.IsInf(p.Above, 0):
		return "below " + p.number(p.Below)
	case math.IsInf(p.Below, 0):
		return "above " + p.number(p.Above)
	default:
		return p.number(p.Above) + " to " + p.number(p.Below)
	}
}

func (p Prediction) number(x float64) string {
	if q, known := LookupPredictedQuantity(p.Quantity); known && q.Share {
		return strconv.FormatFloat(100*x, 'g', 6, 64) + " %"
	}
	return FormatValue(x)
}

// String says all of the prediction in one sentence: two are the same if this is.
func (p Prediction) String() string {
	return OneLine(strings.TrimRight(p.Says, ".") + ": " + p.Measured() + ": " + p.Interval())
}

// A QuantityForm says what a PredictedQuantity needs.
type QuantityForm int

// The forms.
const (
	AlongAxis       QuantityForm = iota // runs along an axis, and may be compared between two settings
	BetweenSettings                     // compares two settings
	CountOfBits                         // counts what differs, or does not, in a bit
)

// A PredictedQuantity is a number that a grid may predict.
type PredictedQuantity struct {
	Name  string // plain words
	Doc   string // what it is
	Form  QuantityForm
	Share bool // shown in per cent

	// AtBestLR says that it is about the best lr, which the runs must enclose. Otherwise
	// it is measured at each lr for itself, or counts.
	AtBestLR bool
}

// PredictedQuantities returns all that grids may predict. Package analysis estimates
// each of them.
func PredictedQuantities() []PredictedQuantity {
	return []PredictedQuantity{
		{"slope of the best lr", "the power of the axis that the best lr follows: -0.5 if lr is halved as the axis grows fourfold", AlongAxis, false, true},
		{"trend of the tuned loss", "share by which the loss at the best lr changes with each doubling of the axis", AlongAxis, true, true},
		{"worst regret", "largest share of the loss that it costs, anywhere on the axis, to keep the lr that is best at its first value", AlongAxis, true, true},
		{"mean regret", "the same, as the mean over the axis", AlongAxis, true, true},
		{"variance left", "share of the variance of the log loss between the values of the axis at the best shared lr that is left when each has its own", AlongAxis, true, true},
		{"tuned loss", "share by which the loss at the best lr is higher at 'to' than at 'from'", BetweenSettings, true, true},
		{"loss", "share by which the loss is higher at 'to' than at 'from', at each lr for itself: nothing is tuned", BetweenSettings, true, false},
		{"best lr", "what the best lr at 'to' is, as a multiple of that at 'from'", BetweenSettings, false, true},
		{"unequal starts", "runs whose loss before training is not that of most runs on the same rows, to the bit", CountOfBits, false, false},
		{"unequal orbit pairs", "pairs of runs, both trained, that an exact symmetry makes equal and that differ in a bit", CountOfBits, false, false},
		{"equal control pairs", "pairs that only something left unscaled, or a factor that rounds, sets apart, and that are equal to the bit all the same", CountOfBits, false, false},
	}
}

// LookupPredictedQuantity returns the quantity of that name, if there is one.
func LookupPredictedQuantity(name string) (q PredictedQuantity, known bool) {
	for _, q := range PredictedQuantities() {
		if q.Name == name {
			return q, true
		}
	}
	return PredictedQuantity{}, false
}

// NearestPredictedQuantity returns the name that was most likely meant by a misspelt
// one, or "" if none is near.
func NearestPredictedQuantity(misspelt string) string {
	var names, parts []string
	for _, q := range PredictedQuantities() {
		names = append(names, q.Name)
		if strings.Contains(q.Name, strings.ToLower(misspelt)) && misspelt != "" {
			parts = append(parts, q.Name)
		}
	}
	return cmp.Or(Nearest(misspelt, names), strings.Join(parts[:min(1, len(parts))], ""))
}
