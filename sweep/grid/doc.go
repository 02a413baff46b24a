// Package grid is the language of sweeps: from the TOML that a person writes to a
// Spec, which is arms side by side, each a product of axes over fixed and derived
// values, and from there to a Plan, which is its cells and the Runs that fill
// them, each with full Params.
//
//	spec, err := grid.ParseSpec("menus.toml")
//	plan, err := grid.NewPlan(spec, inspector)
//
// All that is wrong with a file comes back at once, with file, line, key, what was
// given and what is allowed, before anything trains. A Plan also says what its
// design cannot show (Warnings) and what a person may not expect of it (Notes).
//
// The package knows the vocabulary and conditions; it must not know how runs are
// trained or kept. It alone sees TOML. It has some 30 files, one for each form
// that a grid may have.
package grid
