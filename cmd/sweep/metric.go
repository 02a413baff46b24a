package main

import (
	"fmt"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// metricFlag chooses what runs are compared by.
type metricFlag struct {
	Metric string `default:"loss" placeholder:"NAME" help:"Compare runs by loss; by match, the share of held-out rows that they do not complete as they are; or by the last value of another metric that their command logged (default: ${default})."`
}

// words are the arguments that choose the metric, none for the loss.
func (f metricFlag) words() []string {
	if f.Metric == "" || f.Metric == "loss" {
		return nil
	}
	return []string{"--metric", f.Metric}
}

// by is " by match", nothing for the loss.
func (f metricFlag) by() string {
	if len(f.words()) == 0 {
		return ""
	}
	return " by " + f.Metric
}

// chosen is the metric, which is the loss where nothing is said.
func (f metricFlag) chosen() sweep.Metric {
	if len(f.words()) == 0 {
		return sweep.MetricLoss
	}
	return sweep.Metric(f.Metric)
}

// columnOf is the column of a metric that is a measure.
func columnOf(m sweep.Metric) string {
	return sweep.CommandColumns(nil, []string{string(m)})[0].Name
}

// compared is results that are compared by the metric.
func (f metricFlag) compared(results []sweep.Result) ([]sweep.Result, error) {
	metric := f.chosen()
	if metric == sweep.MetricLoss {
		return results, nil
	}
	results, err := analysis.By(results, metric)
	if err != nil {
		return nil, fmt.Errorf("--metric %s: %w", metric, err)
	}
	return results, nil
}
