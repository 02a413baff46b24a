package analysis

import (
	"math"
	"strings"

	"sweep/sweep"
	"sweep/sweep/statistics"
)

// A Quantity is the number that results are judged by, the lower the better. The
// functions of this package and package statistics call it a loss.
type Quantity string

// The quantities.
const (
	EvalLoss  Quantity = "evaluation loss" // on held-out rows, at the end
	TrainLoss Quantity = "training loss"   // mean over the last tenth of the steps
	ErrorRate Quantity = "error rate"      // share of the held-out rows that are not completed as they are; see errorRate
)

// oneMinus begins the quantity of a measure that is better when it is higher. That of
// another measure is its name.
const oneMinus = "1 - "

// quantityOf is the quantity of a measure.
func quantityOf(name string, higher bool) Quantity {
	if higher {
		return Quantity(oneMinus + name)
	}
	return Quantity(name)
}

// measure is the name of the measure that the quantity is of, "" if it is of none, and
// whether more of it is better.
func (q Quantity) measure() (name string, higher bool) {
	if q.isLoss() || q == ErrorRate {
		return "", false
	}
	name, higher = strings.CutPrefix(string(q), oneMinus)
	return name, higher
}

// Of returns the quantity's value for a finished run.
func (q Quantity) Of(r sweep.Result) float64 {
	switch q {
	case EvalLoss:
		return r.EvalLoss
	case ErrorRate:
		return errorRate(r.Match)
	case TrainLoss, "":
		return r.Loss
	}
	name, higher := q.measure()
	x, known := r.Measures.Value(name)
	switch {
	case !known:
		return math.NaN()
	case higher:
		return 1 - x
	default:
		return x
	}
}

// first returns the quantity's value before training, NaN or 0 where it is not known.
func (q Quantity) first(r sweep.Result) float64 {
	switch {
	case q == ErrorRate:
		return errorRate(r.FirstMatch)
	case q.isLoss():
		return r.FirstLoss
	default: // nobody keeps the first of a measure
		return math.NaN()
	}
}

// errorRate is the share of rows that are wrong, with half a row added to them and one to
// all (Haldane, Annals of Human Genetics 20, 1956): losses are compared by their ratios,
// and a rate of 0 has none. It is NaN without rows.
func errorRate(m sweep.Matches) float64 {
	if !m.Known() {
		return math.NaN()
	}
	return (float64(m.Of-m.Right) + 0.5) / float64(m.Of+1)
}

// bounded is an estimate of the quantity with its interval cut at 1, if it is a share.
func (q Quantity) bounded(e statistics.Estimate) statistics.Estimate {
	if q.isShare() && e.Bounded() {
		e.High = math.Min(e.High, 1)
	}
	return e
}

// isShare reports whether the quantity is a part of a whole.
func (q Quantity) isShare() bool {
	_, higher := q.measure()
	return q == ErrorRate || higher
}

func (q Quantity) isLoss() bool { return q == EvalLoss || q == TrainLoss || q == "" }

// named is a loss, or losses, in the words of a measure, whose name has neither an article
// nor a plural.
func (q Quantity) named(letter, inflected string) string {
	switch {
	case inflected == "":
		return string(q)
	case inflected == "a ":
		return "a value of " + string(q)
	case letter == "L":
		return "Values of " + string(q)
	default:
		return "values of " + string(q)
	}
}

// Doc says what the quantity is, where its name does not.
func (q Quantity) Doc() string {
	switch name, higher := q.measure(); {
	case q == ErrorRate:
		return "share of the held-out rows that greedy decoding does not complete as they are, half a row added as 0 has no ratio"
	case higher:
		return "what is missing to 1 of the last " + name + " that a run logged, as more of it is better"
	case name != "":
		return "the last that a run logged, the lower the better"
	default:
		return ""
	}
}
