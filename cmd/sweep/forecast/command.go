package forecast

import (
	"math"
	"strings"

	"sweep/sweep"
	"sweep/sweep/analysis"
)

// commandOf tells commands apart that differ in how long their runs take.
func commandOf(p sweep.Params) string { return strings.Join(p.Command.Run, "\x00") }

// pace finds out how long runs take that commands train, by known runs of the same
// commands.
func (f *Forecast) pace() {
	known := map[string][]sweep.Result{}
	for i := range f.Plan.Runs {
		if run := &f.Plan.Runs[i]; run.ByCommand() {
			known[commandOf(run.Params)] = nil
		}
	}
	for _, r := range analysis.Runs(f.known) {
		if !r.ByCommand() || !r.State.Final() || !(r.Seconds > 0) {
			continue
		}
		if results, ok := known[commandOf(r.Params)]; ok {
			known[commandOf(r.Params)] = append(results, r)
			f.Timed++
		}
	}
	f.paces = map[string]func(sweep.Params) float64{}
	for command, results := range known {
		f.paces[command] = analysis.Pace(results)
	}
}

// Untimed are those of some runs of which nothing tells how long they take.
func (f *Forecast) Untimed(runs []*sweep.Run) (untimed []*sweep.Run) {
	for _, run := range runs {
		if math.IsNaN(f.Seconds(run)) {
			untimed = append(untimed, run)
		}
	}
	return untimed
}
