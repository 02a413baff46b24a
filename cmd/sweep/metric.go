package main

import (
	"fmt"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// metricFlag chooses what runs are compared by.
type metricFlag struct {
	Metric string `enum:"loss,match" default:"loss" help:"Compare runs by loss, or by match: by the share of held-out rows that they do not complete as they are (default: ${default})."`
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

// compared is results that are compared by the metric.
func (f metricFlag) compared(results []sweep.Result) ([]sweep.Result, error) {
	if f.Metric != string(sweep.MetricMatch) {
		return results, nil
	}
	results, err := analysis.By(results, sweep.MetricMatch)
	if err != nil {
		return nil, fmt.Errorf("--metric match: %w", err)
	}
	return results, nil
}
