package main

import (
	_ "embed"
	"fmt"
	"strings"

	"sweep/experiments/scripts"
	"sweep/sweep"
)

// aboutMetrics says how a program of a [command] logs. NAMES and CALLBACK stand for the
// names that are known, and the callback of the scripts.
//
//go:embed metrics.txt
var aboutMetrics string

// aboutRunning says how the program of a [command] is run.
//
//go:embed running.txt
var aboutRunning string

// explainCommand tells how a program of a person's own trains runs.
func explainCommand() string {
	var names []string
	for _, q := range sweep.Quantities() {
		names = append(names, wrap(fmt.Sprintf("    %-10s %s", q, strings.Join(q.Spellings(), ", ")), 79, strings.Repeat(" ", 15)))
	}
	var callback []string
	for line := range strings.Lines(scripts.Callback()) {
		callback = append(callback, strings.TrimRight("    "+line, " \n"))
	}
	return aboutRunning + strings.NewReplacer("NAMES\n", strings.Join(names, "\n")+"\n", "CALLBACK\n", strings.Join(callback, "\n")+"\n").Replace(aboutMetrics)
}
