package main

import (
	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// brief is what to use by a sweep, in a few lines, by a metric.
func brief(db storeName, saved sweep.SavedSweep, answers []analysis.Answer, metric metricFlag) []string {
	from := storeFlag{db}
	train := from.command(onGrid("run", saved)...)
	if trainedHere(saved) != nil {
		train = trainThere
	}
	return report.Brief(answers, train, from.command(append([]string{"report", "--sweep", saved.Name}, metric.words()...)...))
}
