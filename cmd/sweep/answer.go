package main

import (
	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// brief is what to use by a sweep, in a few lines.
func brief(db string, saved sweep.SavedSweep, answers []analysis.Answer) []string {
	from := storeFlag{db}
	train := from.command(runOf(saved)...)
	if trainedHere(saved) != nil {
		train = trainThere
	}
	return report.Brief(answers, train, from.command("report", "--sweep", saved.Name))
}
