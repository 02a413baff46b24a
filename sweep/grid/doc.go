// Package grid is the language of sweeps. It reads the TOML that a person writes into a
// Spec: arms to compare, each with fixed values, a product of axes and derived values.
// It expands a Spec into a Plan: the cells, and the Run of each with all its Params.
//
//	spec, err := grid.ParseSpec("menus.toml")
//	plan, err := grid.NewPlan(spec, inspector)
//
// All that is wrong with a file comes back at once, with file, line, key, what was
// given and what is allowed, before anything trains. A Plan also says what its design
// cannot show (Warnings), and what a person may not expect (Notes).
//
// The package knows the vocabulary and conditions; it must not know how runs are
// trained or kept. It alone sees TOML. It has some 33 files, one for each form
// that a grid may have.
package grid
