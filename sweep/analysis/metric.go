package analysis

import (
	"fmt"
	"slices"
	"strings"

	"sweep/sweep"
)

// By returns results that are compared by a metric. It fails if one that is done has no
// value of it, or one that cannot be compared.
func By(results []sweep.Result, m sweep.Metric) ([]sweep.Result, error) {
	results = slices.Clone(results)
	for i := range results {
		results[i].Metric = m
	}
	return results, measured(results)
}

// measured fails if a result that is done has no value of its metric, or one that has no
// ratio to others.
func measured(results []sweep.Result) error {
	q := Judge(results)
	for _, r := range results {
		if r.State != sweep.StateDone {
			continue
		}
		switch r.Metric {
		case sweep.MetricLoss:
		case sweep.MetricMatch:
			if !r.Match.Known() {
				return fmt.Errorf(`run %s has no match: it was trained without eval = ["loss", "match"]`, r.Name)
			}
		default:
			if err := checkRatio(r, q); err != nil {
				return fmt.Errorf("run %s %w", r.Name, err)
			}
		}
	}
	return nil
}

// checkRatio says what keeps the measure of a run from being compared. Its ratios to those
// of others are, as those of losses.
func checkRatio(r sweep.Result, q Quantity) error {
	name, higher := q.measure()
	x, known := r.Measures.Value(name)
	switch {
	case !known:
		return fmt.Errorf("has no %s%s", name, instead(r.Metric, r.Measures.Names()))
	case !finite(x):
		return nil // it counts as diverged
	case higher && (x < 0 || x > 1):
		return fmt.Errorf("has %s = %g, and the grid says that more is better: it is judged as 1 - %[1]s, which takes shares from 0 to 1; log a share, or something that is better when it is lower", name, x)
	case higher && x == 1:
		return fmt.Errorf("has %s = 1, so that 1 - %[1]s is 0 and has no ratio to others; leave it out with --where '%[1]s < 1'", name)
	case !higher && x <= 0:
		return fmt.Errorf("has %s = %g, which has no ratio to others; what is better when it is higher, and a share, is named in metrics.higher of the grid's [command]", name, x)
	default:
		return nil
	}
}

// instead says what there is in place of a metric, of measures by these names.
func instead(m sweep.Metric, names []string) string {
	if near := sweep.Nearest(string(m), names); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	if len(names) == 0 {
		return ", nor any other measure of a command's"
	}
	return "; there are " + strings.Join(names, ", ")
}

// Judge chooses what to compare the results by: the error rate or the measure if that is
// their metric, else the evaluation loss if every finished run has one, else the training
// loss. More of a measure is better if the command of any of the runs says so.
func Judge(results []sweep.Result) Quantity {
	if i := slices.IndexFunc(results, func(r sweep.Result) bool { return r.Metric != sweep.MetricLoss }); i >= 0 {
		metric := results[i].Metric
		if metric == sweep.MetricMatch {
			return ErrorRate
		}
		return quantityOf(string(metric), slices.ContainsFunc(results, func(r sweep.Result) bool {
			return r.Params.Command != nil && slices.Contains(r.Params.Command.Metrics.Higher, string(metric))
		}))
	}
	q := TrainLoss
	for _, r := range results {
		if r.State != sweep.StateDone {
			continue
		}
		if !r.Evaluated {
			return TrainLoss
		}
		q = EvalLoss
	}
	return q
}
