package main

import (
	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// brief is what to use by a sweep, in a few lines.
func brief(db string, saved sweep.SavedSweep, answers []analysis.Answer) []string {
	from := storeFlag{db}
	return report.Brief(answers, from.command(runOf(saved)...), from.command("report", "--sweep", saved.Name))
}
