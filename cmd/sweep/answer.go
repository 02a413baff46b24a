package main

import (
	"cmp"

	"sweep/cmd/sweep/report"
	"sweep/sweep"
	"sweep/sweep/analysis"
)

// brief is what to use by a sweep, in a few lines.
func brief(db string, saved sweep.SavedSweep, answers []analysis.Answer) []string {
	from := storeFlag{db}
	return report.Brief(answers, from.command("run", operand(cmp.Or(saved.File, saved.Name+".toml"))), from.command("report", "--sweep", saved.Name))
}
