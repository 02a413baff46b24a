// Package metrics reads what a program logs as it trains, from files that grow, as a
// curve.
//
//	f, err := metrics.Follow(metrics.Options{Dir: dir, Metrics: command.Metrics, Attempts: attempts})
//	err = journal.Rewrite(0, f.Curve()) // what earlier attempts left
//	for running {
//		change, err := f.Poll() // now and then
//		...
//	}
//	change, err := f.Finish() // when the program has ended
//
// Metrics may be in several places, the sources of sweep.MetricSources. The first of them
// that has a loss makes the curve, or that which the grid names. A curve is a function of
// the files alone, however often and whenever they are looked at. For each step and
// attempt the last value of a name counts, in whatever order the lines come. An attempt
// replaces what earlier ones logged from the lowest step on that it logs.
//
// NaN, Infinity and -Infinity are values, in any spelling of Python and JSON. So is null,
// as which orjson, pandas and JavaScript write NaN; but null beside a loss that is finite
// says that nothing was measured, as None does in Python. A loss at step 0 says that the
// program counts steps from 0; the steps here are then one more.
//
// The package knows files and curves. It must not know how programs are run, nor how
// curves are judged and kept.
package metrics
