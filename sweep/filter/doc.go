// Package filter compiles the conditions and formulas that people write over
// parameters and columns of runs: "r = 8 and alpha > 16" selects runs (Filter),
// "0.02 * sqrt(16/alpha)" computes a parameter (Formula). Both are arithmetic on
// float64 that gives the same bits on every machine.
//
//	f, err := filter.New("r = 8 and eval_loss < 1")
//	selected, err := f.Select(results)
//
// It knows the parameters and columns of package sweep, and neither grids nor
// stores. It alone sees expr-lang.
package filter
